"""A graph of chains: steps that take what earlier ones returned, one for each of a list, some under a condition."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.runnables import Runnable
from pydantic import BaseModel, ConfigDict, Field

from ragkit.chains.registry import find_chain
from ragkit.chains.results import result_json, result_text
from ragkit.core.errors import ConfigError
from ragkit.pipelines.references import ABSENT, INPUT, ITEM, Scope, condition_text, references

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.options import Blueprint, Resources

WHOLE = f"${{{INPUT}}}"
EACH = f"${{{ITEM}}}"


class GraphSpec(BaseModel):
    """Steps that are registered chains, each working on the input or on what earlier ones returned."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    task: Literal["graph"] = "graph"
    description: str = Field(min_length=1, description="What it does, in a sentence; `ragkit run --list` shows it.")
    input: str = Field("text", description="Name of the field of a row that the graph works on.")
    model: str | None = Field(None, description="Generator of the steps that name none; the settings' where absent.")
    embedder: str | None = Field(None, description="Embedder, likewise.")
    steps: list[Any] = Field(min_length=1, description="The steps in their order, each a chain.")
    output: str | list[str] | None = Field(
        None, description="Name of the step whose result is the graph's; of several the first that is run."
    )

    @property
    def named_outputs(self) -> list[str]:
        """Names of the steps whose result may be the graph's; none where the last that was run is it."""
        return [self.output] if isinstance(self.output, str) else self.output or []

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return input to GraphResult."""
        from ragkit.chains.options import Blueprint

        made = [step.blueprint(resources) for step in self.steps]
        steps = tuple((step.name, _picture(step, each)) for step, each in zip(self.steps, made, strict=True))

        def chain() -> GraphChain:
            return GraphChain([Step(each, plan.make()) for each, plan in zip(self.steps, made, strict=True)], self)

        models = dict.fromkeys(each.model for each in made if each.model)
        return Blueprint(chain, steps, next(iter(models), ""), takes="what the steps work on")


def step_input(step: Any) -> Any:
    """Return what a step works on: what it says, else each item, else the graph's input."""
    return step.input if step.input is not None else EACH if step.for_each else WHOLE


def _picture(step: Any, made: Blueprint) -> str:
    """Draw a step: its chain and what it works on, and below it what the chain does."""
    named = [
        ".".join((("steps", each.root) if each.is_step else (each.root,)) + each.path)
        for each in references(step_input(step))
    ]
    about = [f"{step.task} of {', '.join(dict.fromkeys(named)) or 'a text of its own'}"]
    about += [f"for each of {step.for_each[2:-1]}"] if step.for_each else []
    about += [f"when {condition_text(step.when)}"] if step.when else []
    width = max(len(name) for name, _ in made.steps)
    return "\n".join([", ".join(about), *(f"  {name:{width}}  {what}".rstrip() for name, what in made.steps)])


@dataclass(frozen=True, slots=True)
class GraphResult:
    """What a graph returns.

    Attributes:
        steps: the result of each step by its name; a list for a step with ``for_each``, None for one passed over.
        output: name of the step whose result is the graph's; empty where none of them was run.
    """

    steps: Mapping[str, Any]
    output: str = ""

    @property
    def result(self) -> Any:
        """The graph's result; None where no step of its outputs was run."""
        return self.steps.get(self.output)

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        steps = {name: _json(result) for name, result in self.steps.items()}
        return {"output": self.output or None, "result": steps.get(self.output), "steps": steps}

    def to_text(self, base: str = "") -> str:
        """Write the graph's result for people, paths relative to the folder ``base``."""
        if not self.output:
            return "no step of the output was run: none of its conditions holds"
        results = self.result if isinstance(self.result, list) else [self.result]
        return "\n\n".join(result_text(each, base) for each in results)


def _json(result: Any) -> Any:
    if isinstance(result, list):
        return [result_json(each) for each in result]  # pyright: ignore[reportUnknownVariableType] - results of a chain
    return None if result is None else result_json(result)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that can run.

    Attributes:
        spec: what the pipeline says of it.
        chain: what it runs.
    """

    spec: Any
    chain: Runnable[Any, Any]


class GraphChain(Runnable[Any, GraphResult]):
    """Runs steps in their order; those of ``for_each`` work on several items at the same time.

    Args:
        steps: the steps, each after those that it refers to.
        spec: the graph.
    """

    def __init__(self, steps: Sequence[Step], spec: GraphSpec) -> None:
        self.steps = tuple(steps)
        self.spec = spec

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> GraphResult:
        """Run the steps."""
        return self._call_with_config(self._run, input, config)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> GraphResult:
        """Run the steps."""
        return await self._acall_with_config(self._arun, input, config)

    def _run(self, value: Any, run_manager: Any, config: RunnableConfig) -> GraphResult:
        walk = self._walk(value)
        results: Any = None
        try:
            while True:
                step, inputs = walk.send(results)
                with _named(step):
                    results = step.chain.batch(inputs, config)
        except StopIteration as done:
            return done.value

    async def _arun(self, value: Any, run_manager: Any, config: RunnableConfig) -> GraphResult:
        walk = self._walk(value)
        results: Any = None
        try:
            while True:
                step, inputs = walk.send(results)
                with _named(step):
                    results = await step.chain.abatch(inputs, config)
        except StopIteration as done:
            return done.value

    def _walk(self, value: Any) -> Generator[tuple[Step, list[Any]], list[Any], GraphResult]:
        """Yield each step with its inputs, and receive their results through ``send``."""
        # The order of steps lives here once; `_run` and `_arun` differ only in how they run a batch.
        scope = Scope(value, {step.spec.name: find_chain(step.spec.task).keys[0] for step in self.steps})
        results: dict[str, Any] = {}
        for step in self.steps:
            name, inputs = step.spec.name, self._inputs(step.spec, scope)
            made = None if inputs is None else (yield step, inputs)
            if made is not None and not step.spec.for_each:
                made = made[0]
            results[name] = made
            # Later steps refer to the JSON form, the documented one; the result itself goes to the caller.
            scope.steps[name] = ABSENT if made is None else _json(made)
        outputs = self.spec.named_outputs or [*reversed(results)]
        output = next((name for name in outputs if results[name] is not None), "")
        return GraphResult(results, output)

    def _inputs(self, spec: Any, scope: Scope) -> list[Any] | None:
        """Return what a step works on; None where it is passed over, as when what it refers to was."""
        if spec.when and not scope.holds(spec.when):
            return None
        template = step_input(spec)
        if not spec.for_each:
            value = scope.filled(template)
            return None if value is ABSENT else [value]
        items = scope.filled(spec.for_each)
        if items is ABSENT:
            return None
        if not isinstance(items, list | tuple):
            raise ConfigError(f"step {spec.name}: for_each needs a list, and {spec.for_each} is {type(items).__name__}")
        inputs: list[Any] = []
        for item in items:  # pyright: ignore[reportUnknownVariableType] - of rows and results
            scope.item = item
            inputs.append(scope.filled(template))
        scope.item = ABSENT
        return inputs


@contextmanager
def _named(step: Step) -> Generator[None]:
    """Put the name of its step before what a step finds wrong."""
    try:
        yield
    except Exception as error:
        # Other classes may need more arguments than a message; they get a note instead, and keep their type.
        if type(error) is ConfigError:
            raise ConfigError(f"step {step.spec.name}: {error}") from error
        error.add_note(f"in the step {step.spec.name}")
        raise
