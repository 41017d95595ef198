"""Hard checks of a sentence against its sources, without a model: numbers, dates, names, negation, direction, scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.ground.verify.alignment import CLAUSE, SHORT, Gap, Word, Wording, gaps, language_of, read
from ragkit.ground.verify.figures import comparable, explained, nearest, same
from ragkit.text.quantities import quantities
from ragkit.text.rules import rules_for
from ragkit.text.rules.function_words import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragkit.text.quantities.quantity import Quantity
    from ragkit.text.rules.kinds import LanguageRules

ALIKE = 0.6  # share of a sentence's words that must stand in a source in the same runs, to compare the others
COPIED = 0.75  # ... for a negation at its very beginning or end to be one that was put in or left out
VERBATIM = 0.9  # ... for a capitalised word behind an article to be a name, where all nouns have capitals
CLOSEST = 2  # sources that a sentence is laid beside, those with most of its words
EXACT = frozenset(("date", "money", "percent"))  # kinds that nobody writes but to state that very value
NEAR = 0.5  # share of its words that the closest source must hold, for a word of contrary meaning there to be a sign
TIGHT = 2  # words in one place among which a number must be the source's, and may not be computed
TOLD = 0.65  # share of a sentence's other words that a source holds, for another value there to contradict it
WINDOW = 90  # words of a source that is no whole passage
STEM, ENDING = 4, 4  # letters that forms of one name share at least, and that they add at most: Japan, Japanese
SMALL = 12  # a plain number up to this may count what a source lists, and is no contradiction by itself


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a sentence that its sources contradict, or seem to.

    Attributes:
        kind: ``number``, ``date``, ``unit``, ``name``, ``negation``, ``opposite``, ``comparison`` or ``scope``.
        reason: what it is, for people.
        certain: True for a contradiction by itself, False for a sign that lowers the probability of support.
    """

    kind: str
    reason: str
    certain: bool


def contradictions(sentence: str, sources: Sequence[str], *, question: str = "", rules: bool = True) -> list[Finding]:
    """Find what contradicts a sentence in its sources; nothing is found because a word is merely missing.

    Args:
        sentence: one sentence of a reply, without markers.
        sources: the sentences, windows of sentences or passages that are its evidence.
        question: the question; what stands in it may be repeated.
        rules: whether the rules of the sentence's language are used; without them only digits are compared.
    """
    if not sources:
        return []
    language = language_of(sentence, sources, question) if rules else ""
    ours = read(sentence, language)
    theirs = [read(source, language) for source in sources]
    order = sorted(
        range(len(theirs)), key=lambda each: (-len(ours.content & theirs[each].content), len(theirs[each].words))
    )
    asked = quantities(question, language)
    found = list[Finding]()
    for index in order[:CLOSEST]:
        found += _aligned(ours, theirs[index], rules_for(language))
        if found or gaps(ours, theirs[index])[0] == 1:  # what one source says whole, no other changes
            break
    found += _figures(ours, theirs, asked)
    found += _signs(ours, theirs, question, rules_for(language))
    return _unique(found)


def changed(sentence: str, source: str, language: str) -> str:
    """Return what a sentence changes of the one source that it is worded like; empty when nothing, or unlike it."""
    found = _aligned(read(sentence, language), read(source, language), rules_for(language))
    return next((each.reason for each in found if each.certain), "")


def _unique(found: list[Finding]) -> list[Finding]:
    """Return certain findings first, each kind and reason once."""
    kept = dict[tuple[str, str], Finding]()
    for each in sorted(found, key=lambda each: not each.certain):
        kept.setdefault((each.kind, each.reason), each)
    return list(kept.values())


# -- sentences that are worded like a source ---------------------------------------------------------------------


