"""Every format says where its words stand."""

from __future__ import annotations

import json

import pytest
from load_builders import make_xlsx, make_zip

from ragkit.core.types import place_at
from ragkit.load import load_file
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.formats.markdown import column_letters
from ragkit.split import Splitter
from ragkit.testing import CharacterTokenizer


def read(name, data):
    raw = RawFile(f"dir/{name}", name, data.encode() if isinstance(data, str) else data)
    return load_bytes(raw).documents


def place(document, words):
    text = document.page_content
    start = text.index(words)
    return place_at(document.metadata, start, text, start + len(words))


@pytest.mark.parametrize("name", ["a.txt", "a.py", "a.rst", "a.yaml", "a.toml"])
def test_files_that_are_text_know_their_lines(name):
    (document,) = read(name, "".join(f"word{number} = {number}\n" for number in range(1, 4001)))
    for number in (1, 2, 999, 1000, 1001, 3000, 4000):
        assert place(document, f"word{number} =")["line"] == number


def test_lines_cost_a_place_a_thousand():
    (document,) = read("a.txt", "line\n" * 10_000)
    assert len(document.metadata["places"]) == 10


def test_markdown_knows_line_and_headings_above():
    text = "Intro\n\n# Travel\n\nBy sea.\n\n## Meals\n\n```\n# no heading\n```\nSoup.\n\nMoney\n=====\n\nCoins.\n"
    (document,) = read("a.md", text)
    assert place(document, "Intro") == {"line": 1}
    assert place(document, "By sea") == {"section": "Travel", "line": 5}
    assert place(document, "Soup") == {"section": "Travel > Meals", "line": 12}
    assert place(document, "Coins") == {"section": "Money", "line": 17}


def test_a_comment_in_code_is_no_heading():
    (document,) = read("a.py", "# comment\nx = 1\n")
    assert place(document, "x = 1") == {"line": 2}


def test_pages_know_the_headings_above():
    (document,) = read("a.html", "<h1>Travel</h1><p>By sea.</p><h2>Meals</h2><p>Soup.</p><h1>End</h1><p>Home.</p>")
    assert place(document, "Soup") == {"section": "Travel > Meals"}
    assert place(document, "Home") == {"section": "End"}


def test_sheets_know_the_cells_of_each_row():
    rows = [["Rates"], [None], [None, "Town", "Rate"], *([None, f"town{n}", n] for n in range(1, 2501)), [None, "x", 1]]
    (document,) = read("a.xlsx", make_xlsx({"Abroad": rows, "Empty": []}))
    assert place(document, "Rates") == {"sheet": "Abroad", "cells": "A1:A1"}
    assert place(document, "| Town | Rate |") == {"sheet": "Abroad", "cells": "B3:C3"}
    for number in (1, 2, 997, 998, 999, 1000, 1001, 2499, 2500):
        row = number + 3
        assert place(document, f"| town{number} |") == {"sheet": "Abroad", "cells": f"B{row}:C{row}"}
    text = document.page_content
    first, last = text.index("| town2 |"), text.index("| town9 |")
    assert place_at(document.metadata, first, text, last)["cells"] == "B5:C11"
    assert len(document.metadata["places"]) == 5


def test_cells_merged_over_rows_are_repeated_in_each():
    merged = '</sheetData><mergeCells count="2"><mergeCell ref="A2:A3"/><mergeCell ref="A1:B1"/></mergeCells>'
    rows = [["Region", None, "City"], ["North", "x", "Oslo"], [None, "y", "Bergen"], [None, "z", "Turku"]]
    (document,) = read("a.xlsx", make_xlsx({"Abroad": rows}, "</sheetData>", merged))
    assert "| North | y | Bergen |\n|  | z | Turku |" in document.page_content


def test_without_the_text_cells_are_those_of_the_table():
    (document,) = read("a.xlsx", make_xlsx({"Abroad": [["Town", "Rate"], ["Bergen", 3], ["Oslo", 4]]}))
    assert place_at(document.metadata, document.page_content.index("Oslo")) == {"sheet": "Abroad", "cells": "A1:B3"}


