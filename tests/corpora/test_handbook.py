"""The handbook collection keeps its promises: every gold quote is where it is said to be, every build is the same.

The documents are read here with the format libraries directly, so that a fault in ragkit's loaders cannot hide one in
the collection, nor the other way round.
"""

from __future__ import annotations

import email
import email.policy
import importlib.metadata
import json
import runpy
import zipfile
from functools import cache
from pathlib import Path

import pytest

HANDBOOK = Path(__file__).parents[2] / "corpora" / "handbook"
DOCUMENTS = sorted(path for path in (HANDBOOK / "documents").rglob("*") if path.is_file())
QUESTIONS = [json.loads(line) for line in (HANDBOOK / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
FIELDS = {"id", "question", "answers", "answerable", "doc_id", "documents", "quotes"}
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def by_id(questions):
    return pytest.mark.parametrize("question", questions, ids=[question["id"] for question in questions])


def squeezed(text):
    return " ".join(text.split())


def of_kind(kind):
    return [question for question in QUESTIONS if question["id"].startswith(f"{kind}-")]


@cache
def pages_of(path):
    """The text of a document page by page, white space normalised; a format without pages has one."""
    readers = {".pdf": read_pdf, ".docx": read_docx, ".xlsx": read_xlsx, ".html": read_html, ".eml": read_email}
    reader = readers.get(path.suffix, lambda path: [path.read_text(encoding="utf-8")])
    return [squeezed(page) for page in reader(path)]


def read_pdf(path):
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def read_docx(path):
    from lxml import etree

    with zipfile.ZipFile(path) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    return ["\n".join("".join(run.text or "" for run in part.iter(f"{WORD}t")) for part in body.iter(f"{WORD}p"))]


def read_xlsx(path):
    import python_calamine

    workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    rows = [row for name in workbook.sheet_names for row in workbook.get_sheet_by_name(name).to_python()]
    return ["\n".join("\t".join(map(str, row)) for row in rows)]


def read_html(path):
    import lxml.html

    return ["\n".join(lxml.html.fromstring(path.read_bytes()).find("body").itertext())]


def read_email(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return [message.get_body(("plain",)).get_content()]


def test_there_are_enough_questions_of_every_kind():
    unanswerable = len(QUESTIONS) - len(ANSWERABLE)
    assert len(QUESTIONS) >= 80
    assert unanswerable >= 22
    assert len(of_kind("near")) * 2 >= unanswerable
    assert len(of_kind("two")) >= 8
    assert len(of_kind("changed")) >= 2


def test_question_ids_are_unique():
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


def test_no_question_is_asked_twice():
    assert len({question["question"].casefold() for question in QUESTIONS}) == len(QUESTIONS)


@by_id(QUESTIONS)
def test_a_question_has_exactly_the_fields_that_the_readme_names(question):
    assert question.keys() == FIELDS
    assert all(quote.keys() == {"document", "page", "quote"} for quote in question["quotes"])


def test_questions_that_need_two_documents_quote_two():
    assert all(len(question["documents"]) >= 2 for question in of_kind("two"))


@by_id([question for question in QUESTIONS if not question["answerable"]])
def test_an_unanswerable_question_has_no_answer_and_no_evidence(question):
    assert question["id"].startswith(("near-", "none-"))
    assert question["answers"] == question["quotes"] == question["documents"] == []
    assert question["doc_id"] == ""


@by_id(ANSWERABLE)
def test_the_gold_documents_are_those_that_are_quoted(question):
    assert question["documents"] == list(dict.fromkeys(quote["document"] for quote in question["quotes"]))
    assert question["doc_id"] == question["documents"][0]


@by_id(ANSWERABLE)
def test_every_gold_quote_is_verbatim_on_its_page(question):
    for quote in question["quotes"]:
        path = HANDBOOK / quote["document"]
        pages = pages_of(path)
        assert (quote["page"] is not None) == (path.suffix == ".pdf")
        assert squeezed(quote["quote"]) in pages[(quote["page"] or 1) - 1]


@by_id(ANSWERABLE)
def test_every_gold_answer_is_verbatim_in_a_quote(question):
    assert question["answers"]
    for answer in question["answers"]:
        assert any(answer in quote["quote"] for quote in question["quotes"]), answer


def test_parental_leave_is_answered_by_one_sentence_behind_the_first_page_of_a_pdf():
    [question] = [row for row in QUESTIONS if row["question"] == "How many days of parental leave are there?"]
    [quote] = question["quotes"]
    assert quote["document"].endswith(".pdf")
    assert quote["page"] >= 2


def test_every_document_is_asked_about():
    asked = {document for question in QUESTIONS for document in question["documents"]}
    assert asked == {path.relative_to(HANDBOOK).as_posix() for path in DOCUMENTS}


def test_the_formats_are_mixed():
    counts = {suffix: sum(path.suffix == suffix for path in DOCUMENTS) for suffix in {p.suffix for p in DOCUMENTS}}
    assert counts.keys() == {".csv", ".docx", ".eml", ".html", ".md", ".pdf", ".txt", ".xlsx"}
    assert counts[".pdf"] >= 4
    assert counts[".docx"] >= 3


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if p.suffix == ".pdf"], ids=lambda path: path.name)
def test_a_pdf_has_three_to_six_pages_with_text(path):
    pages = pages_of(path)
    assert 3 <= len(pages) <= 6
    assert all(len(page) > 500 for page in pages)


def test_the_collection_is_large_enough_to_get_lost_in():
    assert 15_000 <= sum(len(page.split()) for path in DOCUMENTS for page in pages_of(path)) <= 25_000


def test_only_the_documents_are_left_by_the_ignore_file():
    rules = (HANDBOOK / ".ragkitignore").read_text(encoding="utf-8").splitlines()
    ignored = {rule.strip("/") for rule in rules if rule and not rule.startswith("#")}
    assert {path.name for path in HANDBOOK.iterdir()} - ignored == {"documents"}


@pytest.fixture(scope="module")
def builder():
    module = runpy.run_path(str(HANDBOOK / "build.py"))
    for package, version in module["BUILT_WITH"].items():
        try:
            installed = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{package} is not installed")
        if installed != version:
            pytest.skip(f"the committed files were built with {package} {version}, installed is {installed}")
    return module["build"]


def built_files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_building_gives_the_committed_files_byte_for_byte(builder, tmp_path):
    builder(tmp_path)
    built = built_files(tmp_path)
    assert built == {name: (HANDBOOK / "documents" / name).read_bytes() for name in built}


def test_building_twice_gives_the_same_bytes(builder, tmp_path):
    builder(tmp_path / "first")
    builder(tmp_path / "second")
    assert built_files(tmp_path / "first") == built_files(tmp_path / "second")


def test_every_document_that_has_to_be_built_has_a_source(builder, tmp_path):
    builder(tmp_path)
    committed = {path.relative_to(HANDBOOK / "documents").as_posix() for path in DOCUMENTS}
    assert built_files(tmp_path).keys() == {name for name in committed if name.endswith((".pdf", ".docx", ".xlsx"))}
