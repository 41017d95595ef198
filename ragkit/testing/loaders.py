"""The conformance suite for readers of file formats."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ragkit.core.registry import register, unregister
from ragkit.core.types import place_at
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.limits import Limits
from ragkit.testing.checks import file_problems
from ragkit.testing.damages import DAMAGES, damage, damage_member
from ragkit.testing.untyped import untyped_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ragkit.core.types import LoadedFile
    from ragkit.load.plugins import Format


@dataclass(frozen=True, slots=True)
class Sample:
    """A small sound file, and what is known about it.

    Attributes:
        name: its file name.
        data: its bytes.
        words: what its text holds, in this order; with it the suite sees that nothing is lost.
        media_type: what it is.
        places: for some words of the text, where they stand: ``{"Tides": {"page": 2}}``.
        beyond: limits that the file breaks, so that reading it within them must end as ``too-large``.
        by_content: whether the file is known by its content under any name.
    """

    name: str
    data: bytes
    words: Sequence[str]
    media_type: str
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, "Mapping[str, Any]"])
    beyond: Sequence[Limits] = ()
    by_content: bool = False


class LoaderConformance:
    """What every reader owes; a subclass gives the ``samples`` fixture and runs with pytest.

    Fixtures to override:
        samples: the files to try the reader with, as ``Sample`` objects.
        formats: extension and ``Format`` of a reader that is not installed with an entry point; none by default.
        damages: damaged copies to make of each sample; 200 by default.
    """

    @pytest.fixture
    def samples(self) -> Sequence[Sample]:
        """The files to try the reader with."""
        raise NotImplementedError("override the fixture `samples`: return a list of ragkit.testing.Sample")

    @pytest.fixture
    def formats(self) -> Mapping[str, Format]:
        """Formats to register for these tests, by extension."""
        return {}

    @pytest.fixture
    def damages(self) -> int:
        """How many damaged copies of each sample to try."""
        return 200

    @pytest.fixture(autouse=True)
    def _registered(self, formats: Mapping[str, Format]) -> Iterator[None]:
        for extension, added in formats.items():
            register("loaders", extension, added)
        yield
        for extension in formats:
            unregister("loaders", extension)

    def test_samples_are_read_as_what_they_are(self, samples: Sequence[Sample]) -> None:
        """Each sample gives text and is known for what it is."""
        assert samples, "there is no sample"
        for sample in samples:
            file = _read(sample)
            assert (file.outcome, file.media_type) == ("text", sample.media_type), f"{sample.name}: {file.detail}"

    def test_content_tells_the_format(self, samples: Sequence[Sample]) -> None:
        """A sample that is known by its content is so under any name."""
        for sample in samples:
            for name in ("renamed", "renamed.unknown", "renamed.pdf") if sample.by_content else ():
                assert _read(replace(sample, name=name)).media_type == sample.media_type, f"{sample.name} as {name}"

    def test_no_words_are_lost(self, samples: Sequence[Sample]) -> None:
        """The words of a sample stand in its text, in order."""
        for sample in samples:
            # Each is looked for behind the one before, so the order counts too.
            text, position = "\n".join(document.page_content for document in _read(sample).documents), 0
            for words in sample.words:
                found = text.find(words, position)
                assert found >= 0, f"{sample.name}: {words!r} is not in the text, or not behind the words before it"
                position = found + len(words)

    def test_what_is_read_is_sound(self, samples: Sequence[Sample]) -> None:
        """One outcome; clean text; places sorted and inside the text; metadata that JSON holds."""
        for sample in samples:
            problems = file_problems(_read(sample))
            assert not problems, f"{sample.name}: {problems}"

    def test_places_say_where_words_stand(self, samples: Sequence[Sample]) -> None:
        """The words of ``Sample.places`` are found at the places named."""
        for sample in samples:
            documents = _read(sample).documents
            for words, expected in sample.places.items():
                document = next((each for each in documents if words in each.page_content), None)
                assert document is not None, f"{sample.name}: {words!r} is in no document"
                place = place_at(document.metadata, document.page_content.index(words))
                found = {key: place.get(key, document.metadata.get(key)) for key in expected}
                assert found == dict(expected), f"{sample.name}: {words!r}"

    def test_reading_again_gives_the_same(self, samples: Sequence[Sample]) -> None:
        """A file gives the same text, places and metadata each time, and in several threads at once."""
        for sample in samples:
            # Readers that keep state in a module, or use a library that does, differ from themselves here.
            first = _read(sample)
            with ThreadPoolExecutor(4) as pool:
                assert all(again == first for again in pool.map(_read, [sample] * 8)), sample.name

    def test_limits_are_honoured(self, samples: Sequence[Sample]) -> None:
        """A file beyond a limit is ``too-large``."""
        for sample in samples:
            for limits in sample.beyond:
                file = _read(sample, limits)
                assert (file.outcome, file.reason) == ("error", "too-large"), f"{sample.name} with {limits}"

    def test_a_file_without_bytes_has_an_outcome(self, samples: Sequence[Sample]) -> None:
        """Nothing is read from nothing."""
        for sample in samples:
            file = _read(replace(sample, data=b""))
            assert file.outcome in ("empty", "error")
            assert not file_problems(file)

    def test_damaged_files_end_with_a_typed_outcome(self, samples: Sequence[Sample], damages: int) -> None:
        """Whatever happens to its bytes, a file ends as text, empty, or an error the reader has foreseen."""
        for sample in samples:
            for number, data in enumerate(_damaged(sample.data, damages)):
                with untyped_errors() as untyped:
                    file = _read(replace(sample, data=data))
                problems = [*untyped, *file_problems(file), *(["it crashed"] if file.reason == "crashed" else [])]
                assert not problems, f"{sample.name}, damaged copy {number} of {damages}: {problems}"


def _read(sample: Sample, limits: Limits | None = None) -> LoadedFile:
    return load_bytes(RawFile(f"folder/{sample.name}", sample.name, sample.data, limits=limits or Limits()))


def _damaged(data: bytes, count: int) -> Iterator[bytes]:
    """Damage a file in ways that are the same in every run."""
    draw = random.Random(len(data))  # noqa: S311 - tests want the same numbers each time
    for number in range(count):
        first = draw.random()
        # The fourth power: mostly short stretches, since a file that lost half of itself is refused by its signature.
        second = min(1.0, first + draw.random() ** 4)
        one = partial(
            damage, kind=DAMAGES[number % len(DAMAGES)], first=first, second=second, choice=draw.randrange(1000)
        )
        yield damage_member(data, draw.randrange(1000), one) if number % 3 == 2 else one(data)
