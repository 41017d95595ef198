"""Which route a question takes: by its words, and by what the index holds of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from ragkit.chains.route.holdings import Holdings
from ragkit.chains.route.prompt import choice_messages, chosen
from ragkit.split.blocks import is_code
from ragkit.text.languages import recognised
from ragkit.text.rules import MODULES, all_rules, rules_for
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.rules.function_words import FUNCTION_WORDS
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.context import Documents
    from ragkit.chains.specialists import Specialists
    from ragkit.core.types import Hit
    from ragkit.text.rules.kinds import LanguageRules

Route = Literal["passages", "table", "steps", "overview", "list", "code", "talk"]
ROUTES: tuple[str, ...] = ("auto", *get_args(Route))
NAME_OF_PROGRAM = "ragkit"
SHEET, TABLE_ASKED = 0.99, 0.6  # share of a question's words that one sheet has: any question, one for a figure
CODE_HITS = 2  # of the best passages that are code, where the question has a word of programs
REPLY_TOKENS = 8
# A name as programs write it: with an underscore or parentheses, or capitals inside.
_WORD = re.compile(r"[^\W_]+")
_IDENTIFIER = re.compile(r"\b\w+_\w+|\b\w+\(\)|\b[a-z]+[A-Z]\w*|\b(?:[A-Z][a-z]+){2,}\b|`[^`]+`")


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a question goes.

    Attributes:
        route: the route.
        why: what decided, in words.
        subject: what of the question is looked for or summarised; empty for all of it, or for the collection.
        sources: the documents that it is about; empty where it names none.
        hits: the passages that were searched for to decide; empty where none were.
        model: whether the generator was asked.
        small_talk: whether nothing is asked at all.
        usage: the tokens that this took.
    """

    route: Route
    why: str = ""
    subject: str = ""
    sources: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    model: bool = False
    small_talk: bool = False
    usage: dict[str, int] = field(default_factory=dict[str, int])


