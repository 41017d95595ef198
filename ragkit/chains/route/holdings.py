"""What an index holds that decides a route: documents by name, sheets and tables with a question's words."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from ragkit.text.rules import all_rules
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.tables import tables
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ragkit.chains.context import Documents
    from ragkit.core.types import Chunk, Hit, Titled
    from ragkit.retrieve.search import Searcher

SHEETS = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet")
FOUND_SHEETS = 4  # documents with sheets that are looked into
NAMED = 0.6  # share of the words asked about that a document's name has
SEVERAL = 3  # documents that one name may mean
LARGEST = 2_000_000  # characters of a document whose tables are read
KEPT = 32  # documents whose tables' words are remembered
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_SPELLED = frozenset(  # numbers and months in words: conditions on cells that are written otherwise
    term for each in all_rules() for term in terms(" ".join([*each.number_words, *each.months]))
)
_GENERIC = frozenset(terms(f"{ENGLISH.tables.of_questions} {ENGLISH.tables.neutral}")) | frozenset(
    terms(" ".join(ENGLISH.questions.openers))
)


class TableTerms(NamedTuple):
    """The terms of a table: of its headers, its cells, and what it is called."""

    headers: frozenset[str]
    cells: frozenset[str]
    names: frozenset[str]

    def share(self, question: str, *, figure: bool) -> float:
        """Return the share of a question's words that the table has, from 0 to 1.

        None where only its name has any; nor where no figure is asked for and no header is named: a question that has
        only names of the table may ask for anything.
        """
        asked = set(terms(question))
        words = {each for each in asked if not any(sign.isdigit() for sign in each)} - _GENERIC - _SPELLED
        if not asked & self.headers and not (figure and words & self.cells):
            return 0.0
        return len(words & frozenset().union(*self)) / len(words) if words else float(bool(asked & self.headers))


class Holdings:
    """What is known of an index without a generator.

    Args:
        searcher: finds passages.
        documents: the documents.
    """

    def __init__(self, searcher: Searcher, documents: Documents) -> None:
        self.searcher = searcher
        self.documents = documents
        self._words: dict[tuple[str, str], list[TableTerms]] = {}

    @property
    def filter(self) -> Mapping[str, Any] | None:
        """The filter that the searcher is narrowed to; None for none."""
        return getattr(self.searcher, "filter", None)

    def has_word(self, word: str) -> bool:
        """Whether any passage has a word."""
        _, counts = self.searcher.index.frequencies(terms(word))
        return any(counts.values())

    def titled(self) -> Sequence[Titled]:
        """Return the documents as they may be named; none where there are too many."""
        return self.searcher.index.titled()[0]

    def named(self, asked: Sequence[str], question: str) -> tuple[str, ...]:
        """Return the documents that terms name, by title or file name: those whose name has most of them.

        Args:
            asked: the terms.
            question: the question that they are from; of names that have equally many of the terms, the one counts of
                which the question has most.
        """
        words, every = set(asked), set(terms(question))
        if not words:
            return ()
        names = {each.source: _name(each) for each in self.titled()}
        shares = {
            source: (len(words & name) / len(words), len(every & name) / len(name))
            for source, name in names.items()
            if name
        }
        best = max(shares.values(), default=(0.0, 0.0))
        if best[0] < NAMED:
            return ()
        found = [source for source, share in shares.items() if share == best]
        return tuple(found) if len(found) <= SEVERAL else ()

    def sheets(
        self, question: str, hits: Sequence[Hit], *, aggregate: bool, compares: bool = False
    ) -> tuple[tuple[str, ...], float]:
        """Return the documents with tables that a question may be asked of, the best first.

        Args:
            question: the question.
            hits: the passages found for it.
            aggregate: whether it asks for something that is worked out of rows.
            compares: whether it sets two things against each other, which may be two rows.

        Returns:
            The documents, and the share of the question's words that one table of the first has, from 0 to 1.
        """
        chunks = [hit.chunk for hit in hits if _is_sheet(hit.chunk) or _ROW.search(hit.chunk.text)]
        if (aggregate or compares) and not any(map(_is_sheet, chunks)):
            chunks += self._sheets_beyond(question)
        scored: dict[str, float] = {}
        for chunk in list({each.source: each for each in chunks}.values())[:FOUND_SHEETS]:
            whole = _is_sheet(chunk)
            if whole or aggregate or compares:
                shares = (each.share(question, figure=aggregate) for each in self._tables(chunk))
                scored[chunk.source] = max(shares, default=0.0)
        found = sorted((source for source, share in scored.items() if share), key=lambda each: -scored[each])
        return tuple(found), max(scored.values(), default=0.0)

    def _sheets_beyond(self, question: str) -> list[Chunk]:
        """Search among sheets alone; there is no search where the index has none."""
        if not any(each.source.casefold().endswith(SHEETS) for each in self.titled()):
            return []
        only = {"$or": [{"source": {"$glob": f"*{suffix}"}} for suffix in SHEETS]}
        return [hit.chunk for hit in self.searcher.search(question, FOUND_SHEETS, "lexical", filter=only)]

    def _tables(self, chunk: Chunk) -> list[TableTerms]:
        """Return the terms of each table of a passage's document: of its cells and headers, and of its names."""
        key = (chunk.document_id, self.documents.state())
        if key not in self._words:
            found = self.documents.document(chunk)
            text, about = found if found is not None else (chunk.text, dict(chunk.metadata))
            name = f"{about.get('title') or ''} {_stem(chunk.source)}"
            while len(self._words) >= KEPT:
                del self._words[next(iter(self._words))]
            self._words[key] = list(_vocabularies(text[:LARGEST], name))
        return self._words[key]

    def all_of(self, sources: Sequence[str]) -> list[tuple[str, dict[str, Any], Chunk]]:
        """Return text, metadata and a passage of each document of some sources, in the order of the sources."""
        out: list[tuple[str, dict[str, Any], Chunk]] = []
        index = self.searcher.index
        for source in sources:
            rows = index.rows_where({"source": source}).tolist()
            first = {each.document_id: each for each in reversed(list(index.chunks(rows).values()))}
            out += [
                (*found, chunk) for chunk in first.values() if (found := self.documents.document(chunk)) is not None
            ]
        return out


def _is_sheet(chunk: Chunk) -> bool:
    return chunk.source.casefold().endswith(SHEETS)


def _stem(source: str) -> str:
    return re.sub(r"[\W_]+", " ", PurePosixPath(source.replace("\\", "/")).stem)


def _name(document: Titled) -> set[str]:
    return set(terms(f"{_stem(document.source)} {document.title}"))


def _vocabularies(text: str, name: str) -> Iterator[TableTerms]:
    for table in tables(text):
        cells = dict.fromkeys(cell for row in table.rows for cell in row.cells)
        own = frozenset(terms("\n".join(cells)))
        headers = frozenset(terms("\n".join(table.head.cells)))
        yield TableTerms(headers, own, frozenset(terms(f"{table.name} {table.caption} {name}")))
