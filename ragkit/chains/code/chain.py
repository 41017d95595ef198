"""Questions about a code base and code that fits it: find definitions, hold prose to their names, check code."""

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
PROSE_TOKENS = 300  # longest explanation; the prompt asks for two to five sentences
CODE_TOKENS = 700  # longest block of code
OVERHEAD_TOKENS = 300  # instructions, request and chat template
TRIES = 3
COVERED = 0.35  # share of a request's words, by how rare they are, that the best parts must hold
NONE_WRITTEN = "no code was written: this model does not follow instructions well enough; mode write has it try"


class CodeChain(PartsChain[str, CodeAnswer]):
    """Answers questions about an indexed code base, and writes code that fits it.

    Prose is held to the parts that were found: a sentence may use only names that occur in them; a sentence without
    names must share most of its words with one of them. Code is parsed, and must use only names that exist; the
    problems found are returned to the generator, which then tries again. What is checked is that names exist and fit,
    not that the code does what was asked.

    Args:
        context: the parts of the index; its generator is not loaded in ``quote`` mode.
        mode: ``quote`` (the definitions themselves), ``answer`` (prose), ``write`` (code), or ``auto``: code or
            prose by the wording of the request, and quotes where the generator follows instructions poorly.
        weak: whether the generator follows instructions poorly; None takes what the catalogue of models records.
        k: parts to retrieve.
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
        """Yield the answer as one part, after it is checked."""
        started = time.perf_counter()
        hits = self.searcher.search(given, self.k)
        found = self.code_base.parts(given, hits)
        draft = CodeAnswer(given, flags=flags(hits))
        refusal = self._refusal(given, found)
        if refusal:
            answer = replace(draft, abstained=True, reason=refusal, text="The code base does not answer this.")
        # Weak models seldom write prose or code that passes the checks: quoting the definitions is the better answer.
        elif self.mode == "quote" or (self.mode == "auto" and self.weak):
            answer = _quoted(draft, found)
            if wants_code(given) and self.mode == "auto":
                answer = replace(answer, reason=NONE_WRITTEN)
        elif self.mode == "write" or (self.mode == "auto" and wants_code(given)):
            answer = self._written(draft, found, config)
        else:
            answer = self._explained(draft, found, config)
        yield replace(answer, timings={"total": time.perf_counter() - started})

    def _refusal(self, request: str, found: Sequence[CodePart]) -> str:
        if not request.strip():
            return "the request is empty"
        if not found:
            return "the index holds no passage that bears on the request"
        # "Write a function that ..." occurs in no code base, so such words must not count as uncovered. Where nothing
        # else is left, the whole request is weighed after all.
        weights = term_weights(self.searcher, subject(request)) or term_weights(self.searcher, request)
        # Camel-case names are split first: a request says "read rows", the code `readRows`.
        held = coverage(weights, "\n".join(f"{spelled(each.document)}\n{spelled(each.text)}" for each in found))
        if held < COVERED:
            return f"the parts found hold {held:.0%} of what the request asks, and {COVERED:.0%} are needed"
        return ""

    def _packed(self, generator: Generator, found: Sequence[CodePart], reply: int, request: str) -> list[CodePart]:
        """Return the parts that fit the generator's context, the best first."""
        left = generator.context - reply - OVERHEAD_TOKENS - generator.count(request)
        # A part that does not fit is passed over, not the end: a shorter one with a lower score may still fit.
        out: list[CodePart] = []
        for part in found:
            size = generator.count(part.text) + generator.count(part.document) + 8  # heading and blank lines
            if size <= left:
                out.append(part)
                left -= size
        if not out:
            raise ConfigError("not even the best part of the code base fits: use a model with a longer context")
        return out

    def _explained(self, draft: CodeAnswer, found: Sequence[CodePart], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator
        packed = self._packed(generator, found, PROSE_TOKENS, draft.question)
        messages = code_messages(draft.question, [self.code_base.shown(each) for each in packed], write=False)
        reply, usage, cut = generator.full_reply(messages, config, max_tokens=PROSE_TOKENS)
        draft = replace(draft, model=generator.spec, usage=usage, tries=1)
        if NOT_FOUND in reply:
            return replace(
                draft, abstained=True, text="The code base does not answer this.", reason="the model found no answer"
            )
        text, citations, dropped = hold_prose(reply, packed)
        sentences = f"{dropped} {'sentence' if dropped == 1 else 'sentences'}"
        reasons = [f"{sentences} left out that the parts found do not support"] if dropped else []
        reasons += [*([cut] if cut else []), *_left_out(len(packed), len(found))]
        answer = replace(draft, text=text, citations=citations) if text else _quoted(draft, found)
        return replace(answer, reason="; ".join(reasons))

    def _written(self, draft: CodeAnswer, found: Sequence[CodePart], config: RunnableConfig) -> CodeAnswer:
        generator = self.generator
        packed = self._packed(generator, found, 2 * CODE_TOKENS, draft.question)
        # Room for two replies: another try has the code that was rejected in its prompt.
        messages = code_messages(draft.question, [self.code_base.shown(each) for each in packed], write=True)
        asked, known, modules = names(draft.question), self.code_base.names(), self.code_base.modules()
        # In reverse, so that of definitions with the same name the one that fits the request best remains.
        taken = {
            name: signature
            for each in reversed(packed)
            if each.language in PYTHON
            for name, signature in signatures(each.text).items()
        }
        spent: dict[str, int] = {}
        best: tuple[int, str, tuple[CodeBlock, ...], str] | None = None
        tries = 0
        while tries < self.tries:
            tries += 1
            reply, usage, cut = generator.full_reply(messages, config, max_tokens=CODE_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            blocks = tuple(check_block(each, known, taken, asked, modules) for each in code_blocks(reply))
            wrong = [problem for each in blocks for problem in each.problems]
            wrong += [] if blocks else ["there is no block of code between lines of ```"]
            wrong += misused(blocks, packed, asked) if blocks else []
            wrong += [cut] if cut else []
            # A later try can be worse than an earlier one, so the one with the fewest problems is returned.
            if best is None or len(wrong) < best[0]:
                best = len(wrong), reply, blocks, cut
            if not wrong:
                break
            # Only the last reply and its problems are repeated: the whole history would overflow small contexts.
            messages = again_messages(messages[:2], reply, wrong, "block of code")
        _, text, blocks, cut = best or (0, "", (), "")
        citations = definitions_used(blocks, packed)
        lack = "it uses nothing of what was found" if blocks else "the reply holds no block of code"
        reasons = [*([] if citations else [lack]), *([cut] if cut else []), *_left_out(len(packed), len(found))]
        reason = "; ".join(reasons)
        return replace(
            draft,
            text=text,
            blocks=blocks,
            citations=citations,
            reason=reason,
            tries=tries,
            model=generator.spec,
            usage=spent,
        )


def _quoted(draft: CodeAnswer, found: Sequence[CodePart]) -> CodeAnswer:
    text, citations = quote_parts(found)
    return replace(draft, text=text, citations=citations)


def _left_out(packed: int, found: int) -> list[str]:
    missing = found - packed
    return [f"{missing} of {found} parts found did not fit the model's context"] if missing else []
