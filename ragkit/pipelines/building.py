"""A pipeline's description to the chain it describes, and to a picture of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from ragkit.chains import make
from ragkit.chains.chatting import Conversation, Turn
from ragkit.chains.generator import spec_of, weak
from ragkit.config import settings
from ragkit.errors import ConfigError
from ragkit.prompt.examples import from_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.runnables import Runnable

    from ragkit.collection import Index
    from ragkit.pipelines import spec as kinds
    from ragkit.pipelines.read import Loaded
    from ragkit.types import Example

NO_MODEL = "no generator"


@dataclass(frozen=True)
class Built:
    """A pipeline that can run.

    Attributes:
        name: its name.
        make: makes the chain.
        input: name of the field of a row that the chain works on.
        model: spec of the generator; empty where none is called.
        steps: what happens to the input one after the other, each with what it does: for the picture.
    """

    name: str
    make: Callable[[], Runnable[Any, Any]]
    input: str
    model: str
    steps: tuple[tuple[str, str], ...]

    @cached_property
    def chain(self) -> Runnable[Any, Any]:
        """A LangChain Runnable from the value of a row's ``input`` field; made when it is first needed."""
        return self.make()

    def picture(self) -> str:
        """Draw the steps, one below the other."""
        width = max(len(name) for name, _ in self.steps)
        lines: list[str] = []
        for number, (name, what) in enumerate(self.steps):
            lines += ["  |", "  v"] if number else []
            lines.append(f"{name:{width}}  {what}".rstrip())
        return "\n".join(lines)


def build(loaded: Loaded) -> Built:
    """Build the chain that a pipeline describes; models and index are loaded when they are first needed.

    Raises:
        ConfigError: an option is wrong.
    """
    return _BUILDERS[loaded.spec.task](loaded, loaded.spec)


def _index(spec: kinds.Answer | kinds.Search | kinds.Code) -> Index:
    folders = [spec.index] if isinstance(spec.index, str) else spec.index or []
    if len(folders) > 1:
        from ragkit.indexes import Indexes

        return Indexes(*folders, embedder=spec.embedder, model=spec.model)
    from ragkit.collection import Index as One

    return One(folders[0] if folders else None, embedder=spec.embedder, model=spec.model)


def _over(index: Index, spec: kinds.Answer | kinds.Search | kinds.Code) -> str:
    shown = spec.index if isinstance(spec.index, list) else [str(index.folder)]
    return f"{', '.join(shown)}, {spec.k or settings().k} passages"


def _answer(loaded: Loaded, spec: kinds.Answer) -> Built:
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question"),
        ("search", _over(index, spec)),
        ("evidence", "sentences that bear on the question"),
        ("decide", "answer or refuse"),
        *((("generate", model),) if model else ()),
        ("ground", f"each sentence with its quote, unsupported ones: {spec.unsupported}"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.answer(index, **options), spec.input, model, steps)


def _chat(loaded: Loaded, spec: kinds.Chat) -> Built:
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "rewriting"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question and the turns before it"),
        ("rewrite", f"to a question that stands alone: {spec.rewriting}"),
        ("search", f"{_over(index, spec)}, with what was said"),
        ("answer", f"as the pipeline answer, {model or NO_MODEL}"),
        ("Answer", ""),
    )
    return Built(
        loaded.name, lambda: RunnableLambda(conversation) | make.chat(index, **options), spec.input, model, steps
    )


def _multi_hop(loaded: Loaded, spec: kinds.MultiHop) -> Built:
    from ragkit.collection import Index as One

    folders = spec.index if isinstance(spec.index, list) else [spec.index or str(settings().index)]
    indexes = {folder: One(folder, embedder=spec.embedder, model=spec.model) for folder in folders}
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "steps"})
    model = "" if spec.mode == "quote" else next(iter(indexes.values())).model_spec
    steps = (
        (spec.input, "a question"),
        ("decompose", f"to {spec.steps} steps at most"),
        *((("route", f"each to one of {', '.join(folders)}"),) if len(folders) > 1 else ()),
        ("answer", f"step by step, {model or NO_MODEL}"),
        ("combine", "from what the steps rest on"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.multi_hop(indexes, **options), spec.input, model, steps)


def _write(loaded: Loaded, spec: kinds.Write) -> Built:
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "headings, with what each section is to say"),
        ("search", f"for each section: {_over(index, spec)}"),
        ("write", f"each section, {model or NO_MODEL}"),
        ("ground", "each sentence with its quote, sections that the sources do not know say so"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.write(index, **options), spec.input, model, steps)


def _code(loaded: Loaded, spec: kinds.Code) -> Built:
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "tries"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question about a code base, or what is to be written"),
        ("search", f"definitions: {_over(index, spec)}"),
        *((("generate", model),) if model else ()),
        ("check", f"names and parameters are there; wrong code is told, {spec.tries} tries at most"),
        ("CodeAnswer", ""),
    )
    return Built(loaded.name, lambda: make.code(index, **options), spec.input, model, steps)


