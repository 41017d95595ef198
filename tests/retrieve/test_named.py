"""Documents that a question names are put forward."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ragkit import Index
from ragkit.core.types import Titled
from ragkit.index import Indexes
from ragkit.retrieve.named import Names, names_of

if TYPE_CHECKING:
    from pathlib import Path

QUARTERS = [(year, quarter) for year in (2022, 2023) for quarter in (1, 2, 3)]
COMPANIES = {"HRN": "Heron Freight Inc.", "BKR": "Bakerloo Bread Corporation"}
REPORTS = [
    Titled(f"/reports/{year} Q{quarter} {mark}.md", "", f"Quarterly report. {name} of Norwich")
    for mark, name in COMPANIES.items()
    for year, quarter in QUARTERS
]
NAMES = Names(REPORTS)


def singled(question: str) -> list[str]:
    found = NAMES.single_out(question)
    return [source.removeprefix("/reports/") for source in found.sources] if found else []


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What was the revenue in 2022 Q3 HRN?", ["2022 Q3 HRN.md"]),
        ("What was Heron Freight's revenue in Q3 2022?", ["2022 Q3 HRN.md"]),
        ("In the third quarter of 2022, what did Bakerloo sell?", ["2022 Q3 BKR.md"]),
        ("what did bakerloo sell in its latest report?", ["2023 Q3 BKR.md"]),
        ("What did Heron Freight carry in 2023?", ["2023 Q1 HRN.md", "2023 Q2 HRN.md", "2023 Q3 HRN.md"]),
    ],
)
def test_a_question_singles_out_the_documents_it_names(question: str, wanted: list[str]) -> None:
    assert singled(question) == wanted


@pytest.mark.parametrize("question", ["How are engines repaired?", "What does a report say of Norwich?", "", "?"])
def test_a_question_that_names_none_or_all_singles_out_nothing(question: str) -> None:
    assert singled(question) == []


def test_a_document_that_has_all_that_is_named_is_surer_than_one_that_has_part_of_it() -> None:
    whole, part = (
        NAMES.single_out("Heron Freight in Q3 2022"),
        NAMES.single_out("Heron Freight and Bakerloo in Q3 2022"),
    )
    assert whole
    assert part
    assert whole.share > part.share


def test_one_document_has_no_need_of_a_name() -> None:
    assert names_of((REPORTS[0],)) is None


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    folder = tmp_path_factory.mktemp("named")
    for number, each in enumerate(REPORTS):
        text = f"# Quarterly report\n\n{each.opening}\n\nThe ships carried {100 + number} thousand tonnes of freight.\n"
        (folder / each.source.rpartition("/")[2]).write_text(text)
    Index(folder / "index").sync(*folder.glob("*.md"))
    return folder


def test_passages_of_a_named_document_come_first(reports: Path) -> None:
    index = Index(reports / "index")
    question = "How much freight did Heron Freight's ships carry in the second quarter of 2023?"
    hits = index.search(question, k=3)
    assert hits[0].chunk.source.endswith("2023 Q2 HRN.md")
    assert index.ask(question, mode="quote", threshold=0.0).citations[0].document.endswith("2023 Q2 HRN.md")
    plain = replace(index.searcher, named_weight=0.0).search(question, 12)
    assert {hit.chunk.id for hit in plain} >= {hit.chunk.id for hit in hits}


def test_a_filter_decides_alone_where_it_is_given(reports: Path) -> None:
    index = Index(reports / "index")
    wanted = {"source": {"$in": [str(reports / "2022 Q1 BKR.md")]}}
    hits = index.search("Heron Freight in Q2 2023", filter=wanted)
    assert {hit.chunk.source for hit in hits} == {str(reports / "2022 Q1 BKR.md")}


def test_what_is_added_later_is_known_by_its_name_too(reports: Path, tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.sync(*sorted(reports.glob("2022*.md")))
    question = "What did Heron Freight's ships carry in 2023 Q1?"
    assert not index.search(question, k=1)[0].chunk.source.endswith("2023 Q1 HRN.md")
    index.sync(reports / "2023 Q1 HRN.md")
    assert index.search(question, k=1)[0].chunk.source.endswith("2023 Q1 HRN.md")


def test_several_indexes_know_their_documents_by_name(reports: Path, tmp_path: Path) -> None:
    for year in (2022, 2023):
        Index(tmp_path / str(year)).sync(*reports.glob(f"{year}*.md"))
    both = Indexes(tmp_path / "2022", tmp_path / "2023")
    hits = both.search("How much freight did Heron Freight carry in Q2 2023?", k=1)
    assert hits[0].chunk.source.endswith("2023 Q2 HRN.md")
