"""Right prose of a capable model is shown, wrong prose is not, whatever words either takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit import Answer, Index
from ragkit.testing import ScriptedChat

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "stop.txt": "stopit\n\nUpon timeout, send the TERM signal to COMMAND, if no other SIGNAL is specified.\n",
    "lanternfox.md": (
        "# Lanternfox\n\n| Founded | 3 March 1997 |\n| --- | --- |\n| Founder | Harbour Software Ltd |\n\n"
        "Lanternfox is a mail program.\n"
    ),
    "office.txt": "The office is open on Sundays.\n\nParcels are not accepted after noon.\n",
    "bread.txt": "The rye loaf does not contain nuts.\n",
    "report.txt": "Revenue for the third quarter of 2023 was $18 million, up 4% from a year ago.\n\nNorwin Ltd\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    place = tmp_path_factory.mktemp("prose")
    for name, text in FILES.items():
        (place / name).write_text(text)
    Index(place / "index").sync(*(place / name for name in FILES))
    return place / "index"


def answer(folder: Path, question: str, *replies: str) -> Answer:
    index = Index(folder, model=ScriptedChat(replies=list(replies)))
    return index.ask(question, mode="answer", check=False, threshold=0.0, route="passages")


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Is the office open on Sundays?", "Yes, the office is open on Sundays."),
        ("Are parcels accepted after noon?", "No, parcels are not accepted after noon."),
        ("Is the office open on Sundays?", "The office is open on Sundays."),
        ("Does the rye loaf contain nuts?", "The rye loaf does not contain nuts."),
    ],
)
def test_what_the_source_says_word_for_word_is_shown_with_yes_or_no_before_it(folder: Path, question: str, reply: str):
    found = answer(folder, question, f"{reply} [1]")
    assert (found.text, found.abstained) == (f"{reply} [1]", False)


def test_a_yes_that_its_own_sentence_denies_is_taken_off(folder: Path):
    found = answer(folder, "Does the rye loaf contain nuts?", "Yes, the rye loaf does not contain nuts. [1]")
    assert found.text == "The rye loaf does not contain nuts. [1]"


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Which signal does stopit send by default?", "The default signal sent by stopit is the TERM signal."),
        ("Who founded Lanternfox?", "Harbour Software Ltd founded Lanternfox."),
    ],
)
def test_right_prose_in_other_words_is_shown(folder: Path, question: str, reply: str):
    found = answer(folder, question, f"{reply} [1]", f"{reply} [1]")
    assert found.text.startswith(reply)
    assert found.citations


def test_a_denial_in_the_second_reply_is_a_refusal(folder: Path):
    found = answer(
        folder,
        "What was Halvex's revenue in 2023?",
        "Halvex's revenue in 2023 was $19 million. [1]",
        "NOT IN THE SOURCES",
    )
    assert found.abstained
    assert "19" not in found.text
