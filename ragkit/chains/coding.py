"""Questions about a code base and code that fits it: definitions found, prose held to their names, code checked."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.analysis import terms
from ragkit.chains.parts import PartsChain
from ragkit.errors import ConfigError
from ragkit.generate.failures import provider_errors
from ragkit.ground.code import PYTHON, check_block, code_blocks, names, names_in_prose, signatures
from ragkit.ground.injection import flags
from ragkit.ground.runnable import text_of, usage_of
from ragkit.prompt.coding import code_messages, mend_messages, subject, wants_code
from ragkit.prompt.templates import NOT_FOUND
from ragkit.retrieve.evidence import coverage, term_weights
from ragkit.split.blocks import is_code
from ragkit.split.code import enclosing, language_of
from ragkit.text import sentences
from ragkit.types import Citation, place_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.generator import Generator
    from ragkit.ground.code import CodeBlock
    from ragkit.retrieve.search import Searcher
    from ragkit.types import Chunk, Flag, Hit

CodeMode = Literal["auto", "quote", "answer", "write"]
CODE_MODES: tuple[str, ...] = get_args(CodeMode)
DEFINITION_CHARACTERS = 3000  # of a definition that is read whole
PROSE_TOKENS = 300
CODE_TOKENS = 700
OVERHEAD_TOKENS = 300  # instructions, request and chat template
TRIES = 3
COVERED = 0.35  # share of a request's words, by how rare they are, that the best parts must hold
SAID = 0.6  # share of a sentence's words that one part must hold, where it names nothing of it


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the code base: a definition, or the passage that was found.

    Attributes:
        document: path of its file.
        document_id: id of the file in the index.
        start: offset in the file.
        end: offset behind it.
        text: exactly the file's text at [start, end).
        title: what it defines; empty for other passages.
        language: of the file; empty where it is none of code.
        place: where it stands.
    """

    document: str
    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    language: str = ""
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """What was asked of a code base, and what came of it.

    Attributes:
        question: the request.
        text: what is shown, with markers such as ``[1]`` in prose.
        citations: the parts of the code base that it rests on or uses, one for each mention.
        blocks: the code in ``text``, checked.
        abstained: whether the code base does not answer.
        reason: why, or what was left out.
        tries: how often the generator was asked.
        flags: what of the passages found gives orders.
        model: spec of the generator; empty without one.
        usage: tokens read and written.
        timings: seconds.
    """

    question: str = ""
    text: str = ""
    citations: tuple[Citation, ...] = ()
    blocks: tuple[CodeBlock, ...] = ()
    abstained: bool = False
    reason: str = ""
    tries: int = 0
    flags: tuple[Flag, ...] = ()
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong in the code even in the last try; empty where all is right."""
        return tuple(problem for block in self.blocks for problem in block.problems)


class CodeChain(PartsChain[str, CodeAnswer]):
    """Answers questions about an indexed code base, and writes code that fits it.

    Prose is held to the parts that were found: a sentence must name something of them, and nothing else, or say what
    one of them says. Code is parsed, and must use only names that are there; what is wrong is told to the generator,
    which then tries again. What is checked is that names exist and fit, not that the code does what was asked.

    Args:
        searcher: finds passages of the code base.
        generator: called for the generator when it is needed for the first time, never in ``quote`` mode.
        originals: gives text and metadata of a passage's file.
        state: tells what state the index is in; the names of the code base are gathered once for each.
        mode: ``quote`` (the definitions themselves), ``answer`` (prose), ``write`` (code), or ``auto``: as the request
            sounds, and quotes where the generator follows instructions poorly.
        weak: whether it does.
        k: parts to show.
        tries: how often the generator is asked for code at most.

    Raises:
        ConfigError: an option is wrong.
    """

    def __init__(
        self,
        searcher: Searcher,
        generator: Callable[[], Generator],
        originals: Callable[[Chunk], tuple[str, dict[str, Any]] | None],
        state: Callable[[], str],
        *,
        mode: CodeMode = "auto",
        weak: bool = False,
        k: int = 5,
        tries: int = TRIES,
    ) -> None:
        if mode not in CODE_MODES:
            raise ConfigError(f"unknown mode {mode!r}: choose {', '.join(CODE_MODES)}")
        if k < 1 or tries < 1:
            raise ConfigError("it takes one part of the code base and one try at least")
        self.searcher = searcher
        self.generator = generator
        self.originals = originals
        self.state = state
        self.mode: CodeMode = mode
        self.weak = weak
        self.k = k
        self.tries = tries
        self._known: tuple[str, frozenset[str], str] | None = None

    def parts(self, given: str, config: RunnableConfig) -> Iterator[CodeAnswer]:
        """Answer; there is one part, shown when it is checked."""
        started = time.perf_counter()
        hits = self.searcher.search(given, self.k)
        found = _distinct([self._part(given, hit) for hit in hits])
        told = CodeAnswer(given, flags=flags(hits))
        refusal = self._refusal(given, found)
        if refusal:
            answer = replace(told, abstained=True, reason=refusal, text="The code base does not answer this.")
        elif self.mode == "quote" or (self.mode == "auto" and self.weak):
            answer = _quoted(told, found)
        elif self.mode == "write" or (self.mode == "auto" and wants_code(given)):
            answer = self._written(told, found, config)
        else:
            answer = self._explained(told, found, config)
        yield replace(answer, timings={"total": time.perf_counter() - started})

    def _part(self, request: str, hit: Hit) -> Part:
        """Return the definition that a hit stands in and that fits the request best, or the passage as it is."""
        chunk = hit.chunk
        language = language_of(chunk.metadata) if is_code(chunk.metadata) else ""
        plain = Part(chunk.source, chunk.document_id, chunk.start, chunk.end, chunk.text, "", language, chunk.place())
        original = self.originals(chunk)
        if not language or original is None or original[0][chunk.start : chunk.end] != chunk.text:
            return plain
        text, about = original
        inside = enclosing(text, language, chunk.start, chunk.end, DEFINITION_CHARACTERS)
        if not inside:
            return plain
        wanted = set(terms(request))
        start, end, title = max(inside, key=lambda each: len(wanted & set(terms(text[each[0] : each[1]]))))
        place = place_at(about, start, text, end)
        return Part(chunk.source, chunk.document_id, start, end, text[start:end], title, language, place)

    def _refusal(self, request: str, found: Sequence[Part]) -> str:
        if not request.strip():
            return "the request is empty"
        if not found:
            return "the index holds no passage that bears on the request"
        weights = term_weights(self.searcher, subject(request)) or term_weights(self.searcher, request)
        held = coverage(weights, "\n".join(f"{_spelled(each.document)}\n{_spelled(each.text)}" for each in found))
        if held < COVERED:
            return f"the parts found hold {held:.0%} of what the request asks, and {COVERED:.0%} are needed"
        return ""

    def _packed(self, generator: Generator, found: Sequence[Part], reply: int, request: str) -> list[Part]:
        """Return the parts that fit the generator's context, the best first."""
        left = generator.context - reply - OVERHEAD_TOKENS - generator.count(request)
        out: list[Part] = []
        for part in found:
            size = generator.count(part.text) + generator.count(part.document) + 8
            if size <= left:
                out.append(part)
                left -= size
        if not out:
            raise ConfigError("not even the best part of the code base fits: use a model with a longer context")
        return out

    def _explained(self, told: CodeAnswer, found: Sequence[Part], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator()
        shown = self._packed(generator, found, PROSE_TOKENS, told.question)
        messages = code_messages(told.question, [self._shown(each) for each in shown], write=False)
        reply, usage = _reply(generator, messages, config, PROSE_TOKENS)
        told = replace(told, model=generator.spec, usage=usage, tries=1)
        if NOT_FOUND in reply:
            return replace(
                told, abstained=True, text="The code base does not answer this.", reason="the model found no answer"
            )
        answer = _grounded(told, reply, shown)
        left_out = _left_out(len(shown), len(found))
        if not answer.text:
            quoted = _quoted(told, found)
            return replace(quoted, reason="; ".join(each for each in (answer.reason, left_out) if each))
        return replace(answer, reason="; ".join(each for each in (answer.reason, left_out) if each))

    def _written(self, told: CodeAnswer, found: Sequence[Part], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator()
        shown = self._packed(generator, found, 2 * CODE_TOKENS, told.question)
        messages = code_messages(told.question, [self._shown(each) for each in shown], write=True)
        known = self.known_names() | names(told.question)
        taken = {
            name: signature
            for each in reversed(shown)
            if each.language in PYTHON
            for name, signature in signatures(each.text).items()
        }
        spent: dict[str, int] = {}
        best: tuple[int, str, tuple[CodeBlock, ...]] | None = None
        tries = 0
        while tries < self.tries:
            tries += 1
            reply, usage = _reply(generator, messages, config, CODE_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            blocks = tuple(check_block(each, known, taken) for each in code_blocks(reply))
            wrong = [problem for each in blocks for problem in each.problems]
            wrong += [] if blocks else ["there is no block of code between lines of ```"]
            if blocks and not _used(blocks, shown):
                wrong += _unused(shown)
            if best is None or len(wrong) < best[0]:
                best = len(wrong), reply, blocks
            if not wrong:
                break
            messages = mend_messages(messages[:2], reply, wrong)
        _, text, blocks = best or (0, "", ())
        reason = "; ".join(each for each in (_left_out(len(shown), len(found)),) if each)
        citations = _used(blocks, shown)
        if not citations:
            lack = "it uses nothing of what was found" if blocks else "the reply holds no block of code"
            reason = "; ".join(each for each in (lack, reason) if each)
        return replace(
            told,
            text=text,
            blocks=blocks,
            citations=citations,
            reason=reason,
            tries=tries,
            model=generator.spec,
            usage=spent,
        )

    def known_names(self) -> frozenset[str]:
        """Return all names that occur in the code of the index, and those of its files and folders."""
        return self._gathered()[1]

    def _shown(self, part: Part) -> tuple[str, str]:
        """Return a part with its file's path, from the folder above all files of the index: as an import spells it."""
        root = self._gathered()[2]
        path = os.path.relpath(part.document, root) if root and part.document.startswith(root) else part.document
        return path, part.text

    def _gathered(self) -> tuple[str, frozenset[str], str]:
        state = self.state()
        if self._known is None or self._known[0] != state:
            out, sources = set[str](), set[str]()
            index = self.searcher.index
            for chunk in index.chunks(index.rows_where({}).tolist()).values():
                if is_code(chunk.metadata):
                    out |= names(chunk.text)
                    out.update(PurePath(chunk.source).with_suffix("").parts)
                    sources.add(chunk.source)
            folders = {str(PurePath(each).parent) for each in sources if PurePath(each).is_absolute()}
            root = str(PurePath(os.path.commonpath(folders)).parent) if folders and len(folders) > 1 else ""
            self._known = state, frozenset(out), root
        return self._known


def _reply(
    generator: Generator, messages: list[BaseMessage], config: RunnableConfig, tokens: int
) -> tuple[str, dict[str, int]]:
    reply, usage = "", dict[str, int]()
    with provider_errors(generator.spec):
        for message in generator.stream(messages, config, max_tokens=tokens):
            reply += text_of(message)
            usage.update(usage_of(message))
    return reply.strip(), usage


def _distinct(parts: Sequence[Part]) -> list[Part]:
    """Return parts without those that lie in another one, the first of equals kept."""
    out: list[Part] = []
    for part in parts:
        if not any(_inside(part, other) for other in out):
            out = [other for other in out if not _inside(other, part)]
            out.append(part)
    return out


def _inside(part: Part, other: Part) -> bool:
    return part.document == other.document and other.start <= part.start and part.end <= other.end


def _citation(part: Part, marker: int, start: int, end: int) -> Citation:
    return Citation(
        marker, start, end, part.document, None, part.start, part.end, part.text, 1.0, part.document_id, part.place
    )


def _quoted(told: CodeAnswer, found: Sequence[Part]) -> CodeAnswer:
    """Show the parts themselves."""
    text, citations = "", list[Citation]()
    for marker, part in enumerate(found, 1):
        head = f"{PurePath(part.document).name}{f', `{part.title}`' if part.title else ''} [{marker}]\n"
        fence = f"```{part.language}\n"
        start = len(text) + len(head) + len(fence)
        text += f"{head}{fence}{part.text}\n```\n\n"
        citations.append(_citation(part, marker, start, start + len(part.text)))
    return replace(told, text=text.rstrip("\n"), citations=tuple(citations))


def _grounded(told: CodeAnswer, reply: str, shown: Sequence[Part]) -> CodeAnswer:
    """Keep the sentences that the parts support, each with the parts it is about."""
    held = [
        names(each.text) | set(PurePath(each.document).with_suffix("").parts) | names(each.document) for each in shown
    ]
    words = [set(terms(_spelled(each.text))) for each in shown]
    text, citations, dropped = "", list[Citation](), 0
    numbers: dict[int, int] = {}
    done = 0
    for start, end in sentences(reply):
        sentence = reply[start:end]
        about = _about(sentence, held, words)
        gap = reply[done:start]
        done = end
        if not about:
            dropped += 1
            continue
        text += (gap if text else "").replace("\t", " ")
        begins = len(text)
        text += sentence
        ends = len(text)
        for place in about:
            marker = numbers.setdefault(place, len(numbers) + 1)
            text += f" [{marker}]"
            citations.append(_citation(shown[place], marker, begins, ends))
    sentences_told = f"{dropped} {'sentence' if dropped == 1 else 'sentences'}"
    reason = f"{sentences_told} left out that the parts found do not support" if dropped else ""
    return replace(told, text=text, citations=tuple(citations), reason=reason)


def _about(sentence: str, held: Sequence[set[str]], words: Sequence[set[str]]) -> list[int]:
    """Return the places of the parts that a sentence is about; none where it is not supported."""
    named = names_in_prose(sentence)
    own = set(terms(_spelled(sentence)))
    if named:
        everything = set[str]().union(*held)
        if not named <= everything:
            return []
        shares = [len(named & each) / len(named) for each in held]
        best = max(range(len(held)), key=lambda place: (shares[place], len(own & words[place])))
        left = named - held[best]
        out = [best]
        while left:
            place = max(range(len(held)), key=lambda each: len(left & held[each]))
            out.append(place)
            left -= held[place]
        return out
    if not own:
        return []
    best = max(range(len(words)), key=lambda place: len(own & words[place]))
    return [best] if len(own & words[best]) >= SAID * len(own) else []


def _used(blocks: Sequence[CodeBlock], shown: Sequence[Part]) -> tuple[Citation, ...]:
    """Cite the definitions whose name the code uses, where it does so first."""
    out: list[Citation] = []
    for part in shown:
        name = _defined(part.title)
        if not name:
            continue
        for block in blocks:
            found = re.search(rf"\b{re.escape(name)}\b", block.code)
            if found:
                start = block.start + found.start()
                out.append(_citation(part, len(out) + 1, start, start + len(name)))
                break
    return tuple(out)


def _unused(shown: Sequence[Part]) -> list[str]:
    """Say that code should use some of the definitions that were shown."""
    defined = [f"`{name}`" for name in (_defined(each.title) for each in shown) if name]
    return [f"it uses nothing of the code base: use {', '.join(defined)} where they fit"] if defined else []


def _defined(title: str) -> str:
    """Return the name that a definition's first line defines: the last word before its parameters or bases."""
    found = re.findall(r"[^\W\d]\w*", re.split(r"[(<:\[={]", title, maxsplit=1)[0])
    return found[-1] if found else ""


def _spelled(text: str) -> str:
    """Part names written together to their words, beside the names themselves: ``readRows`` to ``read Rows``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)


def _left_out(shown: int, found: int) -> str:
    missing = found - shown
    return f"{missing} of {found} parts found did not fit the model's context" if missing else ""