class Router:
    """Decides the route of questions over one index.

    Args:
        answering: answers from passages; its searcher and generator are asked where words do not tell.
        documents: the documents of the index.
        specialists: makes the chains of the other routes.
    """

    def __init__(self, answering: AnswerChain, documents: Documents, specialists: Specialists) -> None:
        self.answering = answering
        self.holdings = Holdings(answering.searcher, documents)
        self.specialists = specialists

    def decide(self, question: str, config: RunnableConfig | None = None) -> Decision:
        """Return the route of a question; where it is unsure, that is passages."""
        if not question.strip():
            return Decision("passages", "the question is empty")
        rules = _rules_of(question)
        found = self._talk(question, rules) or self._overview(question, rules)
        if found is not None:
            return found
        return self._by_holdings(question, rules, config)

    def forced(self, question: str, route: Route) -> Decision:
        """Return what a route that was asked for works on."""
        why, rules = "asked for", _rules_of(question)
        if route == "talk":
            return Decision(route, why, small_talk=not rules.routing.itself.search(question))
        if route == "overview":
            found = self._overview(question, rules)
            return replace(found, why=why) if found else Decision(route, why, subject=question)
        if route == "list":
            return Decision(route, why, subject=rules.routing.listing.sub(" ", question).strip(" .?!"))
        if route == "table":
            hits = self.answering.searcher.search(question, self.answering.k)
            return Decision(route, why, sources=self.holdings.sheets(question, hits, aggregate=True)[0], hits=hits)
        return Decision(route, why)

    def _talk(self, question: str, rules: LanguageRules) -> Decision | None:
        if any(each.questions.small_talk.search(question) for each in all_rules()):
            return Decision("talk", "it asks nothing of the documents", small_talk=True)
        if not any(each.routing.itself.search(question) for each in dict.fromkeys((rules, ENGLISH))):
            return None
        # A collection may be about this program: its documents then answer better.
        if NAME_OF_PROGRAM in question.casefold() and self.holdings.has_word(NAME_OF_PROGRAM):
            return None
        return Decision("talk", "it asks about what answers it, or what is indexed")

    def _overview(self, question: str, rules: LanguageRules) -> Decision | None:
        routing = rules.routing
        wanted = bool(routing.overview.search(question))
        if not wanted and not routing.about.search(question):
            return None
        rest = routing.overview.sub(" ", question)
        named = self.holdings.named(_content(rest, rules), question)
        if named:
            return Decision("overview", "it asks what a document says", sources=named)
        whole = bool(routing.collection.search(question))
        subject = routing.collection.sub(" ", rest)
        left = _content(subject, rules)
        if whole and (not left or not wanted):
            return Decision("overview", "it asks what the collection says") if not left else None
        if not wanted:
            return None
        if not left:
            return Decision("overview", "it asks for a summary")
        return Decision("overview", "it asks for a summary of what is said about something", subject=subject.strip())

    def _by_holdings(self, question: str, rules: LanguageRules, config: RunnableConfig | None) -> Decision:
        routing = rules.routing
        steps = bool(routing.compares.search(question)) or len(self.specialists.split(question)) > 1
        listing = bool(routing.listing.search(question))
        hits = self.answering.searcher.search(question, self.answering.k)
        aggregate = bool(routing.aggregate.search(question)) or listing
        sheets, share = self.holdings.sheets(question, hits, aggregate=aggregate, compares=steps)
        if share >= SHEET:
            return Decision("table", "a table has its words", sources=sheets, hits=hits)
        if steps and self._in_steps(question):
            return Decision("steps", "it sets things against each other, or asks several", hits=hits)
        if listing:
            subject = routing.listing.sub(" ", question).strip(" .?!")
            return Decision("list", "it asks for all that matches", subject=subject, hits=hits)
        if self._code(question, rules, hits):
            return Decision("code", "it asks about code", hits=hits)
        if aggregate and share >= TABLE_ASKED:
            return self._asked("table", question, hits, sheets, config)
        return Decision("passages", hits=hits)

    def _in_steps(self, question: str) -> bool:
        """Whether there is anything to do step by step: a generator that breaks the question down, or two sides."""
        capable = not self.answering.weak and self.answering.mode != "quote"
        return capable or len(self.specialists.split(question)) > 1

    def _code(self, question: str, rules: LanguageRules, hits: tuple[Hit, ...]) -> bool:
        code = [is_code(hit.chunk.metadata) for hit in hits[:5]]
        if not any(code):
            return False
        asked = rules.routing.code.search(question) or ENGLISH.code_wanted.match(question)
        sign = bool(asked) or bool(_IDENTIFIER.search(question))
        return all(code) or (sign and (code[0] or sum(code) >= CODE_HITS))

    def _asked(
        self,
        route: Route,
        question: str,
        hits: tuple[Hit, ...],
        sources: tuple[str, ...],
        config: RunnableConfig | None,
    ) -> Decision:
        """Have the generator choose between a route and passages, where it is one that follows instructions."""
        decision = Decision(
            route, "it asks for a figure, and a table has most of its words", sources=sources, hits=hits
        )
        if self.answering.weak or self.answering.mode == "quote":
            return decision
        messages = choice_messages(question, route)
        reply, usage = self.answering.generator.reply(messages, config, max_tokens=REPLY_TOKENS)
        taken = chosen(reply)
        return replace(
            decision, route=route if taken else "passages", why="the generator chose", model=True, usage=usage
        )


def _rules_of(question: str) -> LanguageRules:
    """Return the rules of a question's language, also of one too short to be recognised otherwise; else English."""
    if (language := recognised(question)) not in ("", ENGLISH.code):
        return rules_for(language) or ENGLISH
    words = {each.casefold() for each in _WORD.findall(question)}
    counts = {code: len(words & FUNCTION_WORDS[code]) for code in (ENGLISH.code, *MODULES)}
    return rules_for(max(counts, key=lambda code: counts[code])) or ENGLISH  # of equal ones the first, English


def _content(text: str, rules: LanguageRules) -> list[str]:
    """Return the terms of what is asked about, without words for documents."""
    passed = rules.routing.asking | FUNCTION_WORDS.get(rules.code, frozenset())
    plain = " ".join(each for each in _WORD.findall(text) if each.casefold() not in passed)
    return [each for each in terms(rules.routing.document.sub(" ", plain)) if each not in _EMPTY]


_EMPTY = frozenset(terms(ENGLISH.tables.of_questions)) | frozenset(terms(" ".join(ENGLISH.questions.openers)))
