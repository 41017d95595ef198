"""The conformance suite for loaders, run over ragkit's own readers; and that it finds what is wrong."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "load"))  # the builders of sample files are there
from load_samples import SAMPLES

from ragkit.core.registry import register, unregister
from ragkit.load import Content, Format, Limits, Part
from ragkit.load.readers import READERS
from ragkit.testing import LoaderConformance, Sample

CALLS = count(1)
UNWRITTEN = {  # nothing in the test environment writes these
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
}


@pytest.mark.parametrize("samples", [[each] for each in SAMPLES], ids=lambda samples: samples[0].name)
class TestOwnReaders(LoaderConformance):
    @pytest.fixture
    def damages(self):
        return 60


def test_every_reader_is_tried():
    tried = {sample.media_type for sample in SAMPLES}
    assert {READERS[each] for each in READERS.keys() - UNWRITTEN} == {READERS[each] for each in tried}


def tides(read):
    return {"tide": Format("application/x-tide", read, magic=(b"TIDE",))}


def good(raw):
    return Content((Part(raw.data[4:].decode("utf-8", "replace")),))


class TestAddedReader(LoaderConformance):
    @pytest.fixture
    def formats(self):
        return tides(good)

    @pytest.fixture
    def samples(self):
        return [Sample("a.tide", b"TIDEhigh at noon", ["high", "noon"], "application/x-tide", by_content=True)]


def forgetful(raw):
    return Content((Part(raw.data[4:8].decode("utf-8", "replace")),))


def careless(raw):
    return Content((Part(raw.data[4:].decode()),))


def moody(raw):
    return Content((Part(f"high at noon {next(CALLS)}"),))


def misplaced(raw):
    return Content((Part("high at noon", places=({"start": 99, "row": 1},)),))


@pytest.mark.parametrize(
    ("read", "test", "problem"),
    [
        (forgetful, "test_no_words_are_lost", "'noon' is not in the text"),
        (careless, "test_damaged_files_end_with_a_typed_outcome", "UnicodeDecodeError"),
        (moody, "test_reading_again_gives_the_same", "a.tide"),
        (misplaced, "test_samples_are_read_as_what_they_are", "a place without a start, or with one outside the text"),
        (good, "test_places_say_where_words_stand", "'noon'"),
        (good, "test_limits_are_honoured", "pages=0"),
    ],
)
def test_the_suite_finds_what_is_wrong_with_a_reader(read, test, problem):
    suite = LoaderConformance()
    sample = Sample(
        "a.tide",
        b"TIDEhigh at noon",
        ["high", "noon"],
        "application/x-tide",
        places={"noon": {"row": 1}},
        beyond=[Limits(pages=0)],
    )
    register("loaders", "tide", tides(read)["tide"])
    try:
        with pytest.raises(AssertionError, match=problem):
            getattr(suite, test)([sample], *([100] if "damaged" in test else []))
    finally:
        unregister("loaders", "tide")
