"""Lines that state nothing are no evidence."""

from __future__ import annotations

import pytest

from ragkit.core.types import Chunk
from ragkit.retrieve.evidence import spans
from ragkit.retrieve.fragments import repeated_lines, statements_of


def passage(text: str, heading: str = "", start: int = 0, number: int = 0) -> Chunk:
    metadata = {"source": "a.txt", "heading": heading}
    return Chunk(str(number), "d", text, start, start + len(text), metadata=metadata)


def stated(chunk: Chunk, *others: Chunk) -> list[str]:
    places = statements_of(chunk, spans(chunk.text), repeated_lines([chunk, *others]))
    return [chunk.text[start:end] for start, end in places]


REPORT = """Harbour Dredging Ltd

The company was begun by two brothers in 1961. It clears silt from small ports.

Harbour Dredging Ltd | Report 2023 | 1"""


def test_a_title_and_a_page_footer_are_no_statements():
    assert stated(passage(REPORT)) == [
        "The company was begun by two brothers in 1961.",
        "It clears silt from small ports.",
    ]


def test_a_numbered_heading_is_no_statement_but_a_list_item_is():
    text = "5. Recovery leave for the birth parent\n\nIt lasts 30 days.\n\n- A certificate\n- A form"
    assert stated(passage(text)) == ["It lasts 30 days.", "A certificate", "A form"]


def test_a_line_on_several_pages_is_a_running_one_whatever_its_case():
    first = passage("annual report of the harbour 11\n\nThe quay was repaired.")
    second = passage("annual report of the harbour 12\n\nThe crane was sold.", number=1)
    assert stated(first, second) == ["The quay was repaired."]


def test_short_lines_in_a_row_say_something_together():
    text = "Rethinking the network\nSpeech at the student association\nAndrew Hale\nExecutive director"
    assert stated(passage(text)) == [text]


def test_a_synopsis_is_no_statement():
    text = "git reset [-q] [<tree-ish>] [--] <pathspec>...\n\nThe index is reset; the files stay as they are."
    assert stated(passage(text)) == ["The index is reset; the files stay as they are."]


def test_what_introduces_goes_on_over_what_it_introduces():
    text = "The kit holds:\n\n- a torch\n- two flares\n\nIt is checked in May."
    assert stated(passage(text))[0] == "The kit holds:\n\n- a torch\n- two flares"


def test_the_rest_of_a_sentence_that_was_cut_is_no_statement():
    assert stated(passage("and the crew. The master decides.", start=400)) == ["The master decides."]


@pytest.mark.parametrize("line", ["Telephone: 0170 555", "Net sales  81,797  82,959", "Er wurde 1961 gegründet."])
def test_values_behind_labels_and_sentences_stay(line):
    assert stated(passage(f"{line}\n\nThe office is closed in May.")) == [line, "The office is closed in May."]


def test_a_passage_of_nothing_but_headings_keeps_them():
    assert stated(passage("Opening hours")) == ["Opening hours"]


def test_the_header_of_a_table_is_no_row():
    text = "| Ship | Day rate |\n| --- | --- |\n| Isbel | 480 |"
    assert stated(passage(text)) == ["| Isbel | 480 |"]