def test_delimited_files_know_their_cells():
    (document,) = read("a.csv", 'town,rate\nBergen,3\n"O\ns\nlo",4\n\nname,size\nkeel,9\n')
    assert place(document, "| O s lo") == {"cells": "A3:B3"}
    assert place(document, "| keel") == {"cells": "A6:B6"}


def test_columns_are_named_as_in_spreadsheets():
    assert [column_letters(number) for number in (1, 26, 27, 702, 703, 16384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_notebooks_know_the_cell():
    cells = [{"cell_type": "markdown", "source": "# Tides"}, {"cell_type": "code", "source": ""}]
    cells.append({"cell_type": "code", "source": "high = 12", "outputs": [{"text": "noon"}]})
    (document,) = read("a.ipynb", json.dumps({"cells": cells, "metadata": {"authors": [{"name": "Ann"}]}}))
    assert place(document, "noon") == {"cell": 3, "section": "Tides"}
    assert document.metadata["author"] == "Ann"


def test_mailboxes_know_the_message_and_its_attachment():
    attached = 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee there.\n--b\n'
    attached += 'Content-Disposition: attachment; filename="a.md"\n\n# Head\n\nInside.\n--b--\n'
    box = f"From a\nSubject: One\n\nFirst.\n\nFrom b\nSubject: Two\n{attached}"
    first, second, inner = read("a.mbox", box)
    assert place(first, "First") == {"message": 1}
    assert place(second, "See there") == {"message": 2}
    assert place(inner, "Inside") == {"message": 2, "attachment": "a.md", "section": "Head", "line": 3}


def test_books_know_chapter_and_headings():
    book = '<package><metadata/><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" '
    book += 'href="b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref '
    book += 'idref="b"/></spine></package>'
    page = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>In {0}.</p><h2>Deep</h2><p>Below {0}.</p></body>"
    data = make_zip({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        "b.opf": book, "a.xhtml": page.format("One"), "b.xhtml": page.format("Two"),
    })  # fmt: skip
    (document,) = read("a.epub", data)
    assert place(document, "In One") == {"section": "One"}
    assert place(document, "Below One") == {"section": "One > Deep"}
    assert place(document, "In Two") == {"section": "Two"}


def test_passages_and_spans_in_them_keep_their_places():
    rows = [["Town", "Rate"], *([f"town{number}", number] for number in range(1, 200))]
    (document,) = read("a.xlsx", make_xlsx({"Abroad": rows, "Home": [["Rope", "Sum"], ["long", 5]]}))
    text = document.page_content
    for chunk in Splitter(CharacterTokenizer(400)).split(document):
        assert chunk.place() == place_at(document.metadata, chunk.start, text, chunk.end)
        for start in range(chunk.start, chunk.end):
            if text[start - 1 : start + 3] == "\n| t":
                assert chunk.place(start, start + 3) == place_at(document.metadata, start, text, start + 3)


def test_a_passage_over_several_slides_knows_each():
    (document,) = read("a.md", "# One\n\nFirst.\n\n# Two\n\nSecond.\n")
    (chunk,) = Splitter(CharacterTokenizer(400)).split(document)
    start = document.page_content.index("Second")
    assert chunk.place(start, start + 6) == {"section": "Two", "line": 7}
    assert chunk.place() == {"section": "One", "line": 1}


def test_metadata_of_its_own_does_not_confuse_a_passage(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "Tides", "line": "x", "cells": 3, "section": ["a"]}\n')
    (document,) = load_file(tmp_path / "a.jsonl").documents
    (chunk,) = Splitter(CharacterTokenizer(400)).split(document)
    assert chunk.place()["row"] == 1


def test_a_long_line_is_numbered_within_the_time_a_file_has(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("0 " * 2_000_000)  # looking for line ends from every character on would take hours
    (document,) = load_file(path).documents
    assert place_at(document.metadata, 5, document.page_content)["line"] == 1
