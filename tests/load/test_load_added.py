"""Formats that a script or an installed package adds."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import pytest
from load_builders import make_zip

from ragkit.core.errors import ConfigError, LoadError
from ragkit.core.registry import register, unregister
from ragkit.load import Content, Format, Limits, Part, PlacedText, RawFile, load_file
from ragkit.load.files import load_bytes

TIDE = b"TIDE1\x00\x01\x02\x03\x04"


def read_tide(raw):
    placed = PlacedText()
    for number, line in enumerate(raw.data[len(TIDE) :].decode("ascii").splitlines(), 1):
        placed.add(line, "\n", row=number)
    return Content((Part(placed.text, title="Tides", places=placed.places),))


def read(name, data, **limits):
    return load_bytes(RawFile("dir/" + name, name, data, limits=Limits(**limits)))


@pytest.fixture
def add():
    added = []

    def added_format(extension, reader=read_tide, *, media_type="application/x-tide", magic=(TIDE,)):
        register("loaders", extension, Format(media_type, reader, magic))
        added.append(extension)

    yield added_format
    for extension in added:
        unregister("loaders", extension)


def test_an_added_format_is_read_with_its_title_and_places(add, tmp_path):
    add("tide")
    (tmp_path / "harbour.tide").write_bytes(TIDE + b"high 06:10\nlow 12:24")
    file = load_file(tmp_path / "harbour.tide")
    assert (file.outcome, file.media_type) == ("text", "application/x-tide")
    (document,) = file.documents
    assert document.page_content == "high 06:10\nlow 12:24"
    assert document.metadata["title"] == "Tides"
    assert document.metadata["places"] == [{"start": 0, "row": 1}, {"start": 11, "row": 2}]


def test_a_format_that_is_taken_back_is_read_no_more(add):
    add("tide")
    unregister("loaders", "tide")
    assert read("a.tide", TIDE + b"high").reason == "unsupported"


@pytest.mark.parametrize("name", ["harbour", "harbour.dat", "harbour.txt"])
def test_content_tells_an_added_format_whatever_the_name(add, name):
    add("tide")
    assert read(name, TIDE + b"high").media_type == "application/x-tide"


def test_content_tells_ragkit_s_own_formats_under_an_added_extension(add):
    add("tide")
    assert read("a.tide", b"{\\rtf1 high}").media_type == "application/rtf"
    assert read("a.tide", b"high at noon").media_type == "text/plain"


def test_a_format_of_text_is_told_by_its_extension(add):
    def read_subtitles(raw):
        return Content((Part(raw.data.decode().partition("\n")[2]),))

    add("sub", read_subtitles, media_type="text/x-sub", magic=())
    assert read("a.sub", b"00:01\nHello").documents[0].page_content == "Hello"


def test_a_built_in_format_stays_as_it_is(add):
    add("md", magic=())
    assert read("a.md", b"# High").media_type == "text/markdown"


def test_zip_files_of_a_kind_of_their_own_are_told_by_extension(add):
    add("kmz", lambda raw: Content((Part("a place"),)), media_type="application/x-kmz", magic=(b"PK",))
    archive = make_zip({"doc.kml": "<kml/>"})
    assert read("a.kmz", archive).documents[0].page_content == "a place"
    assert read("a.zip", archive).media_type == "application/zip"


def test_added_formats_are_read_within_other_files(add):
    add("tide")
    assert read("a.tide.gz", gzip.compress(TIDE + b"high")).documents[0].page_content == "high"


def test_an_added_reader_may_refuse_a_file_with_a_reason(add):
    def refuse(raw):
        raise LoadError(raw.source, "encrypted", "is locked: ask the harbour master")

    add("tide", refuse)
    file = read("a.tide", TIDE)
    assert (file.reason, file.detail) == ("encrypted", "is locked: ask the harbour master")
    assert file.media_type == "application/x-tide"


def test_any_other_error_of_an_added_reader_costs_its_file_and_names_it(add):
    add("tide")
    file = read("a.tide", TIDE + b"\xff")
    assert file.reason == "corrupt"
    assert "the reader of application/x-tide (test_load_added) is (UnicodeDecodeError" in file.detail


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (None, "no ragkit.load.Content but NoneType"),
        (Content((Part(b"x"),)), "a text that is no str but bytes"),
        (Content((Part("high", places=({"start": 5, "row": 1},)),)), "outside the text"),
        (Content((Part("high", places=({"row": 1},)),)), "a place without a start"),
        (Content((Part("high", places=({"start": 2}, {"start": 1})),)), "not sorted"),
        (Content((Part("high", metadata={"when": object()}),)), "metadata that JSON cannot hold"),
        (Content((Part("high", metadata={"height": float("nan")}),)), "metadata that JSON cannot hold"),
        (Content((Part("high", metadata={"name": "\ud800"}),)), "metadata that JSON cannot hold"),
    ],
)
def test_what_an_added_reader_gives_is_checked(add, given, problem):
    add("tide", lambda raw: given)
    file = read("a.tide", TIDE)
    assert file.reason == "crashed"
    assert problem in file.detail


def test_what_is_registered_must_be_a_format():
    register("loaders", "tide", read_tide)
    try:
        file = read("a.tide", TIDE)
    finally:
        unregister("loaders", "tide")
    assert file.reason == "unsupported"
    assert "is no ragkit.load.Format but function" in file.detail


def test_only_known_kinds_can_be_registered():
    with pytest.raises(ConfigError, match="choose from chains, embedders"):
        register("loader", "tide", None)


INSTALLED = {
    "tides.py": """
