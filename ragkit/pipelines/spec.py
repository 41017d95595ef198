"""What a pipeline file may say, checked by pydantic; the JSON Schema for editors comes from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class _Common(_Strict):
    description: str = Field(min_length=1, description="What it does, in a sentence; `ragkit run --list` shows it.")
    input: str = Field("text", description="Name of the field of a row that is worked on.")
    model: str | None = Field(None, description="Generator, provider:model?option=value; the settings' where absent.")
    embedder: str | None = Field(None, description="Embedder, likewise.")


class _OverIndex(_Common):
    input: str = Field("question", description="Name of the field of a row that is asked.")
    index: str | list[str] | None = Field(None, description="Folder of the index, or of several; the settings' else.")
    k: int | None = Field(None, ge=1, le=1000, description="Passages to retrieve.")


class Answer(_OverIndex):
    """Answers questions over an index, every sentence with its quote."""

    task: Literal["answer"]
    mode: Literal["auto", "quote", "short", "answer"] = "auto"
    threshold: float | None = Field(None, ge=0, le=1, description="Confidence below which it refuses.")
    max_wrong: float | None = Field(None, ge=0, le=1, description="Share of wrong answers; calibrate first.")
    unsupported: Literal["drop", "mark"] = "drop"
    judge: bool = False
    guard: bool = Field(True, description="Leave out sentences that order a model to drop its instructions.")


class Chat(Answer):
    """Answers a question of a conversation over an index."""

    task: Literal["chat"]  # pyright: ignore[reportIncompatibleVariableOverride] - what tells it from the others
    input: str = Field(
        "conversation",
        description="Name of the field of a row with the question, or with question, summary and turns, each with "
        "question and answer.",
    )
    rewriting: Literal["auto", "model", "words", "off"] = Field(
        "auto", description="How follow-up questions are made to stand alone."
    )


class MultiHop(Answer):
    """Answers questions of several steps over an index, or over the one of several that fits each step."""

    task: Literal["multi_hop"]  # pyright: ignore[reportIncompatibleVariableOverride] - what tells it from the others
    steps: int = Field(4, ge=1, le=20, description="Steps at most.")


class Write(Answer):
    """Writes a document from an outline, every sentence with its quote."""

    task: Literal["write"]  # pyright: ignore[reportIncompatibleVariableOverride] - what tells it from the others
    input: str = Field("outline", description="Name of the field of a row with the outline: headings, or a list.")


class Code(_OverIndex):
    """Answers questions about an indexed code base, and writes code that fits it."""

    task: Literal["code"]
    input: str = Field("request", description="Name of the field of a row with the question, or what is to be written.")
    mode: Literal["auto", "quote", "answer", "write"] = "auto"
    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked for code at most.")


class Search(_OverIndex):
    """Finds passages of an index."""

    task: Literal["search"]
    input: str = Field("query", description="Name of the field of a row that is searched for.")
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    filter: dict[str, Any] | None = Field(None, description="What the passages' metadata must be.")
    diversity: float | None = Field(None, ge=0, le=1, description="Weight of unlikeness to better passages.")
    rerank: str | None = Field(None, description="Folder of a cross-encoder.")


class Table(_Common):
    """Answers questions over the tables of files, worked out on their cells."""

    task: Literal["table"]
    input: str = Field("question", description="Name of the field of a row that is asked.")
    files: str | list[str] = Field(
        default_factory=list[str],
        description="Files with tables, beside the pipeline's or in the working folder: sheets, CSV and others.",
    )
    mode: Literal["auto", "words", "model"] = "auto"
    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked at most.")


class Summarize(_Common):
    """Summarises a text, or the file at a path, every sentence with its quote."""

    task: Literal["summarize"]
    method: Literal["auto", "stuff", "map_reduce", "refine", "tree", "extractive", "query"] = "auto"
    sentences: int = Field(4, ge=1)
    words: int | None = Field(None, ge=1)
    question: str = Field("", description="What the summary should be about.")


class Compare(_Common):
    """Says what documents share and in what they differ."""

    task: Literal["compare"]
    input: str = Field("documents", description="Name of the field of a row with the texts or paths, two at least.")
    sentences: int = Field(6, ge=1)
    words: int | None = Field(None, ge=1)
    question: str = Field("", description="In what they are compared.")


class _Shown(_Common):
    examples: str | list[dict[str, Any]] | None = Field(
        None,
        description="File of examples, or folder of an index of them, beside the pipeline's or in the working folder; "
        "or the examples themselves.",
    )
    k: int = Field(5, ge=0, description="Examples to show.")
    selector: Literal["random", "length", "similarity", "mmr", "coverage"] = "coverage"
    balanced: bool = False
    order: Literal["best_last", "best_first", "given"] = "best_last"


class FewShot(_Shown):
    """Does a task as examples show it."""

    task: Literal["few_shot"]
    instruction: str | None = Field(None, description="What to do; may be left out where examples show it.")
    max_tokens: int = Field(300, ge=1, description="Tokens of a reply.")
    after: str = Field("", description="What the text begins after in a reply; what stands before it is reasoning.")


class Classify(_Shown):
    """Tells which of a closed set of labels a text has."""

    task: Literal["classify"]
    labels: list[str] | None = Field(None, description="The labels; those of the examples where absent.")
    instruction: str = Field("", description="What is told of the text, in a sentence.")
    descriptions: dict[str, str] = Field(default_factory=dict, description="What labels mean.")
    mode: Literal["auto", "nearest", "likelihood", "constrained"] = "auto"


class Sentiment(_Common):
    """Tells whether a text speaks well or badly of something."""

    task: Literal["sentiment"]
    k: int = Field(6, ge=0, description="Examples to show.")


class Math(_Common):
    """Solves sums in words step by step, the arithmetic checked."""

    task: Literal["math"]
    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked at most.")


class FieldSpec(_Strict):
    """A field that is extracted."""

    description: str = Field("", description="What it means.")
    type: Literal["string", "number", "integer", "boolean"] = "string"
    choices: list[str] | None = Field(None, description="Values it may have.")


class Extract(_Common):
    """Fills in a form from a document, each value with its quote; what no sentence states is null."""

    task: Literal["extract"]
    fields: dict[str, FieldSpec | str] = Field(
        min_length=1, description="Fields by name, each with what it means, or with description, type and choices."
    )


class Translate(_Common):
    """Writes a text in another language; lost numbers, code and links are told."""

    task: Literal["translate"]
    language: str = Field(min_length=1, description="Name of the language, for example German.")


class Rewrite(_Common):
    """Writes a text anew as an instruction says; lost numbers, code and links are told."""

    task: Literal["rewrite"]
    instruction: str = Field(min_length=1, description="How, in a sentence.")


Pipeline = Annotated[
    Answer
    | Chat
    | MultiHop
    | Write
    | Code
    | Search
    | Summarize
    | Table
    | Compare
    | FewShot
    | Classify
    | Sentiment
    | Extract
    | Translate
    | Rewrite
    | Math,
    Field(discriminator="task"),
]
ADAPTER: TypeAdapter[Pipeline] = TypeAdapter(Pipeline)
KINDS: dict[str, type[_Common]] = {
    "answer": Answer,
    "chat": Chat,
    "multi_hop": MultiHop,
    "write": Write,
    "code": Code,
    "search": Search,
    "summarize": Summarize,
    "table": Table,
    "compare": Compare,
    "few_shot": FewShot,
    "classify": Classify,
    "sentiment": Sentiment,
    "extract": Extract,
    "translate": Translate,
    "rewrite": Rewrite,
    "math": Math,
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of pipeline files."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ragkit pipeline",
        **ADAPTER.json_schema(by_alias=True),
    }
