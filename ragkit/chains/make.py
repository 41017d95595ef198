"""Chains by a function each, from specs and files: what pipelines and most programs call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragkit.core.errors import ConfigError
from ragkit.core.settings import load_settings
from ragkit.generate.generator import Generator, as_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.documents import Document
    from langchain_core.language_models import BaseChatModel

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.chat.chain import ChatChain, Rewriting
    from ragkit.chains.classify.chain import Classifier
    from ragkit.chains.code.chain import CodeChain
    from ragkit.chains.extract.chain import ExtractChain
    from ragkit.chains.few_shot.chain import FewShotChain
    from ragkit.chains.math.chain import MathChain
    from ragkit.chains.multi_hop.chain import StepsChain
    from ragkit.chains.rewrite.chain import RewriteChain
    from ragkit.chains.summarize.chain import SummaryChain
    from ragkit.chains.table.chain import TableChain
    from ragkit.chains.write.chain import WriteChain
    from ragkit.core.types import Embedder, Example
    from ragkit.prompt.pool import Exemplary, Pool

    Model = str | BaseChatModel | Generator | None
    Examples = Path | str | Sequence[Example | Mapping[str, Any]] | Exemplary | None


class Answering(Protocol):
    """What answers are built on: a :class:`ragkit.Index`, or several as one."""

    @property
    def chain(self) -> Callable[..., AnswerChain]:
        """Called with options, returns question to Answer as a Runnable."""
        ...


def answer(index: Answering, **options: Any) -> AnswerChain:
    """Return a Runnable from a question to a grounded :class:`ragkit.Answer`.

    Args:
        index: what is asked.
        **options: of :meth:`ragkit.Index.chain`.
    """
    return index.chain(**options)


def chat(index: Answering, *, rewriting: Rewriting = "auto", **options: Any) -> ChatChain:
    """Return a Runnable from a :class:`ragkit.chains.Conversation` to a grounded :class:`ragkit.Answer`.

    Args:
        index: what is asked.
        rewriting: how follow-up questions are made to stand alone: ``model``, ``words``, ``off`` or ``auto``.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.chat.chain import ChatChain

    return ChatChain(index.chain(**options), rewriting=rewriting)


def multi_hop(index: Answering | Mapping[str, Answering], *, steps: int = 4, **options: Any) -> StepsChain:
    """Return a Runnable that answers questions of several steps.

    Args:
        index: what is asked; or several by name, of which each step is put to the one that is surest to answer it.
        steps: at most.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.multi_hop.chain import StepsChain

    if isinstance(index, Mapping):
        return StepsChain({name: each.chain(**options) for name, each in index.items()}, steps=steps)
    return StepsChain(index.chain(**options), steps=steps)


def write(index: Answering, **options: Any) -> WriteChain:
    """Return a Runnable from an outline to a document whose sentences are cited.

    Args:
        index: where it is looked for.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.write.chain import WriteChain

    return WriteChain(index.chain(**options))


class Coded(Protocol):
    """An indexed code base: a :class:`ragkit.Index`."""

    @property
    def code(self) -> Callable[..., CodeChain]:
        """Called with options, returns request to CodeAnswer as a Runnable."""
        ...


def code(index: Coded, **options: Any) -> CodeChain:
    """Return a Runnable from a question about a code base, or a task in it, to a :class:`ragkit.chains.CodeAnswer`.

    Args:
        index: the indexed code base.
        **options: of :meth:`ragkit.Index.code`.
    """
    return index.code(**options)


def summarize(model: Model = None, *, embedder: str | Embedder | None = None, **options: Any) -> SummaryChain:
    """Return a Runnable from a document, or several, to a summary whose sentences are cited.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: finds what bears on a ``question`` by its meaning too; None takes the settings'.
        **options: of :class:`ragkit.chains.SummaryChain`.
    """
    from ragkit.chains.summarize.chain import SummaryChain

    return SummaryChain(
        as_generator(model, check_spec=options.get("method") != "extractive"),
        encode=_embedder(embedder).encode if options.get("question") else None,
        **options,
    )


def few_shot(
    examples: Examples = None, model: Model = None, *, embedder: str | Embedder | None = None, **options: Any
) -> FewShotChain:
    """Return a Runnable from a text to what the generator makes of it, shown by examples chosen for the text.

    Args:
        examples: a file of examples, an index of them, or examples; None for none.
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: tells which examples are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.FewShotChain`.
    """
    from ragkit.chains.few_shot.chain import FewShotChain

    return FewShotChain(as_generator(model), pool(examples, embedder), **options)


def classify(
    labels: Sequence[str] | None = None,
    examples: Examples = None,
    model: Model = None,
    *,
    nearest: bool | None = None,
    embedder: str | Embedder | None = None,
    **options: Any,
) -> Classifier:
    """Return a Runnable from a text to its label, always one of the labels.

    Args:
        labels: the labels; None takes the answers of the examples.
        examples: a file of examples, an index of them, or examples; None for none.
        model: generator spec, LangChain chat model, or None for the settings'.
        nearest: whether the nearest examples tell, without a generator; None does so where there are examples, and
            neither model nor mode is given.
        embedder: tells which examples are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.Classifier`.

    Raises:
        ConfigError: an option is wrong.
    """
    from ragkit.chains.classify.chain import Classifier

    if nearest is None:
        nearest = examples is not None and model is None and options.get("mode", "auto") == "auto"
    if nearest:
        options["mode"] = "nearest"
    return Classifier(
        labels, pool=pool(examples, embedder), generator=None if nearest else as_generator(model), **options
    )


