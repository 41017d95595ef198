"""Questions about a code base and code that fits it: definitions found, prose held to their names, code checked."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from ragkit.chains.base import PartsChain
from ragkit.chains.code.check import check_block
from ragkit.chains.code.codebase import CodeBase, spelled
from ragkit.chains.code.evidence import definitions_used, hold_prose, misused, quote_parts
from ragkit.chains.code.names import PYTHON, code_blocks, names, signatures
from ragkit.chains.code.prompt import code_messages, subject, wants_code
from ragkit.chains.code.result import CodeAnswer
from ragkit.core.errors import ConfigError
from ragkit.ground.safety import flags
from ragkit.prompt.templates import NOT_FOUND, again_messages
from ragkit.retrieve.evidence import coverage, term_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.code.codebase import CodePart
    from ragkit.chains.code.names import CodeBlock
    from ragkit.chains.context import Context
    from ragkit.generate.generator import Generator

CodeMode = Literal["auto", "quote", "answer", "write"]
CODE_MODES: tuple[str, ...] = get_args(CodeMode)
PROSE_TOKENS = 300
CODE_TOKENS = 700
OVERHEAD_TOKENS = 300  # instructions, request and chat template
TRIES = 3
COVERED = 0.35  # share of a request's words, by how rare they are, that the best parts must hold
NONE_WRITTEN = "no code was written: this model does not follow instructions well enough; mode write has it try"


class CodeChain(PartsChain[str, CodeAnswer]):
    """Answers questions about an indexed code base, and writes code that fits it.

    Prose is held to the parts that were found: a sentence must name something of them, and nothing else, or say what
    one of them says. Code is parsed, and must use only names that are there; what is wrong is told to the generator,
    which then tries again. What is checked is that names exist and fit, not that the code does what was asked.

    Args:
        context: the parts of the index; its generator is not loaded in ``quote`` mode.
        mode: ``quote`` (the definitions themselves), ``answer`` (prose), ``write`` (code), or ``auto``: as the request
            sounds, and quotes where the generator follows instructions poorly.
        weak: whether it does; None takes what is known of it.
        k: parts to show.
        tries: how often the generator is asked for code at most.

    Raises:
        ConfigError: an option is wrong.
    """

    def __init__(
        self,
        context: Context,
        *,
        mode: CodeMode = "auto",
        weak: bool | None = None,
        k: int = 5,
        tries: int = TRIES,
    ) -> None:
        if mode not in CODE_MODES:
            raise ConfigError(f"unknown mode {mode!r}: choose {', '.join(CODE_MODES)}")
        if k < 1 or tries < 1:
            raise ConfigError("it takes one part of the code base and one try at least")
        self.searcher = context.searcher
        self.generator = context.generator
        self.code_base = CodeBase(context)
        self.mode: CodeMode = mode
        self.weak = self.generator.weak if weak is None else weak
        self.k = k
        self.tries = tries

    def parts(self, given: str, config: RunnableConfig) -> Iterator[CodeAnswer]:
        """Answer; there is one part, shown when it is checked."""
        started = time.perf_counter()
        hits = self.searcher.search(given, self.k)
        found = self.code_base.parts(given, hits)
        told = CodeAnswer(given, flags=flags(hits))
        refusal = self._refusal(given, found)
        if refusal:
            answer = replace(told, abstained=True, reason=refusal, text="The code base does not answer this.")
        elif self.mode == "quote" or (self.mode == "auto" and self.weak):
            answer = _quoted(told, found)
            if wants_code(given) and self.mode == "auto":
                answer = replace(answer, reason=NONE_WRITTEN)
        elif self.mode == "write" or (self.mode == "auto" and wants_code(given)):
            answer = self._written(told, found, config)
        else:
            answer = self._explained(told, found, config)
        yield replace(answer, timings={"total": time.perf_counter() - started})

    def _refusal(self, request: str, found: Sequence[CodePart]) -> str:
        if not request.strip():
            return "the request is empty"
        if not found:
            return "the index holds no passage that bears on the request"
        weights = term_weights(self.searcher, subject(request)) or term_weights(self.searcher, request)
        held = coverage(weights, "\n".join(f"{spelled(each.document)}\n{spelled(each.text)}" for each in found))
        if held < COVERED:
            return f"the parts found hold {held:.0%} of what the request asks, and {COVERED:.0%} are needed"
        return ""

    def _packed(self, generator: Generator, found: Sequence[CodePart], reply: int, request: str) -> list[CodePart]:
        """Return the parts that fit the generator's context, the best first."""
        left = generator.context - reply - OVERHEAD_TOKENS - generator.count(request)
        out: list[CodePart] = []
        for part in found:
            size = generator.count(part.text) + generator.count(part.document) + 8
            if size <= left:
                out.append(part)
                left -= size
        if not out:
            raise ConfigError("not even the best part of the code base fits: use a model with a longer context")
        return out

    def _explained(self, told: CodeAnswer, found: Sequence[CodePart], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator
        shown = self._packed(generator, found, PROSE_TOKENS, told.question)
        messages = code_messages(told.question, [self.code_base.shown(each) for each in shown], write=False)
        reply, usage = generator.reply(messages, config, max_tokens=PROSE_TOKENS)
        told = replace(told, model=generator.spec, usage=usage, tries=1)
        if NOT_FOUND in reply:
            return replace(
                told, abstained=True, text="The code base does not answer this.", reason="the model found no answer"
            )
        text, citations, dropped = hold_prose(reply, shown)
        sentences = f"{dropped} {'sentence' if dropped == 1 else 'sentences'}"
        reasons = [f"{sentences} left out that the parts found do not support"] if dropped else []
        reasons += _left_out(len(shown), len(found))
        answer = replace(told, text=text, citations=citations) if text else _quoted(told, found)
        return replace(answer, reason="; ".join(reasons))

    def _written(self, told: CodeAnswer, found: Sequence[CodePart], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator
        shown = self._packed(generator, found, 2 * CODE_TOKENS, told.question)
        messages = code_messages(told.question, [self.code_base.shown(each) for each in shown], write=True)
        asked, known, modules = names(told.question), self.code_base.names(), self.code_base.modules()
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
            reply, usage = generator.reply(messages, config, max_tokens=CODE_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            blocks = tuple(check_block(each, known, taken, asked, modules) for each in code_blocks(reply))
            wrong = [problem for each in blocks for problem in each.problems]
            wrong += [] if blocks else ["there is no block of code between lines of ```"]
            wrong += misused(blocks, shown, asked) if blocks else []
            if best is None or len(wrong) < best[0]:
                best = len(wrong), reply, blocks
            if not wrong:
                break
            messages = again_messages(messages[:2], reply, wrong, "block of code")
        _, text, blocks = best or (0, "", ())
        citations = definitions_used(blocks, shown)
        lack = "it uses nothing of what was found" if blocks else "the reply holds no block of code"
        reason = "; ".join([*([] if citations else [lack]), *_left_out(len(shown), len(found))])
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


def _quoted(told: CodeAnswer, found: Sequence[CodePart]) -> CodeAnswer:
    text, citations = quote_parts(found)
    return replace(told, text=text, citations=citations)


def _left_out(shown: int, found: int) -> list[str]:
    missing = found - shown
    return [f"{missing} of {found} parts found did not fit the model's context"] if missing else []
