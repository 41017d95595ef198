"""A text in another language or another wording, block by block, with a check that numbers, code and marks remain."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ragkit.chains.base import PartsChain
from ragkit.chains.rewrite.prompt import RewriteBlock, blocks, rewrite_messages
from ragkit.chains.rewrite.result import Rewritten
from ragkit.core.errors import ConfigError
from ragkit.ground.verify.support import digits
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.generate.generator import Generator

BLOCK_TOKENS = 400  # tokens of a text in one call
LONGER = 3  # a reply may have this many times the tokens of its text
_SPELLED = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Za-z]\w+\b")  # NATO, iPhone, McKay: the same in every language
_VERBATIM = re.compile(r"`[^`\n]+`|https?://[^\s)>\]]+|[\w.+-]+@[\w-]+\.[\w.]+|\]\([^)\s]+\)|!\[")


class RewriteChain(PartsChain[str, Rewritten]):
    """Rewrites a text of any length; code blocks and the marks of Markdown stay as they are.

    A block that loses a number, a name in capitals, an address, inline code or a link is requested once more; what is
    still lost is reported. Other names are left to the generator: many have a form of their own in other languages.

    Args:
        generator: its model is loaded at its first use.
        instruction: how, in a sentence.

    Raises:
        ConfigError: there is no instruction.
    """

    def __init__(self, generator: Generator, instruction: str) -> None:
        if not instruction.strip():
            raise ConfigError("nothing says how the text is to be written: give an instruction")
        self.generator = generator
        self.instruction = instruction.strip()

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Rewritten]:
        """Yield block after block."""
        started = time.perf_counter()
        text_given(given, "text")
        generator = self.generator
        # A context holds the block, a reply LONGER times as long, and about as much again for instructions.
        budget = min(BLOCK_TOKENS, generator.context // (LONGER + 2))
        yield Rewritten(model=generator.spec)
        for block in blocks(given, budget, generator.count):
            if not block.text:
                yield Rewritten(block.lead + block.tail)
                continue
            yield self._written(block, generator, config)
        yield Rewritten(timings={"total": time.perf_counter() - started})

    def _written(self, block: RewriteBlock, generator: Generator, config: RunnableConfig) -> Rewritten:
        # The second reply request names what the first one lost; the better of the two is taken.
        best, lost, spent = "", [block.text], dict[str, int]()
        for _ in range(2):
            reply, usage = self._requested(block.text, ", ".join(lost) if best else "", generator, config)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in {*spent, *usage}}
            missing = missing_in(reply, block.text)
            if not best or len(missing) < len(lost):
                best, lost = reply, missing
            if not lost:
                break
        problems = (f"not kept in {block.text[:60]!r}: {', '.join(lost)}",) if lost else ()
        return Rewritten(block.lead + best + block.tail, problems, usage=spent)

    def _requested(
        self, text: str, missing: str, generator: Generator, config: RunnableConfig
    ) -> tuple[str, dict[str, int]]:
        messages = rewrite_messages(self.instruction, text, missing=missing)
        limit = LONGER * generator.count(text) + 32
        reply, usage = generator.reply(messages, config, max_tokens=limit)
        return _one_block(reply, text), usage


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
