"""Texts written anew: what is kept, what is asked for again, and what is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.chains import RewriteChain, Rewritten, rewrite, translate
from ragkit.chains.rewrite.chain import missing_in
from ragkit.chains.rewrite.prompt import blocks
from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.generate.generator import Generator
from ragkit.testing import ScriptedChat

MARKDOWN = """# Boats

The Gannet sails at 12 knots. It is run with `gannet --go`,
see [the page](https://example.org/gannet).

- It carries 40 cars.
  1. Small ones first.

```python
print("12 knots")
```

| boat | speed |
|---|---|
| Gannet | 12 |
"""


class Shouting(ScriptedChat):
    """Writes everything in capitals, but for code and addresses."""

    def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        words = str(messages[-1].content).split(" ")
        self.replies = [" ".join(word if set("`(/") & set(word) else word.upper() for word in words)]
        yield from super()._stream(messages, *args, **kwargs)


def count(text: str) -> int:
    return len(text.split())


@given(text=st.text(alphabet="ab .\n#-*>|`~1)\t:", max_size=200), budget=st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_blocks_joined_are_the_text(text: str, budget: int):
    assert "".join(block.lead + block.text + block.tail for block in blocks(text, budget, count)) == text


def test_code_and_rules_of_tables_are_no_text_and_marks_are_kept_apart():
    made = list(blocks(MARKDOWN, 100, count))
    assert not any("print(" in block.text or "---" in block.text for block in made)
    assert [block.lead for block in made if block.text][:1] == ["# "]
    assert "- " in [block.lead for block in made]


def test_a_text_is_written_anew_block_by_block():
    chain = RewriteChain(Generator("", Shouting(replies=["x"])), "Shout.")
    found = chain.invoke(MARKDOWN)
    assert found.text.startswith("# BOATS\n\nTHE GANNET SAILS AT 12 KNOTS.")
    assert "- IT CARRIES 40 CARS.\n  1. SMALL ONES FIRST.\n" in found.text
    assert '```python\nprint("12 knots")\n```' in found.text
    assert "|---|---|" in found.text
    assert found.problems == ()


def test_what_is_lost_is_asked_for_once_more():
    chat = ScriptedChat(replies=["Die Fähre fährt.", "Die Fähre fährt 12 Knoten."])
    found = RewriteChain(Generator("", chat), "Translate.").invoke("The ferry makes 12 knots.")
    assert found.text == "Die Fähre fährt 12 Knoten."
    assert found.problems == ()
    assert "12" in str(chat.asked[1][0].content)


def test_what_is_lost_twice_is_told():
    chat = ScriptedChat(replies=["Die Fähre fährt."])
    found = RewriteChain(Generator("", chat), "Translate.").invoke("The ferry makes 12 knots.")
    assert found.text == "Die Fähre fährt."
    assert found.problems == ("not kept in 'The ferry makes 12 knots.': 12",)


@pytest.mark.parametrize(
    ("original", "said", "lost"),
    [
        ("Run `a b` now", "Jetzt `a b`", []),
        ("Run `a b` now", "Jetzt a b", ["`a b`"]),
        ("Write to me@example.org", "Schreib", ["me@example.org"]),
        ("1,234.5 metres", "1.234,5 Meter", []),
        ("| a | b |", "a b", ["|"]),
        ("The NATO met McKay", "Die NATO traf ihn", ["McKay"]),
        ("ALL ABOARD", "Alle an Bord", []),
        ("anything", " ", ["anything"]),
    ],
)
def test_numbers_code_addresses_and_bars_are_looked_for(original: str, said: str, lost: list[str]):
    assert missing_in(said, original) == lost


def test_announcements_and_quotation_marks_are_taken_off():
    chat = ScriptedChat(replies=['Here is the translation:\n"Guten Tag."'])
    assert RewriteChain(Generator("", chat), "Translate.").invoke("Good day.").text == "Guten Tag."


def test_every_way_to_run_gives_the_same():
    chain = RewriteChain(Generator("", Shouting(replies=["x"])), "Shout.")
    whole = chain.invoke(MARKDOWN).text

    async def asynchronously() -> list[str]:
        parts = [part async for part in chain.astream(MARKDOWN)]
        return [(await chain.ainvoke(MARKDOWN)).text, sum(parts, Rewritten()).text]

    assert sum(chain.stream(MARKDOWN), Rewritten()).text == whole
    assert asyncio.run(asynchronously()) == [whole, whole]
    assert [each.text for each in chain.batch([MARKDOWN] * 2)] == [whole, whole]


def test_the_real_small_model_keeps_the_marks(models_dir: Path):
    found = translate("French", DEFAULT_MODEL).invoke("# Good day\n\n```\nx = 1\n```\n")
    assert found.text.startswith("# ")
    assert "```\nx = 1\n```\n" in found.text
    assert rewrite("Say it shorter.", DEFAULT_MODEL).invoke("").text == ""


def test_without_a_language_or_an_instruction_nothing_is_done():
    with pytest.raises(ConfigError, match="language"):
        translate(" ")
    with pytest.raises(ConfigError, match="instruction"):
        rewrite(" ")
