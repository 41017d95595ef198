"""What the rules of a language consist of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragkit.text.rules import NEVER, Pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping


@dataclass(frozen=True, eq=False, repr=False)
class Negation:
    """How a language denies.

    Attributes:
        words: closed-class words that deny, in lower case, as they stand after ``separated``.
        separated: what is written as one word with a negation, and the two words that it stands for (``n't``, ``n'``).
        alone: words of ``words`` that deny only beside a second one of it; French ``ne`` before ``que`` does not.
    """

    words: frozenset[str]
    separated: tuple[tuple[re.Pattern[str], str], ...] = ()
    alone: frozenset[str] = frozenset()

    def denies(self, tokens: frozenset[str]) -> bool:
        """Whether lower-case words deny something."""
        return not self.words.isdisjoint(tokens)


@dataclass(frozen=True, eq=False, repr=False)
class Questions:
    """What a question's words show about its answer. A hint that orders candidates; none of it excludes evidence.

    Attributes:
        number: the answer is a number or a date.
        person: the answer is a person.
        measure: the question names a quantity or a time, so that an answer with digits is no mistake.
        openers: words that no answer begins with.
        joints: where a question that joins several is cut.
        follows: a question that may need the question before it: pronouns, "and what about".
        goes_on: how a question begins that asks the same of another subject, which it names: "and for", "what about".
        kinds: kinds of quantities, or what they measure, that answer a question; the first pattern found counts.
        counted: a question for a number of things, which group 1 names.
        polar: a question for yes or no; ``yes`` and ``no``: these words, in lower case.
        yes: see ``polar``.
        no: see ``polar``.
        restricts: words in a source beside which neither yes nor no alone is true.
        small_talk: a whole text that greets, thanks, or asks who is speaking.
        newest: the question asks for the latest document of several.
        ordinals: a named part of the year and how file names write it.
    """

    number: Pattern = NEVER
    person: Pattern = NEVER
    measure: Pattern = NEVER
    openers: frozenset[str] = frozenset()
    joints: Pattern = NEVER
    follows: Pattern = NEVER
    goes_on: Pattern = NEVER
    kinds: tuple[tuple[Pattern, frozenset[str]], ...] = ()
    counted: Pattern = NEVER
    polar: Pattern = NEVER
    yes: str = ""
    no: str = ""
    restricts: Pattern = NEVER
    small_talk: Pattern = NEVER
    newest: Pattern = NEVER
    ordinals: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, eq=False, repr=False)
class Routing:
    """What a question wants to be done. Signs only: what the index holds decides with them (``ragkit.chains.route``).

    Attributes:
        overview: a summary is asked for, in so many words.
        asking: lower-case words that ask for an overview, and name nothing.
        about: asks what something is about; a sign of an overview where that is a document or the collection.
        collection: words for all that is indexed.
        document: words for one document, which do not tell it from others.
        listing: all that matches is asked for. What the pattern finds is no part of what is looked for.
        compares: two things are set against each other.
        sides: comparisons with the groups ``a`` and ``b`` for what is compared, and ``aspect``, where there is one.
        aggregate: a figure worked out of several: a count, a sum, a mean, an extreme.
        code: words for parts of a program.
        itself: the program that answers is asked about, or what is indexed.
    """

    overview: Pattern = NEVER
    asking: frozenset[str] = frozenset()
    about: Pattern = NEVER
    collection: Pattern = NEVER
    document: Pattern = NEVER
    listing: Pattern = NEVER
    compares: Pattern = NEVER
    sides: tuple[Pattern, ...] = ()
    aggregate: Pattern = NEVER
    code: Pattern = NEVER
    itself: Pattern = NEVER


@dataclass(frozen=True, eq=False, repr=False)
class Replies:
    """What models write around an answer.

    Attributes:
        denial: a sentence whose subject is the sources, the text or the model itself, and which says that there is no
            answer. Never a sentence about the world ("the tank does not contain oil").
        about: a sentence that speaks about the sources: of what they say, or that something is not stated.
        preamble: a label before an answer, which is removed.
        attribution: "as stated in", which means nothing without the marker behind it.
        answer: the label of a final result, group 1 is the result.
        labels: labels of a rewritten question or a proposed instruction, which are removed.
        sources: lower-case words for a source that stand in a marker before its number ("[Source 1]").
    """

    denial: Pattern = NEVER
    about: Pattern = NEVER
    preamble: Pattern = NEVER
    attribution: Pattern = NEVER
    answer: Pattern = NEVER
    labels: Pattern = NEVER
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, repr=False)
class Orders:
    """Sentences in documents that speak to a model.

    Attributes:
        override: instructions given before are to be dropped; such a sentence is no evidence.
        machine: a model is spoken to or about; a flag, and evidence all the same.
        cues: lower-case stretches of which every sentence that the two patterns find holds one: looking for them first
            halves the time that a passage takes.
    """

    override: Pattern = NEVER
    machine: Pattern = NEVER
    cues: tuple[str, ...] = ()

    def kind(self, sentence: str, folded: str) -> str:
        """Return ``override`` or ``machine`` for a sentence and its lower-case form; empty where it is neither."""
        if not any(cue in folded for cue in self.cues):
            return ""
        if self.override.search(sentence):
            return "override"
        return "machine" if self.machine.search(sentence) else ""


@dataclass(frozen=True, eq=False, repr=False)
class TableWords:
    """Words of questions about tables, and words in tables. Fields are named after what they decide.

    Patterns that take an amount behind them are written without it; ``ragkit.chains.table`` appends its number syntax.
    """

    total: Pattern = NEVER
    average: Pattern = NEVER
    count: Pattern = NEVER
    which: Pattern = NEVER
    when: Pattern = NEVER
    share: Pattern = NEVER
    difference: Pattern = NEVER
    negated: Pattern = NEVER
    present: Pattern = NEVER
    median: Pattern = NEVER
    relative: Pattern = NEVER
    group: Pattern = NEVER
    asked: Pattern = NEVER
    most: Pattern = NEVER
    least: Pattern = NEVER
    latest: Pattern = NEVER
    earliest: Pattern = NEVER
    aged: Pattern = NEVER
    top: Pattern = NEVER
    many: Pattern = NEVER
    person: Pattern = NEVER
    counted: Pattern = NEVER
    compares: Pattern = NEVER
    between: tuple[str, str] = ("", "")
    at_least: str = ""
    at_most: str = ""
    more: str = ""
    less: str = ""
    since: frozenset[str] = frozenset()
    until: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    rows: str = ""
    of_questions: str = ""
    neutral: str = ""
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    sums: str = ""
    means: str = ""
    missing: str = ""
    no_figure: str = ""
    scales: Mapping[str, float] = field(default_factory=dict[str, float])
    money_scales: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, eq=False, repr=False)
class Amounts:
    """How a language writes quantities and times. Words in lower case.

    Attributes:
        scales: words that multiply the number before them, a hundred and more.
        joins: words between the parts of one number ("and" in "one hundred and five").
        one: articles and numerals that stand before a scale or a fraction ("a third").
        fractions: parts of a whole; they need a number before them.
        halves: what stands for a half by itself.
        times: words for a multiple ("doubled").
        ordinals: words for a rank.
        ordinal_ending: ending of ordinals in digits, as a pattern.
        percent: what follows a number as a percent sign does.
        about: what stands before a number that is approximate; ``over``: that is exceeded; ``under``: not reached.
        over: see ``about``.
        under: see ``about``.
        units: words for units, and the symbol of each in ``ragkit.ground.verify.quantities``.
        clock: times of day in words, in minutes; ``hour``: the word behind the hour of a time of day.
        hour: see ``clock``.
        days: names of the days of the week, Monday first.
        of_date: words between day, month and year.
        decade: a decade, its year in the first group that matched.
        centuries: words for a century; ``before_christ``: what follows a year before our time.
        before_christ: see ``centuries``.
    """

    scales: Mapping[str, float] = field(default_factory=dict[str, float])
    joins: frozenset[str] = frozenset()
    one: frozenset[str] = frozenset()
    fractions: Mapping[str, float] = field(default_factory=dict[str, float])
    halves: frozenset[str] = frozenset()
    times: Mapping[str, float] = field(default_factory=dict[str, float])
    ordinals: Mapping[str, float] = field(default_factory=dict[str, float])
    ordinal_ending: str = ""
    percent: Pattern = NEVER
    about: Pattern = NEVER
    over: Pattern = NEVER
    under: Pattern = NEVER
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    clock: Mapping[str, float] = field(default_factory=dict[str, float])
    hour: Pattern = NEVER
    days: tuple[str, ...] = ()
    of_date: frozenset[str] = frozenset()
    decade: Pattern = NEVER
    centuries: frozenset[str] = frozenset()
    before_christ: Pattern = NEVER


@dataclass(frozen=True, eq=False, repr=False)
class Directions:
    """Words that turn a sentence round without denying it.

    Attributes:
        senses: pairs of word classes with contrary meaning: more and less, before and after, rise and fall. Wider than
            ``LanguageRules.opposites``, and a sign only: "fell by less" says nothing contrary to "rose by more".
        scopes: words that state how many of all: everyone, most, some, none. Two of different sets differ in scope.
        modal: words without which, or with which, a sentence says something else: may, must, only, nearly.
        connective: what opens a sentence and ties it to the one before it, and may be left out.
        names: forms of one name that do not begin alike (Dutch, Netherlands).
        noun_endings: where all nouns are capitalised, endings that names do not have.
        determiners: words before a noun, but hardly before a name.
    """

    senses: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    scopes: tuple[frozenset[str], ...] = ()
    modal: frozenset[str] = frozenset()
    connective: Pattern = NEVER
    names: frozenset[frozenset[str]] = frozenset()
    noun_endings: tuple[str, ...] = ()
    determiners: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, repr=False)
class LanguageRules:
    """The rules of one language. A field that is empty decides nothing.

    Attributes:
        code: ISO 639-1 code.
        negation: how it denies; checked before a statement counts as supported.
        articles: words that an alignment passes over.
        opposites: pairs of words that must not stand for each other in the same place.
        number_words: words for whole numbers, as digits.
        amounts: quantities and times.
        directions: comparison, scope and modality.
        number_like: further words that stand where a number does ("dozen").
        plural: ending of the plural; empty where one ending does not tell it.
        months: January to December, lower case; empty where dates are not read.
        ordinal_marks: what stands behind the number of a day ("st nd rd th").
        questions: what questions ask for.
        routing: what questions want to be done.
        replies: what models write around an answer.
        orders: sentences that speak to a model.
        tables: words of questions about tables.
        code_wanted: a request for code to be written.
        code_words: words that any request for code has.
        unwritten: a comment that stands for code which was left out.
        own: a document speaks of itself ("this report"); one sign of its central sentences.
        junk_titles: titles that programs write by themselves.
        numbered_parts: words before the number of a part ("section 3").
    """

    code: str
    negation: Negation
    articles: frozenset[str] = frozenset()
    opposites: frozenset[frozenset[str]] = frozenset()
    number_words: Mapping[str, str] = field(default_factory=dict[str, str])
    amounts: Amounts = Amounts()
    directions: Directions = Directions()
    number_like: frozenset[str] = frozenset()
    plural: str = ""
    months: tuple[str, ...] = ()
    ordinal_marks: tuple[str, ...] = ()
    questions: Questions = Questions()
    routing: Routing = Routing()
    replies: Replies = Replies()
    orders: Orders = Orders()
    tables: TableWords = TableWords()
    code_wanted: Pattern = NEVER
    code_words: Pattern = NEVER
    unwritten: Pattern = NEVER
    own: Pattern = NEVER
    junk_titles: Pattern = NEVER
    numbered_parts: Pattern = NEVER
