"""Documents to the values of fields, each with the quote it stands in; what no sentence states is null."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING, Any, cast

from ragkit.chains.base import PartsChain
from ragkit.chains.documents import Documentary, as_documents
from ragkit.chains.extract.prompt import Wanted, extract_messages, reply_schema
from ragkit.chains.extract.result import Extracted, Extraction
from ragkit.chains.extract.values import as_kind, states
from ragkit.core.errors import ConfigError, GenerationError
from ragkit.retrieve.central import NOT_ALONE, Sentences, central
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_core.documents import Document
    from langchain_core.runnables import RunnableConfig

    from ragkit.core.types import Evidence
    from ragkit.generate.generator import Generator
    from ragkit.retrieve.central import Encode

CANDIDATES = 6  # sentences or rows that are read for each field
OPENING = 14  # lines that are read at each document's beginning, where names and dates stand
ROW = 0.3  # added to the score of a table's row where a number is wanted, and subtracted elsewhere
REPLY_TOKENS = 100  # for each field
OVERHEAD_TOKENS = 300  # instructions, fields' names and chat template
_DIGIT = re.compile(r"\d")
KINDS = ("string", "number", "integer", "boolean")


class ExtractChain(PartsChain[Documentary, Extraction]):
    """Fills in a form from documents; a value is returned only with a sentence, or row of a table, that states it.

    Args:
        schema: a pydantic class, or a JSON schema of an object; fields are texts, numbers, truth values or one of a few
            choices.
        generator: its model is loaded at its first use.
        encode: embeds texts, so that what bears on a field is also found by meaning.

    Raises:
        ConfigError: the schema does not describe an object, or a field is of another kind.
    """

    def __init__(self, schema: type | Mapping[str, Any], generator: Generator, *, encode: Encode | None = None) -> None:
        self.schema = schema
        self.fields = wanted(schema)
        self.generator = generator
        self.encode = encode

    def parts(self, given: Documentary, config: RunnableConfig) -> Iterator[Extraction]:
        """Fill in the form; there is one part."""
        started = time.perf_counter()
        generator = self.generator
        documents = as_documents(given)
        evidence = [each for document in documents for each in central(document)]
        sources = self._sources(documents, evidence, generator)
        if not sources:
            yield Extraction(tuple(Extracted(each.name, reason="there is no text") for each in self.fields))
            return
        messages = extract_messages([shown(each, documents) for each in sources], self.fields)
        reply, usage, cut = generator.full_reply(
            messages,
            config,
            schema=reply_schema(self.fields, len(sources)),
            max_tokens=REPLY_TOKENS * len(self.fields),
        )
        values = _parsed(reply, cut)
        found = tuple(
            _checked(each, values.get(each.name), sources, evidence)
            if each.name in values or not cut
            else Extracted(each.name, reason=cut)
            for each in self.fields
        )
        yield Extraction(found, generator.spec, usage, {"total": time.perf_counter() - started}, reply)

    def _sources(
        self, documents: Sequence[Document], evidence: Sequence[Evidence], generator: Generator
    ) -> list[Evidence]:
        """Return what is read: for each field what fits it best, and how documents begin, as much as has room."""
        texts = [shown(each, documents) for each in evidence]
        sentences = Sentences(evidence, self.encode, texts)
        ranked = [_ranked(each, evidence, texts, sentences) for each in self.fields]
        opening = [place for place, each in enumerate(evidence) if each.hit.rank <= OPENING]
        # The best of every field, then the second best of every field, and so on.
        wanted_first = [places[row] for row in range(CANDIDATES) for places in ranked if row < len(places)]
        left = generator.context - REPLY_TOKENS * len(self.fields) - OVERHEAD_TOKENS
        left -= sum(generator.count(each.asked) + 8 for each in self.fields)
        # Two candidates for each field before the openings, the others after them, until the context is full: no field
        # goes without any because another has many. They are then read in the order of the documents.
        chosen: set[int] = set()
        for place in dict.fromkeys([*wanted_first[: 2 * len(ranked)], *opening, *wanted_first]):
            needed = generator.count(texts[place]) + 6
            if needed <= left:
                chosen.add(place)
                left -= needed
        return [evidence[place] for place in sorted(chosen)]


def _ranked(field: Wanted, evidence: Sequence[Evidence], texts: Sequence[str], sentences: Sentences) -> list[int]:
    """Return what fits a field best; where a number is wanted, what has one, rows of tables before sentences."""
    # Measured on company, quarter, revenue and net income of twelve quarterly reports: 95.8 % of the fields right
    # (benchmarks/extracting.py).
    scores = sentences.scores(field.asked)
    numeric = field.kind in ("number", "integer")
    for place, each in enumerate(evidence):
        row = each.text.startswith("|")
        if numeric and not _DIGIT.search(each.text):
            scores[place] = NOT_ALONE
        elif scores[place] != NOT_ALONE and row:
            scores[place] += ROW if numeric else -ROW
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    out: dict[str, int] = {}  # the same row may stand in several tables
    for place in order[: 4 * CANDIDATES]:
        if scores[place] != NOT_ALONE:
            out.setdefault(texts[place], place)
    return list(out.values())[:CANDIDATES]


def wanted(schema: type | Mapping[str, Any]) -> tuple[Wanted, ...]:
    """Return the fields of a schema.

    Raises:
        ConfigError: it does not describe an object, or a field is of a kind that cannot be extracted.
    """
    described: Any = schema
    if isinstance(schema, type):
        make = getattr(schema, "model_json_schema", None)
        if make is None:
            raise ConfigError(f"{schema.__name__} is no pydantic class: give one, or a JSON schema")
        described = make()
    properties = cast("dict[str, Any]", described.get("properties") or {})
    if not properties:
        raise ConfigError("the schema has no properties: name the fields that are wanted")
    shared = {f"#/$defs/{name}": each for name, each in (described.get("$defs") or {}).items()}
    return tuple(_wanted(name, each, shared) for name, each in properties.items())


def _wanted(name: str, schema: dict[str, Any], shared: Mapping[str, Any]) -> Wanted:
    description = str(schema.get("description") or "")
    # Pydantic writes `int | None` as anyOf with null; every field may be null here, so what remains is the type.
    options = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(options) == 1:
        one = shared.get(options[0].get("$ref", ""), options[0])
        choices = tuple(one.get("enum", ())) or ((one["const"],) if "const" in one else ())
        kind = str(one.get("type") or "string")
        if kind in KINDS:
            return Wanted(name, description or str(one.get("description") or ""), kind, choices)
    raise ConfigError(
        f"the field {name!r} can be a text, a number, a truth value or one of a few choices, and nothing nested: "
        "extract what is nested in a chain of its own"
    )


def shown(evidence: Evidence, documents: Sequence[Document]) -> str:
    """Write a sentence as it is read: the row of a table with the names of its columns, others as they stand."""
    if not evidence.text.startswith("|"):
        return f"({evidence.context}) {evidence.text}" if len(documents) > 1 and evidence.context else evidence.text
    text = next(
        (each.page_content for each in documents if str(each.metadata.get("source", "")) == evidence.hit.chunk.source),
        "",
    )
    above = text[: evidence.start].split("\n")
    rows: list[str] = []
    for line in reversed(above):
        if not line.strip():
            if rows:
                break
            continue
        if not line.startswith("|"):
            break
        rows.append(line)
    cells, names = _cells(evidence.text), _cells(rows[-1]) if rows else []
    if len(names) != len(cells) or len(cells) < 2:
        return " ".join(cell for cell in cells if cell)
    values = "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names[1:], cells[1:], strict=True))
    return f"{cells[0]} — {values}"


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _parsed(reply: str, cut: str = "") -> dict[str, Any]:
    """Return the form that a reply holds; of one that was cut off, the fields that came before."""
    from langchain_core.utils.json import parse_partial_json

    form: Any = None
    if (begin := reply.find("{")) >= 0:
        # First up to the last bracket, since models add remarks behind the form; then all of a form that was cut off.
        with contextlib.suppress(ValueError):
            form = parse_partial_json(reply[begin : reply.rfind("}") + 1 or None])
        if form is None:
            with contextlib.suppress(ValueError):
                form = parse_partial_json(reply[begin:])
    if not isinstance(form, dict) or (not form and "}" not in reply):
        why = f" ({cut})" if cut else ""
        raise GenerationError(
            f"the generator replied with something else than the fields' values{why}: ask again, or take a model that "
            "follows instructions better",
            retryable=True,
        )
    return cast("dict[str, Any]", form)


def _checked(field: Wanted, reply: Any, sources: Sequence[Evidence], evidence: Sequence[Evidence]) -> Extracted:
    """Return the value with the sentence that states it; no sentence, no value.

    Args:
        field: the field.
        reply: what the generator returned for it.
        sources: what the generator read.
        evidence: all of the documents, where the names of a table's columns may state what a row was read with.
    """
    entry: dict[str, Any] = reply if isinstance(reply, dict) else {"value": reply}  # pyright: ignore[reportUnknownVariableType]
    value = str(entry.get("value") if entry.get("value") is not None else "").strip()
    if not value:
        return Extracted(field.name, reason="no source states it")
    named = entry.get("source")
    first = sources[named - 1] if isinstance(named, int) and 1 <= named <= len(sources) else None
    if field.kind == "boolean":  # no word states it, but its source must at least mention the field
        stating = first if first and set(terms(field.asked)) & set(terms(first.text)) else None
    elif field.choices:  # likewise: a source may state a choice in other words
        stating = first
    else:
        # The named source first, then all that were read: small models often give a right value and a wrong number.
        # A phrase is distinctive enough to be looked for in the whole document, a single number is not.
        phrase = len(value.split()) > 1
        among = [*([first] if first else []), *sources, *(evidence if phrase else [])]
        stating = next((each for each in among if states(each.text, value)), None)
    if value.casefold() in (field.name.casefold(), field.asked.casefold(), field.description.casefold()):
        return Extracted(field.name, reason="the generator repeated the question")
    if stating is None:
        return Extracted(field.name, reason=f"no source states {value!r}, which the generator gave")
    chunk = stating.hit.chunk
    return Extracted(
        field.name,
        as_kind(value, field.kind),
        chunk.source,
        stating.start,
        stating.end,
        stating.text,
        chunk.place(stating.start, stating.end),
    )
