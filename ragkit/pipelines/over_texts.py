"""Pipelines over texts and files of a row: summaries, tasks with examples, forms, translations, sheets, sums."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from ragkit.chains import make
from ragkit.core.errors import ConfigError
from ragkit.generate.generator import spec_of, weak
from ragkit.pipelines.built import NO_MODEL, Built
from ragkit.prompt.examples import from_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.runnables import Runnable

    from ragkit.core.types import Example
    from ragkit.index import Index
    from ragkit.pipelines import spec as kinds
    from ragkit.pipelines.read import Loaded

_FILE_NAME = re.compile(r"[\w./\\~-]*\w\.(?:md|txt|pdf|docx?|pptx?|xlsx?|html?|csv|tsv|jsonl?|odt|epub|rtf|eml)")


def table(loaded: Loaded, spec: kinds.Table) -> Built:
    """Question about the tables of files to TableAnswer."""
    named = [spec.files] if isinstance(spec.files, str) else spec.files
    files = [_found(loaded.path.parent, each) for each in named]
    model = "" if spec.mode == "words" or (spec.mode == "auto" and weak(spec_of(spec.model))) else spec_of(spec.model)
    steps = (
        (spec.input, f"a question about {', '.join(map(str, files)) or 'files that are still to be named'}"),
        ("query", f"by {model or 'the words of the question'}, held to columns and values there are"),
        ("work out", "on the cells; the rows it rests on are quoted"),
        ("TableAnswer", ""),
    )
    options = spec.model_dump(include={"mode", "tries"})

    def chain() -> Runnable[Any, Any]:
        if not files:
            raise ConfigError(f"{loaded.name}: no file with a table is named: write `files:`, or --set files=PATH")
        return make.table(files, spec.model, **options)

    return Built(loaded.name, chain, spec.input, model, steps)


def summarize(loaded: Loaded, spec: kinds.Summarize) -> Built:
    """Text or file to Answer, its summary."""
    model = "" if spec.method == "extractive" else spec_of(spec.model)
    step = ("summarize", f"{spec.method}, {_length(spec)}, {model or NO_MODEL}")
    return _summary(loaded, spec, "a text, or the path of a file", step, spec.method, model)


def compare(loaded: Loaded, spec: kinds.Compare) -> Built:
    """Texts or files to Answer, what they share and in what they differ."""
    model = spec_of(spec.model)
    step = ("compare", f"{_length(spec)}, {model}")
    return _summary(loaded, spec, "texts, or paths of files", step, "compare", model)


def _summary(
    loaded: Loaded, spec: kinds.Summarize | kinds.Compare, given: str, step: tuple[str, str], method: str, model: str
) -> Built:
    options = {**spec.model_dump(include={"sentences", "words", "question"}), "method": method}
    steps = (
        (spec.input, given),
        ("read", "to documents"),
        step,
        ("ground", "each sentence with its quote"),
        ("Answer", ""),
    )
    return Built(
        loaded.name,
        lambda: RunnableLambda(documents) | make.summarize(spec.model, embedder=spec.embedder, **options),
        spec.input,
        model,
        steps,
    )


def few_shot(loaded: Loaded, spec: kinds.FewShot) -> Built:
    """Text to Completion."""
    options = spec.model_dump(include={"instruction", "k", "selector", "balanced", "order", "max_tokens", "after"})
    examples = _examples(loaded.path.parent, spec.examples)
    model = spec_of(spec.model)
    steps = ((spec.input, "a text"), *_shown(spec), ("generate", model), ("Completion", ""))
    return Built(
        loaded.name,
        lambda: make.few_shot(examples, spec.model, embedder=spec.embedder, **options),
        spec.input,
        model,
        steps,
    )


def classify(loaded: Loaded, spec: kinds.Classify) -> Built:
    """Text to Classification."""
    options = spec.model_dump(include={"descriptions", "k", "selector", "balanced", "order"})
    nearest = spec.mode == "nearest" or (spec.mode == "auto" and spec.model is None and spec.examples is not None)
    if not nearest:
        options["mode"] = spec.mode
    examples = _examples(loaded.path.parent, spec.examples)
    options["task"] = spec.instruction
    model = "" if nearest else spec_of(spec.model)
    how = "nearest examples" if nearest else f"{spec.mode}, {model}"
    steps = (
        (spec.input, "a text"),
        *(() if nearest else _shown(spec)),
        ("classify", f"{how}, {_labels(spec)}"),
        ("Classification", ""),
    )
    return Built(
        loaded.name,
        lambda: make.classify(spec.labels, examples, spec.model, nearest=nearest, embedder=spec.embedder, **options),
        spec.input,
        model,
        steps,
    )


def _labels(spec: kinds.Classify) -> str:
    if isinstance(spec.examples, str) and spec.labels is None:
        return f"the labels of {spec.examples}"
    shown = spec.examples if isinstance(spec.examples, list) else []
    named = spec.labels or [str(each.get("label", each.get("answer"))) for each in shown]
    return f"{len(set(named))} labels"


def sentiment(loaded: Loaded, spec: kinds.Sentiment) -> Built:
    """Text to Classification, as positive or negative."""
    model = spec_of(spec.model)
    steps = (
        (spec.input, "a text"),
        ("examples", f"{spec.k} of those that come with ragkit"),
        ("classify", f"positive or negative, {model}"),
        ("Classification", ""),
    )
    return Built(
        loaded.name,
        lambda: make.sentiment(spec.model, embedder=spec.embedder, k=spec.k),
        spec.input,
        model,
        steps,
    )


def extract(loaded: Loaded, spec: kinds.Extract) -> Built:
    """Text or file to Extraction."""
    schema = {"type": "object", "properties": {name: _property(each) for name, each in spec.fields.items()}}
    model = spec_of(spec.model)
    steps = (
        (spec.input, "a text, or the path of a file"),
        ("read", "to documents"),
        ("search", f"what bears on {', '.join(spec.fields)}"),
        ("generate", f"values and their sources, {model}"),
        ("check", "each value stands in its quote, or is null"),
        ("Extraction", ""),
    )
    return Built(
        loaded.name,
        lambda: RunnableLambda(documents) | make.extract(schema, spec.model, embedder=spec.embedder),
        spec.input,
        model,
        steps,
    )


def _property(given: kinds.FieldSpec | str) -> dict[str, Any]:
    if isinstance(given, str):
        return {"type": "string", "description": given}
    return {"type": given.type, "description": given.description} | ({"enum": given.choices} if given.choices else {})


def translate(loaded: Loaded, spec: kinds.Translate) -> Built:
    """Text to Rewritten, in another language."""
    chain = partial(make.translate, spec.language, spec.model)
    return _block_by_block(loaded, spec, chain, f"into {spec.language}")


def rewrite(loaded: Loaded, spec: kinds.Rewrite) -> Built:
    """Text to Rewritten."""
    return _block_by_block(loaded, spec, partial(make.rewrite, spec.instruction, spec.model), spec.instruction)


def _block_by_block(
    loaded: Loaded, spec: kinds.Translate | kinds.Rewrite, chain: Callable[[], Runnable[Any, Any]], how: str
) -> Built:
    model = spec_of(spec.model)
    steps = (
        (spec.input, "a text"),
        ("cut", "to blocks"),
        ("generate", f"{how}, {model}"),
        ("check", "numbers, addresses, code and links are kept, or it is told"),
        ("Rewritten", ""),
    )
    return Built(loaded.name, chain, spec.input, model, steps)


def math(loaded: Loaded, spec: kinds.Math) -> Built:
    """Sum in words to Calculation."""
    model = spec_of(spec.model)
    steps = (
        (spec.input, "a sum in words"),
        ("generate", f"step by step, {model}"),
        ("check", f"each equation is worked out; wrong ones are told, {spec.tries} tries at most"),
        ("Calculation", ""),
    )
    return Built(loaded.name, lambda: make.math(spec.model, tries=spec.tries), spec.input, model, steps)


def documents(given: Any) -> list[Document]:
    """Return the documents of a row: texts, paths of files, or ``{"text", "title", "source"}`` objects.

    Raises:
        ConfigError: it is none of them, or a file cannot be read.
    """
    if isinstance(given, list | tuple):
        return [document for each in given for document in documents(each)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(given, Document):
        return [given]
    if isinstance(given, dict):
        row: dict[str, Any] = dict(given)  # pyright: ignore[reportUnknownArgumentType]
        if "text" not in row:
            raise ConfigError('a document is a text, a path, or an object with "text": this one has none')
        about = {key: str(row[key]) for key in ("title", "source") if row.get(key)}
        return [Document(str(row["text"]), metadata={"source": "", **about})]
    if not isinstance(given, str | Path):
        raise ConfigError(f"a document is a text, a path, or an object with text, not {type(given).__name__}")
    if isinstance(given, str) and _FILE_NAME.fullmatch(given) and not _is_path(given):
        raise ConfigError(f"there is no file {given}")
    if not _is_path(given):
        return [Document(str(given), metadata={"source": ""})]
    return make.read(given)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    try:
        return bool(given.strip()) and len(given) < 1000 and "\n" not in given and Path(given).exists()
    except (OSError, ValueError):
        return False


def _length(spec: kinds.Summarize | kinds.Compare) -> str:
    told = f"{spec.sentences} {'sentence' if spec.sentences == 1 else 'sentences'}"
    return f"{told}, {spec.words} words" if spec.words else told


def _examples(folder: Path, given: str | list[dict[str, Any]] | None) -> Path | Index | Sequence[Example] | None:
    if isinstance(given, str):
        from ragkit.index import Index

        path = _found(folder, given)
        return Index(path) if path.is_dir() else path
    return None if given is None else from_rows("examples", enumerate(given, 1))


def _found(folder: Path, given: str) -> Path:
    """Return a file that a pipeline names: beside it, or else in the working folder, as one set on the command line."""
    beside = folder / given
    return beside if beside.is_file() or (beside.exists() and not Path(given).exists()) else Path(given)


def _shown(spec: kinds.FewShot | kinds.Classify) -> tuple[tuple[str, str], ...]:
    if spec.examples is None or not spec.k:
        return ()
    order = spec.order.replace("_", " ")
    of = f" of {spec.examples}" if isinstance(spec.examples, str) else ""
    return (("examples", f"{spec.k}{of} by {spec.selector}{', balanced' if spec.balanced else ''}, {order}"),)