from ragkit.load import Content, Format, Part

def read(raw):
    return Content((Part(raw.data[4:].decode()),))

FORMAT = Format("application/x-tide", read, magic=(b"\\0TD1",))
""",
    "tides-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tides\nVersion: 1.0\n",
    "tides-1.0.dist-info/entry_points.txt": "[ragkit.loaders]\ntide = tides:FORMAT\n",
    "wreck.py": "raise RuntimeError('no hull')",
    "wreck-0.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: wreck\nVersion: 0.3\n",
    "wreck-0.3.dist-info/entry_points.txt": "[ragkit.loaders]\nwreck = wreck:FORMAT\n",
    "files/a.tide": "\0TD1high",
    "files/b.unknown": "\0TD1low",
    "files/c.wreck": "\0\1\2\3",
    "files/d.txt": "text",
}


@pytest.fixture
def installed(tmp_path):
    """Two packages as pip leaves them, one of them broken; runs Python that finds them."""
    for name, content in INSTALLED.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
        command = [sys.executable, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    return run


def test_an_installed_format_is_read_and_a_broken_one_costs_its_files_only(installed):
    ran = installed("-m", "ragkit", "load", "files", "--jsonl")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(row["outcome"], row["reason"], row["text"]) for row in rows] == [
        ("text", "", "high"),
        ("text", "", "low"),
        ("error", "unsupported", ""),
        ("text", "", "text"),
    ], ran.stderr
    assert rows[2]["detail"] == (
        "cannot be read: 'wreck' of ragkit.loaders (from wreck 0.3) cannot be loaded (RuntimeError: no hull): "
        "update that package or uninstall it"
    )


def test_doctor_names_what_is_added_and_what_is_broken(installed):
    ran = installed("-m", "ragkit", "doctor", "--json")
    findings = {each["part"]: each for each in json.loads(ran.stdout)["findings"]}
    assert ran.returncode == 1
    assert (findings["loader tide"]["state"], findings["loader tide"]["detail"]) == ("ok", "from tides 1.0")
    assert findings["loader wreck"]["state"] == "broken"
    assert "from wreck 0.3) cannot be loaded (RuntimeError: no hull)" in findings["loader wreck"]["detail"]
    assert findings["loader wreck"]["advice"] == "update that package or uninstall it"


def test_installed_formats_are_imported_at_the_first_file_they_may_have(installed):
    code = """
import sys
from ragkit.load import load_file
states = ["tides" in sys.modules]
for name in ("d.txt", "a.tide"):
    load_file("files/" + name, isolate=False)
    states.append("tides" in sys.modules)
print(states, "wreck" in sys.modules)
"""
    assert installed("-c", code).stdout.strip() == "[False, False, True] False"
