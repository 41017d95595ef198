"""A prompt chosen by score: instructions and ways to show examples, tried on labelled rows, the best chosen."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.chains.classify.chain import Classifier
from ragkit.chains.examples import as_pool
from ragkit.chains.few_shot.chain import REPLY_TOKENS, FewShotChain
from ragkit.core.errors import BudgetExceeded, ConfigError, ContextOverflow, UnclearReply
from ragkit.evaluate.metrics import contains, exact_match, f1, rouge
from ragkit.prompt.few_shot import asked
from ragkit.text.markers import unmarked
from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.messages import BaseMessage

    from ragkit.core.types import Embedder, Example
    from ragkit.generate.generator import Generator
    from ragkit.prompt.pool import Pool
    from ragkit.prompt.selecting import Selector

Metric = Literal["exact", "f1", "contains", "rouge"]
Task = Literal["auto", "few_shot", "classify"]
METRICS: tuple[str, ...] = get_args(Metric)
TASKS: tuple[str, ...] = get_args(Task)
LEAST = 8  # rows, half of which are examples where none are given
REPEATED = 3  # times that a wanted text occurs on average where it is taken for a label
LIKENESS: tuple[Selector, ...] = ("coverage", "similarity", "mmr")
DRAWS = 3  # sets of examples that are the same for every text, for each instruction and size
SHOTS = (2, 5, 8)  # examples in a prompt
# Of instructions that the generator makes up.
SOURCES = 6  # examples that one is made up from
EXAMPLE_CHARACTERS = 400  # of the input and of the output of an example
INSTRUCTION_TOKENS = 120


@dataclass(frozen=True, slots=True)
class PromptVariant:
    """A prompt that can be tried.

    Attributes:
        instruction: what to do; empty says it by examples alone.
        k: examples shown.
        selector: how they are chosen; ``random`` shows the same ones to every text.
        seed: of ``random``.
    """

    instruction: str
    k: int
    selector: Selector
    seed: int = 13

    @property
    def shown(self) -> str:
        """Which examples it shows, in words."""
        if not self.k:
            return "no examples"
        return f"the same {self.k} (draw {self.seed})" if self.selector == "random" else f"{self.k} by {self.selector}"


@dataclass(slots=True)
class TriedPrompt:
    """A prompt and how it did.

    Attributes:
        way: the prompt.
        scores: on the rows that prompts are chosen by, from the first on.
        too_long: rows that did not fit the generator's context; each has the score 0.
    """

    way: PromptVariant
    scores: list[float] = field(default_factory=list[float])
    too_long: int = 0

    @property
    def score(self) -> float:
        """The mean, from 0 to 1."""
        return sum(self.scores) / len(self.scores) if self.scores else 0.0


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The chosen prompt beside the plain one, on rows that had no part in the choice.

    Attributes:
        rows: how many.
        score: mean of the chosen prompt.
        plain: mean of the plain one: the first instruction, five examples by coverage.
        better: rows on which the chosen prompt did better.
        worse: rows on which it did worse.
    """

    rows: int
    score: float
    plain: float
    better: int
    worse: int

    @property
    def p(self) -> float:
        """How likely a difference like this, or a larger one, is by chance alone (sign test, two-sided)."""
        n, k = self.better + self.worse, min(self.better, self.worse)
        return min(1.0, 2 * sum(math.comb(n, each) for each in range(k + 1)) / 2**n) if n else 1.0


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a search for a prompt found.

    Attributes:
        task: ``few_shot`` or ``classify``.
        labels: of ``classify``.
        metric: what the scores are.
        way: the chosen prompt.
        examples: those it chooses from.
        tried: all prompts, the best first; those that did worse were tried on fewer rows.
        held_out: the chosen prompt on other rows; None where a budget was spent before.
        choosing: rows that prompts were chosen by.
        runs: of a prompt on a row.
        repeated: rows left out because an earlier one asks the same.
        stopped: why the search ended before its end; empty where it did not.
    """

    task: str
    labels: tuple[str, ...]
    metric: str
    way: PromptVariant
    examples: tuple[Example, ...]
    tried: tuple[TriedPrompt, ...]
    held_out: HeldOut | None
    choosing: int
    runs: int
    repeated: int
    stopped: str = ""


def compile_prompt(
    rows: Sequence[Example],
    generator: Generator,
    *,
    instructions: Sequence[str] = (),
    examples: Sequence[Example] | None = None,
    task: Task = "auto",
    metric: Metric = "exact",
    embedder: str | Embedder | None = None,
    shots: Sequence[int] = SHOTS,
    candidates: int = 12,
    runs: int = 400,
    propose: int = 0,
    max_tokens: int = REPLY_TOKENS,
    seed: int = 13,
    callbacks: Sequence[BaseCallbackHandler] = (),
    progress: Callable[[str], None] | None = None,
) -> Compilation:
    """Choose instruction and examples by their score on labelled rows.

    Prompts are tried on a few rows, the better half on twice as many, and so on (successive halving, arXiv 1502.07943).
    The same rows, options and seed try the same prompts on the same rows.

    Args:
        rows: what is asked, with the answers that are right. They are shuffled and divided: half are examples where
            ``examples`` is None; of the others one half chooses, the other is held out.
        generator: its model is loaded at its first use.
        instructions: to choose from; without any the examples say it alone.
        examples: to show; None takes a half of the rows.
        task: ``classify`` where what is wanted is one of a set of labels; ``auto`` takes it where texts recur.
        metric: ``exact``, ``f1`` (of words), ``contains`` or ``rouge`` (ROUGE-L).
        embedder: finds the examples that are like a text; None takes the settings'.
        shots: numbers of examples to try.
        candidates: prompts to try, drawn from all there are; the plain one is always among them.
        runs: of a prompt on a row at most.
        propose: instructions that the generator makes up from the examples, to try beside the others.
        max_tokens: of a reply.
        seed: of every draw.
        callbacks: LangChain callbacks of every call.
        progress: called with a line on what is being done.

    Raises:
        ConfigError: an option is wrong, or there are too few rows or runs.
    """
    if metric not in METRICS:
        raise ConfigError(f"unknown metric {metric!r}: choose {', '.join(METRICS)}")
    if task not in TASKS:
        raise ConfigError(f"unknown task {task!r}: choose {', '.join(TASKS)}")
    if any(each < 1 for each in shots) or candidates < 1 or propose < 0:
        raise ConfigError("shots and candidates cannot be below 1, nor proposals below 0")
    pool = list({each.question: each for each in reversed(rows)}.values())[::-1]
    if len(pool) < LEAST:
        raise ConfigError(f"{len(pool)} different rows are too few to choose and to measure by: give {LEAST} or more")
    draw = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    draw.shuffle(pool)
    if examples is None:
        half = len(pool) // 2
        examples, pool = pool[:half], pool[half:]
    choosing, held = pool[: (len(pool) + 1) // 2], pool[(len(pool) + 1) // 2 :]
    labels = _labels(task, [*examples, *pool])
    search = _Search(generator, as_pool(examples, embedder), labels, metric, max_tokens, list(callbacks), progress)
    known = [*instructions, *search.propose(examples, propose, seed)]
    tried = [TriedPrompt(way) for way in ways(known, shots, len(examples), candidates, seed)]
    # Two prompts are compared on the rows held out, so at most a third of the runs goes there.
    held = held[: max(1, min(len(held), runs // 6))]
    first = _first_rows(len(tried), len(choosing), runs - 2 * len(held))
    stopped, chosen, held_out = "", None, None
    try:
        chosen = search.halve(tried, choosing, first)
        held_out = search.compare(chosen.way, tried[0].way, held)
    except BudgetExceeded as error:
        stopped = str(error)
        if not any(each.scores for each in tried):
            raise
    # The winner first, then by how far a prompt came: a score on more rows counts before a higher one on few.
    ranked = sorted(tried, key=lambda each: (each is not chosen, -len(each.scores), -each.score))
    return Compilation(
        "classify" if labels else "few_shot",
        labels,
        metric,
        ranked[0].way,
        tuple(examples),
        tuple(ranked),
        held_out,
        len(choosing),
        search.runs,
        len(rows) - len({each.question for each in rows}),
        stopped,
    )


def ways(
    instructions: Sequence[str], shots: Sequence[int], available: int, candidates: int, seed: int = 13
) -> list[PromptVariant]:
    """Return the prompts to try, the plain one first, then as many others as are wanted, drawn.

    Args:
        instructions: to choose from; none are the empty one.
        shots: numbers of examples to try.
        available: examples there are.
        candidates: how many in all.
        seed: of the draw.
    """
    texts = list(dict.fromkeys(each.strip() for each in instructions if each.strip())) or [""]
    plain = PromptVariant(texts[0], min(5, available), "coverage")
    sizes = sorted({min(each, available) for each in shots})
    others = [PromptVariant(each, 0, "random") for each in texts if each]
    others += [PromptVariant(each, k, how) for each, k, how in product(texts, sizes, LIKENESS)]
    others += [PromptVariant(each, k, "random", seed + n) for each, k, n in product(texts, sizes, range(DRAWS))]
    others = [each for each in others if each != plain]
    draw = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    drawn = draw.sample(others, min(len(others), candidates - 1))
    return [plain, *sorted(drawn, key=lambda each: (each.k, others.index(each)))]


def _labels(task: Task, rows: Sequence[Example]) -> tuple[str, ...]:
    wanted = [each.answer for each in rows]
    different = tuple(sorted(set(wanted)))
    recurring = len(different) > 1 and len(wanted) >= REPEATED * len(different)
    return different if task == "classify" or (task == "auto" and recurring) else ()


def _first_rows(prompts: int, rows: int, runs: int) -> int:
    """Return on how many rows all prompts are tried, so that the whole search stays within its runs."""
    # The first round costs prompts * first runs, each later one half of that: half the prompts, on as many new rows.
    halvings = math.ceil(math.log2(prompts)) if prompts > 1 else 0
    first = int(runs / (prompts * (1 + halvings / 2)))
    if first < 1:
        raise ConfigError(f"{runs} runs are too few for {prompts} prompts: allow more runs, or try fewer candidates")
    return min(first, rows)


def proposal_messages(examples: Sequence[Example], seed: int) -> list[BaseMessage]:
    """Ask for an instruction that leads from the inputs of a few examples to their outputs.

    Args:
        examples: to draw from.
        seed: of the draw; another one makes another instruction.
    """
    from langchain_core.messages import HumanMessage

    drawn = random.Random(seed).sample(list(examples), min(SOURCES, len(examples)))  # noqa: S311 - can be repeated
    pairs = "\n\n".join(
        f"Input: {unmarked(asked(each))[:EXAMPLE_CHARACTERS]}\nOutput: {unmarked(each.answer)[:EXAMPLE_CHARACTERS]}"
        for each in drawn
    )
    return [
        HumanMessage(
            f"Someone was given one instruction, and wrote these outputs for these inputs.\n\n{pairs}\n\nWrite that "
            "instruction: one or two sentences that say what to do with an input and in which form the output is. "
            "Write the instruction alone."
        )
    ]


def proposed(reply: str) -> str:
    """Return the instruction that a reply holds: its first paragraph, without a heading and quotation marks."""
    paragraph = next((each.strip() for each in re.split(r"\n\s*\n", reply) if each.strip()), "")
    paragraph = ENGLISH.replies.labels.sub("", paragraph)
    return " ".join(paragraph.strip("\"'“”*` \n").split())


class _Search:
    """Tries prompts, and counts what it takes."""

    def __init__(
        self,
        generator: Generator,
        pool: Pool | None,
        labels: Sequence[str],
        metric: Metric,
        max_tokens: int,
        callbacks: Sequence[BaseCallbackHandler],
        progress: Callable[[str], None] | None,
    ) -> None:
        self.generator, self.pool, self.labels, self.max_tokens = generator, pool, labels, max_tokens
        self.metric: Metric = metric
        self.config: Any = {"callbacks": list(callbacks)}
        self.tell = progress or _quiet
        self.runs = 0

    def propose(self, examples: Sequence[Example], count: int, seed: int) -> list[str]:
        """Return instructions that the generator makes up, each from other examples."""
        out: list[str] = []
        for number in range(count):
            self.tell(f"instruction {number + 1} of {count}")
            messages = proposal_messages(examples, seed + number)
            out.append(proposed(self.generator.reply(messages, self.config, max_tokens=INSTRUCTION_TOKENS)[0]))
        return [each for each in out if each]

    def halve(self, tried: Sequence[TriedPrompt], rows: Sequence[Example], first: int) -> TriedPrompt:
        """Try prompts on more and more rows, each time the better half, and return the last."""
        # Successive halving (Jamieson and Talwalkar 2016): each round costs about the same, half the prompts on twice
        # the rows, so most of the budget goes to telling apart the prompts that are close.
        left, count = list(tried), first
        while True:
            for number, each in enumerate(left, 1):
                self.tell(f"prompt {number} of {len(left)} on {count} rows")
                self._try(each, rows[len(each.scores) : count])
            left.sort(key=lambda each: -each.score)  # stable: what is plainer stays before what is as good
            left = left[: max(1, len(left) // 2)]
            if len(left) == 1:
                return left[0]
            count = min(len(rows), 2 * count)

    def _try(self, tried: TriedPrompt, rows: Sequence[Example]) -> None:
        chain = self._chain(tried.way)
        for each in rows:
            score = self._score(chain, each)
            tried.too_long += score is None
            tried.scores.append(score or 0.0)

    def compare(self, chosen: PromptVariant, plain: PromptVariant, rows: Sequence[Example]) -> HeldOut:
        """Measure two prompts on the same rows."""
        self.tell(f"the chosen prompt on {len(rows)} rows that were held out")
        ours = self._chain(chosen)
        ours_scores = [self._score(ours, each) or 0.0 for each in rows]
        theirs_scores = ours_scores
        if chosen != plain:
            theirs = self._chain(plain)
            theirs_scores = [self._score(theirs, each) or 0.0 for each in rows]
        pairs = list(zip(ours_scores, theirs_scores, strict=True))
        return HeldOut(
            len(rows),
            sum(ours_scores) / len(rows),
            sum(theirs_scores) / len(rows),
            sum(a > b for a, b in pairs),
            sum(a < b for a, b in pairs),
        )

    def _chain(self, way: PromptVariant) -> FewShotChain | Classifier:
        options: dict[str, Any] = {"k": way.k, "selector": way.selector, "seed": way.seed}
        if self.labels:
            return Classifier(self.labels, pool=self.pool, generator=self.generator, task=way.instruction, **options)
        instruction = way.instruction or None
        return FewShotChain(self.generator, self.pool, instruction=instruction, max_tokens=self.max_tokens, **options)

    def _score(self, chain: FewShotChain | Classifier, row: Example) -> float | None:
        """Return the score of a row; None where it does not fit."""
        self.runs += 1
        try:
            if isinstance(chain, Classifier):
                return float(chain.invoke(row.question, self.config).label in row.answers)
            reply = chain.invoke(row.question, self.config).text
        except ContextOverflow:
            return None
        except UnclearReply:  # what a prompt leads to is measured, and no label is a wrong one
            return 0.0
        return _measured(self.metric, reply, row.answers)


def _measured(metric: Metric, reply: str, golds: Sequence[str]) -> float:
    if metric == "rouge":
        return rouge(reply, golds)["rougeL"]
    return {"exact": exact_match, "f1": f1, "contains": contains}[metric](reply, golds)


def _quiet(_line: str) -> None:
    pass
