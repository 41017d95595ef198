"""A text in another language or another wording, block by block; what is lost of it, and what is added, is reported."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.chains.base import PartsChain
from ragkit.chains.rewrite.prompt import RewriteBlock, blocks, rewrite_messages
from ragkit.chains.rewrite.result import Rewritten
from ragkit.core.errors import ConfigError
from ragkit.ground.verify.support import digits, numbers
from ragkit.text.languages import recognised
from ragkit.text.rules import all_rules, rules_for
from ragkit.text.sentences import text_given
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.generate.generator import Generator

BLOCK_TOKENS = 400  # tokens of a text in one call
LONGER = 3  # a reply may have this many times the tokens of its text
_WEAK = "this model follows instructions poorly: compare the text with the original, or choose another model"
CAPITALISED = ("de",)  # languages in which every noun begins with a capital
_SPELLED = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z]\w+\b")  # NATO, iPhone, McKay: the same in every language
NAME = re.compile(r"(?<![.!?:\n]\s)(?<!^)\b[A-Z][\w’'-]*\w", re.MULTILINE)  # capitals inside a sentence
_VERBATIM = re.compile(r"`[^`\n]+`|https?://[^\s)>\]]+|[\w.+-]+@[\w-]+\.[\w.]+|\]\([^)\s]+\)|!\[")


class RewriteChain(PartsChain[str, Rewritten]):
    """Rewrites a text of any length; code blocks and the marks of Markdown stay as they are.

    A block that loses a number, a name in capitals, an address, inline code or a link is requested once more, and so is
    one that adds a number or a name, was cut off, or was to be translated and was not; what is still wrong is reported.
    Other names that are lost are left to the generator: many have a form of their own in other languages.

    Args:
        generator: its model is loaded at its first use.
        instruction: how, in a sentence.
        translates: whether the result is in another language.

    Raises:
        ConfigError: there is no instruction.
    """

    def __init__(self, generator: Generator, instruction: str, *, translates: bool = False) -> None:
        if not instruction.strip():
            raise ConfigError("nothing says how the text is to be written: give an instruction")
        self.generator = generator
        self.instruction = instruction.strip()
        self.translates = translates

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Rewritten]:
        """Yield block after block."""
        started = time.perf_counter()
        text_given(given, "text")
        generator = self.generator
        # A context holds the block, a reply LONGER times as long, and about as much again for instructions.
        budget = min(BLOCK_TOKENS, generator.context // (LONGER + 2))
        yield Rewritten(model=generator.spec, problems=(_WEAK,) if generator.weak else ())
        for block in blocks(given, budget, generator.count):
            if not block.text:
                yield Rewritten(block.lead + block.tail)
                continue
            yield self._written(block, generator, config)
        yield Rewritten(timings={"total": time.perf_counter() - started})

    def _written(self, block: RewriteBlock, generator: Generator, config: RunnableConfig) -> Rewritten:
        # The second reply request names what is wrong in the first one; the better of the two is taken.
        best, spent = self._requested(block.text, None, generator, config)
        if best.wrong:
            again, usage = self._requested(block.text, best, generator, config)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in {*spent, *usage}}
            best = again if again.wrong < best.wrong else best
        return Rewritten(block.lead + best.text + block.tail, tuple(best.problems(block.text)), usage=spent)

    def _requested(
        self, text: str, before: _Attempt | None, generator: Generator, config: RunnableConfig
    ) -> tuple[_Attempt, dict[str, int]]:
        missing, added = (", ".join(before.lost), ", ".join(before.added)) if before else ("", "")
        messages = rewrite_messages(self.instruction, text, missing=missing, added=added)
        limit = (LONGER if before is None else 2 * LONGER) * generator.count(text) + 32
        reply, usage, cut = generator.full_reply(messages, config, max_tokens=limit)
        written = _one_block(reply, text)
        language = recognised(text) if self.translates else ""
        same = bool(language) and written != text and recognised(written) == language
        return _Attempt(written, missing_in(written, text), added_in(written, text), cut, same), usage


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A reply for one block, and what is wrong with it."""

    text: str
    lost: list[str]
    added: list[str]
    cut: str
    same_language: bool

    @property
    def wrong(self) -> int:
        """How much is wrong."""
        return len(self.lost) + len(self.added) + bool(self.cut) + self.same_language

    def problems(self, original: str) -> Iterator[str]:
        """Say what is wrong."""
        where = repr(original[:60])
        if self.lost:
            yield f"not kept in {where}: {', '.join(self.lost)}"
        if self.added:
            yield f"added to {where}: {', '.join(self.added)}"
        if self.cut:
            yield f"not whole in {where}: {self.cut}"
        if self.same_language:
            yield f"not translated in {where}: the reply is in the language of the text"


def missing_in(rewritten: str, original: str) -> list[str]:
    """Return what a rewritten text lost: numbers, names in capitals, addresses, inline code, links, bars of a table."""
    lost = [each for each in dict.fromkeys(_VERBATIM.findall(original)) if each not in rewritten]
    # In a text all in capitals, every word looks like an abbreviation.
    if not original.isupper():
        names = dict.fromkeys(_SPELLED.findall(original))
        lost += [each for each in names if each not in rewritten and each not in lost]
    # Numbers inside code and links are covered by those; the others may move, and are compared as sets.
    lost += sorted(digits(_VERBATIM.sub(" ", original)) - digits(rewritten))
    if original.startswith("|") and rewritten.count("|") != original.count("|"):
        lost.append("|")
    return lost if rewritten.strip() else [original]


def added_in(rewritten: str, original: str) -> list[str]:
    """Return what a rewritten text states and its original does not: numbers, and in the same language, names."""
    language = recognised(original)
    rules = rules_for(language)
    # "Twenty" may be written as 20; of a short text the language may not be known.
    stated = set[str]().union(*(numbers(original, each) for each in ([rules] if rules else all_rules())))
    added = sorted(digits(_VERBATIM.sub(" ", rewritten)) - stated)
    if language and language == recognised(rewritten) and not original.isupper() and language not in CAPITALISED:
        known = set(terms(original))
        added += [each for each in dict.fromkeys(NAME.findall(rewritten)) if not set(terms(each)) <= known]
    return added


def _one_block(reply: str, text: str) -> str:
    """Take off what models put around a text: quotation marks and a line that announces it."""
    block = reply.strip()
    if "\n" not in text:
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].endswith(":") and not text.rstrip().endswith(":"):
            lines = lines[1:]
        block = " ".join(lines)
    if len(block) > 1 and block[0] in '"“„' and block[-1] in '"”“' and text[0] not in '"“„':
        block = block[1:-1]
    return block