def _aligned(ours: Wording, theirs: Wording, rules: LanguageRules | None) -> list[Finding]:
    """Find what a sentence changes of a source that it is worded like."""
    if len(ours.content & theirs.content) < ALIKE * 0.8 * len(ours.content):
        return []
    share, places = gaps(ours, theirs)
    if share < ALIKE:
        return []
    found = list[Finding]()
    for gap in places:
        mine, others = ours.words[slice(*gap.ours)], theirs.words[slice(*gap.theirs)]
        found += _numbers_changed(ours, theirs, gap)
        if rules and len(mine) <= SHORT:
            if not mine and len(others) >= CLAUSE and {*gap.theirs} <= theirs.pauses:
                continue  # a clause between pauses was left out whole
            found += _words_changed(mine, others, gap, rules, copied=share >= COPIED)
            found += _names_changed(ours, theirs, gap, rules, share)
    return found


def _numbers_changed(ours: Wording, theirs: Wording, gap: Gap) -> Iterator[Finding]:
    mine, others = _inside(ours, gap.ours), _inside(theirs, gap.theirs)
    if gap.joined and bool(mine) != bool(others):
        # A part of a number was put in or left out: "quatre-vingt(-dix)".
        words = (*ours.words[slice(*gap.ours)], *theirs.words[slice(*gap.theirs)])
        if not all(each.words and each.text != word.text for each in (*mine, *others) for word in words):
            return
        mine = mine or _inside(ours, (gap.ours[0] - 1, gap.ours[1] + 1))
        others = others or _inside(theirs, (gap.theirs[0] - 1, gap.theirs[1] + 1))
    exact = gap.joined and gap.ours[1] - gap.ours[0] <= TIGHT
    for quantity in mine:
        rivals = [other for other in others if comparable(quantity, other)]
        if not exact and explained(quantity, [theirs.quantities]):
            continue  # said in other words, it may be computed
        if rivals and not any(same(quantity, other, strict=True) for other in others):
            yield Finding(quantity.kind, _instead(quantity.text, rivals[0].text), certain=True)


def _inside(text: Wording, span: tuple[int, int]) -> list[Quantity]:
    """Return the quantities that some of the words of a place belong to."""
    words = text.words[max(0, span[0]) : span[1]]
    if not words:
        return []
    start, end = words[0].start, words[-1].end
    return [each for each in text.quantities if each.start < end and start < each.end]


def _words_changed(
    mine: Sequence[Word], others: Sequence[Word], gap: Gap, rules: LanguageRules, *, copied: bool
) -> Iterator[Finding]:
    own, instead = frozenset(word.folded for word in mine), frozenset(word.folded for word in others)
    if len(others) <= SHORT:
        at_end = gap.edge and copied and bool(own or instead) and (own or instead) <= rules.negation.words
        if (gap.joined or at_end) and rules.negation.denies(own) != rules.negation.denies(instead):
            reason = "the sources do not deny it" if rules.negation.denies(own) else "the sources deny it"
            yield Finding("negation", reason, certain=True)
    for word in own:
        for other in instead:
            if frozenset((word, other)) in rules.opposites:
                yield Finding("opposite", _instead(word, other), certain=True)


def _names_changed(ours: Wording, theirs: Wording, gap: Gap, rules: LanguageRules, share: float) -> Iterator[Finding]:
    mine = [word for word in ours.words[slice(*gap.ours)] if _is_name(word, rules)]
    others = [word for word in theirs.words[slice(*gap.theirs)] if _is_name(word, rules)]
    if not mine or not others or gap.theirs[1] - gap.theirs[0] > SHORT + 1:
        return
    strange = [word for word in mine if not any(_same_name(word, other, rules) for other in others)]
    rivals = [word for word in others if not any(_same_name(word, other, rules) for other in mine)]
    if not strange or not rivals or _initials(mine, others):
        return
    # German nouns have capitals too, and may be exchanged for another word; names hardly have an article, or are two.
    alone = len(mine) == len(others) == 1 and share < VERBATIM
    determiners = rules.directions.determiners if alone else ()
    if determiners and (_before(ours, strange[0]) in determiners or _before(theirs, rivals[0]) in determiners):
        return
    yield Finding("name", _instead(_joined(strange), _joined(rivals)), certain=True)