def sentiment(model: Model = None, *, embedder: str | Embedder | None = None, **options: Any) -> Classifier:
    """Return a Runnable that tells whether a text speaks well or badly of something: ``positive`` or ``negative``.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: tells which of the built-in examples are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.Classifier`; ``examples`` take the place of the built-in ones.
    """
    from ragkit.chains.classify.sentiment import EXAMPLES, TASK

    given: dict[str, Any] = {"task": TASK, "k": 6, "balanced": True, "nearest": False, **options}
    return classify(None, given.pop("examples", None) or EXAMPLES, model, embedder=embedder, **given)


def extract(
    schema: type | Mapping[str, Any], model: Model = None, *, embedder: str | Embedder | None = None
) -> ExtractChain:
    """Return a Runnable from a document, or several, to the values of fields, each with the quote it stands in.

    Args:
        schema: a pydantic class, or a JSON schema of an object.
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: finds what bears on a field by its meaning too; None takes the settings'.
    """
    from ragkit.chains.extract.chain import ExtractChain

    return ExtractChain(schema, as_generator(model), encode=_embedder(embedder).encode)


def table(
    files: str | Path | Document | Sequence[str | Path | Document], model: Model = None, **options: Any
) -> TableChain:
    """Return a Runnable from a question to what the tables of some files say to it, worked out on their cells.

    Args:
        files: paths, or documents that were loaded.
        model: generator spec, LangChain chat model, or None for the settings'.
        **options: of :class:`ragkit.chains.TableChain`.

    Raises:
        ConfigError: an option is wrong; a file that cannot be read is told when it is needed.
    """
    from ragkit.chains.table.chain import TableChain

    given = [files] if isinstance(files, str | Path) or not isinstance(files, Sequence) else list(files)
    generator = as_generator(model, check_spec=options.get("mode") != "words")
    return TableChain(lambda: _documents(given), generator, **options)


def _documents(given: Sequence[str | Path | Document]) -> list[Document]:
    return [document for each in given for document in (read(each) if isinstance(each, str | Path) else [each])]


def read(path: str | Path) -> list[Document]:
    """Return the documents of a file, or of all files of a folder.

    Raises:
        ConfigError: it is not there, or one of them cannot be read.
    """
    from ragkit.load import load as load_files

    if not Path(path).exists():
        raise ConfigError(f"there is no file {path}")
    out: list[Document] = []
    for file in load_files([Path(path)]):
        if file.outcome == "error":
            raise ConfigError(f"{file.source}: {file.detail or file.reason}")
        out += file.documents
    return out


def translate(language: str, model: Model = None) -> RewriteChain:
    """Return a Runnable that writes a text in another language; lost numbers, code and links are told.

    Args:
        language: its name, for example ``German``.
        model: generator spec, LangChain chat model, or None for the settings'.

    Raises:
        ConfigError: no language is named.
    """
    from ragkit.chains.rewrite.chain import RewriteChain

    if not language.strip():
        raise ConfigError("into which language is not said: name it, for example German")
    return RewriteChain(as_generator(model), f"Translate the text into {language.strip()}.")


def rewrite(instruction: str, model: Model = None) -> RewriteChain:
    """Return a Runnable that writes a text anew as an instruction says; lost numbers, code and links are told.

    Args:
        instruction: how, for example ``Write the text for children.``
        model: generator spec, LangChain chat model, or None for the settings'.
    """
    from ragkit.chains.rewrite.chain import RewriteChain

    return RewriteChain(as_generator(model), instruction)


def math(model: Model = None, *, tries: int = 3) -> MathChain:
    """Return a Runnable that solves sums in words step by step, its arithmetic checked.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        tries: how often the generator is asked at most, until its arithmetic is right.
    """
    from ragkit.chains.math.chain import MathChain

    return MathChain(as_generator(model), tries=tries)


def pool(examples: Examples, embedder: str | Embedder | None = None) -> Pool | None:
    """Return examples to choose from; None for none.

    Args:
        examples: a file of examples, an index of them, or examples.
        embedder: tells which are like a text; None takes the index's, or else the settings'.
    """
    from ragkit.prompt.examples import as_examples, load_examples
    from ragkit.prompt.pool import ExamplePool

    if examples is None:
        return None
    if isinstance(examples, str | Path):
        return ExamplePool(load_examples(Path(examples)), _embedder(embedder))
    if isinstance(examples, Sequence):
        return ExamplePool(as_examples(examples), _embedder(embedder))
    return examples.examples(None if embedder is None else _embedder(embedder))


def _embedder(given: str | Embedder | None) -> Embedder:
    from ragkit.embed import load_encoder

    if given is not None and not isinstance(given, str):
        return given
    return load_encoder(given or load_settings().embedder)
