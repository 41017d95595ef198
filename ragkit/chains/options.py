"""What options of chains share: pydantic models that a pipeline file is checked against, and that make their chain."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.runnables import Runnable

    from ragkit.core.types import Embedder, Example, Hit
    from ragkit.prompt.pool import Exemplary, Pool

NO_MODEL = "no generator"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A chain that can be made, and its picture.

    Attributes:
        make: makes the chain, from the value of a row's field to a result.
        steps: what happens to the input one after the other, each with what it does.
        model: spec of the generator; empty where none is called.
        takes: what the chain works on, where it is more than its registration says.
    """

    make: Callable[[], Runnable[Any, Any]]
    steps: tuple[tuple[str, str], ...]
    model: str = ""
    takes: str = ""


class OpenIndex(Protocol):
    """An index as chains of a pipeline use it: a :class:`ragkit.Index`."""

    name: str

    @property
    def model_spec(self) -> str:
        """Spec of its generator; empty for a model object."""
        ...

    @property
    def chain(self) -> Callable[..., Any]:
        """Makes an answering chain of options."""
        ...

    @property
    def code(self) -> Callable[..., Any]:
        """Makes a chain over code of options."""
        ...

    @property
    def search(self) -> Callable[..., tuple[Hit, ...]]:
        """Finds passages."""
        ...

    def examples(self, embedder: Embedder | None = None) -> Pool:
        """Return its documents as examples."""
        ...


class OpensIndex(Protocol):
    """Opens one index, or several as one."""

    def __call__(self, *folders: str | Path, embedder: str | None = None, model: str | None = None) -> OpenIndex:
        """Return the index; no folder stands for the settings'."""
        ...


@dataclass(frozen=True, slots=True)
class Resources:
    """What the options of a chain are built with.

    Attributes:
        name: of the pipeline, for messages.
        folder: where the pipeline's file stands; files that it names are looked for there first.
        open_index: opens indexes.
    """

    name: str
    folder: Path
    open_index: OpensIndex

    def find(self, name: str) -> Path:
        """Return a file or folder that a pipeline names: beside it, or else in the working folder."""
        beside = self.folder / name
        return beside if beside.is_file() or (beside.exists() and not Path(name).exists()) else Path(name)


class ChainOptions(BaseModel):
    """Options of a chain, as pipeline files have them; each class of options adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str | None = Field(None, description="Generator, provider:model?option=value; the settings' where absent.")
    embedder: str | None = Field(None, description="Embedder, likewise.")

    @abstractmethod
    def blueprint(self, resources: Resources) -> Blueprint:
        """Return the chain to be made; models and indexes are loaded when they are first needed.

        Raises:
            ConfigError: an option is wrong.
        """


class IndexOptions(ChainOptions):
    """Options of a chain over an index."""

    index: str | list[str] | None = Field(None, description="Folder of the index, or of several; the settings' else.")
    k: int | None = Field(None, ge=1, le=1000, description="Passages to retrieve.")

    def open(self, resources: Resources) -> OpenIndex:
        """Open the index, or the several as one."""
        folders = [self.index] if isinstance(self.index, str) else self.index or []
        return resources.open_index(*folders, embedder=self.embedder, model=self.model)

    def over(self, index: OpenIndex) -> str:
        """Say over what is searched, for the picture."""
        from ragkit.core.settings import load_settings

        named = self.index if isinstance(self.index, list) else [index.name]
        return f"{', '.join(named)}, {self.k or load_settings().k} passages"


class AnsweringOptions(IndexOptions):
    """Options of a chain that answers over an index."""

    mode: Literal["auto", "quote", "short", "answer"] = "auto"
    threshold: float | None = Field(None, ge=0, le=1, description="Confidence below which it refuses.")
    max_wrong: float | None = Field(None, ge=0, le=1, description="Share of wrong answers; calibrate first.")
    unsupported: Literal["mark", "drop", "keep"] = "mark"
    verifier: str | None = Field(None, description="Who judges sentences: embedded, generator, local:FOLDER or rules.")
    strict: bool = Field(False, description="Show nothing but what stands in the sources in nearly the same words.")
    guard: bool = Field(True, description="Leave out sentences that order a model to drop its instructions.")
    filter: dict[str, Any] | None = Field(None, description="What the passages' metadata must be.")
    within: str | list[str] | None = Field(None, description="Files, folders or globs the passages must be from.")
    since: str | None = Field(None, description="Date on or after which their documents were written or changed.")
    rerank: str | None = Field(None, description="Folder of a cross-encoder, or a re-ranker that a package adds.")

    @property
    def answering(self) -> dict[str, Any]:
        """The options of :meth:`ragkit.Index.chain` among them."""
        own = {"mode", "k", "threshold", "max_wrong", "unsupported", "verifier", "strict", "guard"}
        return self.model_dump(include={*own, "filter", "within", "since", "rerank"})

    def generator_of(self, index: OpenIndex) -> str:
        """Return the spec of the generator; empty where none is called."""
        return "" if self.mode == "quote" else index.model_spec


class RoutedOptions(AnsweringOptions):
    """Options of a chain whose questions are sent to the chain of their kind."""

    route: Literal["auto", "passages", "table", "steps", "overview", "list", "code", "talk"] = Field(
        "auto", description="What answers: passages, or another chain; auto takes the one for the question's kind."
    )

    @property
    def answering(self) -> dict[str, Any]:
        """The options of :meth:`ragkit.Index.chain` among them."""
        return {**super().answering, "route": self.route}


class ExamplesOptions(ChainOptions):
    """Options of a chain that examples are shown to."""

    examples: str | list[dict[str, Any]] | None = Field(
        None,
        description="File of examples, or folder of an index of them, beside the pipeline's or in the working folder; "
        "or the examples themselves.",
    )
    k: int = Field(5, ge=0, description="Examples to show.")
    selector: Literal["random", "length", "similarity", "mmr", "coverage"] = "coverage"
    balanced: bool = False
    order: Literal["best_last", "best_first", "given"] = "best_last"

    @property
    def choosing(self) -> dict[str, Any]:
        """The options that say which examples are shown."""
        return self.model_dump(include={"k", "selector", "balanced", "order"})

    def find_examples(self, resources: Resources) -> Path | Exemplary | Sequence[Example] | None:
        """Return the examples: a file, an index, or themselves."""
        from ragkit.prompt.examples import from_rows

        if isinstance(self.examples, str):
            path = resources.find(self.examples)
            return resources.open_index(path) if path.is_dir() else path
        return None if self.examples is None else from_rows("examples", enumerate(self.examples, 1))

    def picture(self) -> tuple[tuple[str, str], ...]:
        """Return the step that chooses examples; none where none are shown."""
        if self.examples is None or not self.k:
            return ()
        order = self.order.replace("_", " ")
        of = f" of {self.examples}" if isinstance(self.examples, str) else ""
        return (("examples", f"{self.k}{of} by {self.selector}{', balanced' if self.balanced else ''}, {order}"),)