def _before(text: Wording, word: Word) -> str:
    return text.text[: word.start].lower().rpartition(" ")[0].rpartition(" ")[2]


def _is_name(word: Word, rules: LanguageRules) -> bool:
    if not word.text[0].isupper() or word.folded in FUNCTION_WORDS.get(rules.code, ()) or len(word.text) < 2:
        return False
    return not word.opens and not word.folded.endswith(rules.directions.noun_endings or ("\0",))


def _same_name(word: Word, other: Word, rules: LanguageRules) -> bool:
    """Whether two words are forms of one name: an inflection, an adjective of it, a known variant."""
    if word.key == other.key:
        return True
    shared = next(
        (n for n, (a, b) in enumerate(zip(word.folded, other.folded, strict=False)) if a != b),
        min(map(len, (word.folded, other.folded))),
    )
    if shared >= STEM and max(len(word.folded), len(other.folded)) - shared <= ENDING:
        return True
    return frozenset((word.folded, other.folded)) in rules.directions.names


def _initials(names: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether one stands for the other: EU and European Union."""
    for short, long in ((names, others), (others, names)):
        letters = "".join(word.text[0] for word in long).upper()
        if any(word.text.upper().rstrip("S") in (letters, letters.rstrip("S")) for word in short):
            return True
    return False


def _joined(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _instead(mine: str, other: str) -> str:
    return f"it says {mine!r} where the source says {other!r}"


# -- numbers wherever they stand ---------------------------------------------------------------------------------


def _figures(ours: Wording, theirs: Sequence[Wording], asked: Sequence[Quantity]) -> Iterator[Finding]:
    """Find quantities that no source has, and none that they can be computed from."""
    pools = [text.quantities for text in theirs]
    for quantity in ours.quantities:
        if quantity.kind in ("ordinal", "times", "time"):
            continue
        if turned := _turned(quantity, pools):
            mine, other = (f"{each.hedge} {each.text}" for each in (quantity, turned))
            yield Finding("comparison", _instead(mine, other), certain=False)
        if explained(quantity, pools, asked):
            continue
        yield from _strange(quantity, ours, theirs)


def _turned(quantity: Quantity, pools: Sequence[Sequence[Quantity]]) -> Quantity | None:
    """Return a source's quantity that is exceeded where the sentence's is not reached, or the reverse.

    A sign only: "with less than 26 weeks, there is no pay" follows from "staff of more than 26 weeks are paid".
    """
    bounded = quantity.hedge not in ("", "about")
    equal = [each for pool in pools for each in pool if bounded and each.readings[0] == quantity.readings[0]]
    return equal[0] if equal and all(each.hedge not in ("", "about", quantity.hedge) for each in equal) else None


def _strange(quantity: Quantity, ours: Wording, theirs: Sequence[Wording]) -> Iterator[Finding]:
    """Say what an unexplained quantity stands instead of.

    One that differs in its unit, its place of ten or one part of its date from a source's is a mistake about that one,
    and so is another value where the rest of the sentence is in the source. Any other may be reasoned from what is not
    a number: of such dates, amounts and percentages as many were right as wrong in freely worded replies.
    """
    pools = [text.quantities for text in theirs]
    near = next((other for pool in pools for other in pool if _mistaken(quantity, other)), None)
    if near:
        kind = "unit" if near.unit != quantity.unit else quantity.kind
        yield Finding(kind, _instead(quantity.text, near.text), certain=True)
        return
    rival = nearest(quantity, pools)
    if quantity.kind == "number" and quantity.raw[0] <= SMALL:
        return
    if rival is None:
        yield Finding(quantity.kind, f"{quantity.text!r} is not in the sources", certain=False)
        return
    told = ours.content - {word.key for word in ours.words if quantity.start <= word.start < quantity.end}
    alike = any(
        len(told & text.content) >= TOLD * len(told) and any(comparable(quantity, each) for each in text.quantities)
        for text in theirs
        if len(text.words) <= WINDOW
    )
    yield Finding(
        quantity.kind, _instead(quantity.text, rival.text), certain=alike and quantity.kind in EXACT and len(told) > 2
    )


def _mistaken(ours: Quantity, theirs: Quantity) -> bool:
    """Whether a quantity is another one with a wrong unit, at a wrong place of ten, or a date with a wrong part."""
    if ours.date and theirs.date:
        differ = [a != b for a, b in zip(ours.date, theirs.date, strict=True) if a and b]
        return (
            len(differ) >= 2
            and sum(differ) == 1
            and not (differ[0] and ours.date[0] and theirs.date[0] and len(differ) == 2)
        )
    if ours.date or theirs.date or not ours.raw or not theirs.raw or not comparable(ours, theirs):
        return False
    if ours.unit != theirs.unit:
        return bool(ours.unit and theirs.unit and set(ours.raw) & set(theirs.raw))
    return ours.raw[0] != theirs.raw[0] and len(_significant(ours)) > 1 and _significant(ours) == _significant(theirs)


def _significant(quantity: Quantity) -> str:
    return f"{abs(quantity.raw[0]):.12g}".replace(".", "").strip("0")


# -- signs, which prove nothing ----------------------------------------------------------------------------------


def _signs(ours: Wording, theirs: Sequence[Wording], question: str, rules: LanguageRules | None) -> Iterator[Finding]:
    """Find names that no source has, and words of contrary meaning in the source that has most of the sentence."""
    if rules is None:
        return
    yield from _strange_names(ours, theirs, question, rules)
    near = [text for text in theirs if len(text.words) <= WINDOW]
    if not near:
        return
    best = max(near, key=lambda text: (len(ours.content & text.content), -len(text.words)))
    if len(ours.content & best.content) < NEAR * len(ours.content):
        return
    mine, others = (frozenset(word.folded for word in text.words) for text in (ours, best))
    for first, second in rules.directions.senses:
        for side, contrary in ((first, second), (second, first)):
            if mine & side and others & contrary and not mine & contrary and not others & side:
                yield Finding("comparison", _instead(min(mine & side), min(others & contrary)), certain=False)
    scopes = rules.directions.scopes
    for scope in scopes:
        if mine & scope and not others & scope:
            for other in scopes:
                if other is not scope and others & other and not mine & other:
                    yield Finding("scope", _instead(min(mine & scope), min(others & other)), certain=False)
    if rules.negation.denies(mine - rules.negation.alone) != rules.negation.denies(others - rules.negation.alone):
        denied = rules.negation.denies(mine)
        yield Finding(
            "negation",
            "the closest source does not deny it" if denied else "the closest source denies it",
            certain=False,
        )


def _strange_names(ours: Wording, theirs: Sequence[Wording], question: str, rules: LanguageRules) -> Iterator[Finding]:
    if rules.directions.noun_endings:
        return  # where nouns are capitalised, a word that no source has need be no name
    measured = [(each.start, each.end) for each in ours.quantities]
    strange = [
        word
        for word in ours.words
        if _is_name(word, rules)
        and not any(start <= word.start < end for start, end in measured)
        and word.folded not in (*rules.amounts.days, *rules.months)
    ]
    if not strange:
        return
    known = {word.key: word for text in (*theirs, read(question, rules.code)) for word in text.words if word.content}
    names = [word for word in known.values() if word.text[0].isupper()]
    for word in strange:
        if word.key in known:
            continue
        if not any(_same_name(word, other, rules) for other in known.values()) and not _initials([word], names):
            yield Finding("name", f"{word.text!r} is not in the sources", certain=False)