def _table(loaded: Loaded, spec: kinds.Table) -> Built:
    named = [spec.files] if isinstance(spec.files, str) else spec.files
    if not named:
        raise ConfigError(f"{loaded.name}: no file with a table is named: write `files:`, or --set files=PATH")
    files = [_found(loaded.path.parent, each) for each in named]
    model = "" if spec.mode == "words" or (spec.mode == "auto" and weak(spec_of(spec.model))) else spec_of(spec.model)
    steps = (
        (spec.input, f"a question about {', '.join(map(str, files))}"),
        ("query", f"by {model or 'the words of the question'}, held to columns and values there are"),
        ("work out", "on the cells; the rows it rests on are quoted"),
        ("TableAnswer", ""),
    )
    options = spec.model_dump(include={"mode", "tries"})
    return Built(loaded.name, lambda: make.table(files, spec.model, **options), spec.input, model, steps)


def conversation(given: Any) -> Conversation:
    """Return the conversation of a row: a question, or ``{"question", "turns": [{"question", "answer"}], "summary"}``.

    Raises:
        ConfigError: it is neither.
    """
    if isinstance(given, str):
        return Conversation(given)
    try:
        turns = [Turn(str(turn["question"]), str(turn["answer"])) for turn in given.get("turns", ())]
        return Conversation(str(given["question"]), turns, str(given.get("summary") or ""))
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigError(
            'a conversation is a question, or an object with "question" and "turns", each with "question" and "answer"'
        ) from error


def _search(loaded: Loaded, spec: kinds.Search) -> Built:
    index = _index(spec)
    options = spec.model_dump(include={"k", "mode", "filter", "diversity", "rerank"})
    chain: Runnable[Any, Any] = RunnableLambda(lambda query: index.search(query, **options), name="search")
    extra = (("rerank", spec.rerank),) if spec.rerank else ()
    steps = ((spec.input, "a query"), ("search", f"{_over(index, spec)}, {spec.mode}"), *extra, ("Hits", ""))
    return Built(loaded.name, lambda: chain, spec.input, "", steps)


def _summarize(loaded: Loaded, spec: kinds.Summarize) -> Built:
    options = spec.model_dump(include={"method", "sentences", "words", "question"})
    model = "" if spec.method == "extractive" else spec_of(spec.model)
    steps = (
        (spec.input, "a text, or the path of a file"),
        ("read", "to documents"),
        ("summarize", f"{spec.method}, {_length(spec)}, {model or NO_MODEL}"),
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


def _compare(loaded: Loaded, spec: kinds.Compare) -> Built:
    options = spec.model_dump(include={"sentences", "words", "question"})
    options["method"] = "compare"
    model = spec_of(spec.model)
    steps = (
        (spec.input, "texts, or paths of files"),
        ("read", "to documents"),
        ("compare", f"{_length(spec)}, {model}"),
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


def _few_shot(loaded: Loaded, spec: kinds.FewShot) -> Built:
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


def _classify(loaded: Loaded, spec: kinds.Classify) -> Built:
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


def _sentiment(loaded: Loaded, spec: kinds.Sentiment) -> Built:
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


def _extract(loaded: Loaded, spec: kinds.Extract) -> Built:
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


def _translate(loaded: Loaded, spec: kinds.Translate) -> Built:
    chain = partial(make.translate, spec.language, spec.model)
    return _block_by_block(loaded, spec, chain, f"into {spec.language}")


def _rewrite(loaded: Loaded, spec: kinds.Rewrite) -> Built:
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


def _math(loaded: Loaded, spec: kinds.Math) -> Built:
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
    if not _is_path(given):
        return [Document(str(given), metadata={"source": ""})]
    return make.read(given)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    try:
        return len(given) < 1000 and "\n" not in given and Path(given).exists()
    except (OSError, ValueError):
        return False


def _length(spec: kinds.Summarize | kinds.Compare) -> str:
    told = f"{spec.sentences} {'sentence' if spec.sentences == 1 else 'sentences'}"
    return f"{told}, {spec.words} words" if spec.words else told


def _examples(folder: Path, given: str | list[dict[str, Any]] | None) -> Path | Sequence[Example] | None:
    if isinstance(given, str):
        return _found(folder, given)
    return None if given is None else from_rows("examples", enumerate(given, 1))


def _found(folder: Path, given: str) -> Path:
    """Return a file that a pipeline names: beside it, or else in the working folder, as one set on the command line."""
    return folder / given if (folder / given).exists() else Path(given)


def _shown(spec: kinds.FewShot | kinds.Classify) -> tuple[tuple[str, str], ...]:
    if spec.examples is None or not spec.k:
        return ()
    order = spec.order.replace("_", " ")
    return (("examples", f"{spec.k} by {spec.selector}{', balanced' if spec.balanced else ''}, {order}"),)


_BUILDERS: dict[str, Callable[[Loaded, Any], Built]] = {
    "answer": _answer,
    "chat": _chat,
    "multi_hop": _multi_hop,
    "write": _write,
    "code": _code,
    "search": _search,
    "summarize": _summarize,
    "table": _table,
    "compare": _compare,
    "few_shot": _few_shot,
    "classify": _classify,
    "sentiment": _sentiment,
    "extract": _extract,
    "translate": _translate,
    "rewrite": _rewrite,
    "math": _math,
}
