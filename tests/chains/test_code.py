"""Questions about a code base and code that fits it: definitions quoted whole, prose and code held to what is there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ragkit import Index
from ragkit.chains import CodeAnswer, code
from ragkit.chains.code.check import check_block
from ragkit.chains.code.names import code_blocks, names_in_prose, signatures, top_names
from ragkit.chains.code.prompt import wants_code
from ragkit.chains.results import result_json, result_text
from ragkit.core.errors import ConfigError
from ragkit.pipelines import build, load
from ragkit.split.code import enclosing
from ragkit.testing import ScriptedChat

TIDES = '''"""Tides of the harbour."""

import math

HIGH = 12.4  # hours between two high tides


class TideTable:
    """Knows when the tide is high."""

    def __init__(self, first: float, step: float = HIGH) -> None:
        self.first = first
        self.step = step

    def next_high(self, after: float) -> float:
        """Return the hour of the first high tide after an hour."""
        return self.first + math.ceil((after - self.first) / self.step) * self.step


@staticmethod
def can_sail(depth: float, draught: float, *, margin: float = 0.5) -> bool:
    """Tell whether a boat of that draught may leave the harbour."""
    return depth - draught >= margin
'''
SHOP = """// Prices of the harbour shop.
export function priceOf(item, count) {
  return PRICES[item] * count;
}

export function totalOf(basket) {
  return basket.map((each) => priceOf(each.item, each.count)).reduce((a, b) => a + b, 0);
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("code") / "harbour"
    (made / "sea").mkdir(parents=True)
    (made / "sea" / "tides.py").write_text(TIDES, "utf-8")
    (made / "shop.js").write_text(SHOP, "utf-8")
    index = Index(made.parent / "index")
    index.sync(made)
    index.close()
    return made


def asked(folder: Path, request: str, *replies: str, **options: object) -> tuple[CodeAnswer, ScriptedChat]:
    chat = ScriptedChat(replies=list(replies) or ["unasked"])
    index = Index(folder.parent / "index", model=chat)
    return code(index, **options).invoke(request), chat  # type: ignore[arg-type]


SAIL = "How is it decided whether a boat may leave the harbour?"


def test_definitions_are_quoted_whole_and_verbatim(folder: Path):
    answer, chat = asked(folder, SAIL, mode="quote")
    assert not chat.asked
    first = answer.citations[0]
    text = Path(first.document).read_text("utf-8")
    assert text[first.start : first.end] == first.quote
    assert first.quote.startswith("@staticmethod\ndef can_sail(")
    assert first.quote.endswith(">= margin")
    assert first.place["line"] == text[: first.start].count("\n") + 1
    assert answer.text[first.answer_start : first.answer_end] == first.quote


def test_prose_keeps_what_names_what_is_there(folder: Path):
    said = "`can_sail` subtracts the `draught` from the `depth`. `may_leave` asks the captain. It costs nine euros."
    answer, _ = asked(folder, SAIL, said)
    assert answer.text == "`can_sail` subtracts the `draught` from the `depth`. [1]"
    assert answer.citations[0].quote.startswith("@staticmethod")
    assert answer.reason == "2 sentences left out that the parts found do not support"


def test_a_sentence_that_is_said_again_is_shown_once(folder: Path):
    said = "`can_sail` subtracts the `draught` from the `depth`."
    answer, _ = asked(folder, SAIL, f"{said} {said} {said}")
    assert answer.text == f"{said} [1]"


def test_where_no_prose_holds_the_definitions_are_shown(folder: Path):
    answer, _ = asked(folder, SAIL, "`may_leave` asks the captain.")
    assert answer.citations[0].quote.startswith("@staticmethod")
    assert "1 sentence left out" in answer.reason
    assert not answer.abstained


def test_what_the_code_does_not_do_is_refused(folder: Path):
    answer, chat = asked(folder, "Which sonata did the pianist rehearse?")
    assert answer.abstained
    assert "are needed" in answer.reason
    assert not chat.asked
    assert asked(folder, SAIL, "NOT IN THE SOURCES")[0].reason == "the model found no answer"
    assert asked(folder, " ")[0].reason == "the request is empty"


GOOD = """```python
from harbour.sea.tides import can_sail


def may_go(depth):
    return can_sail(depth, 1.2, margin=0.3)
```"""
WRONG = """```python
from harbour.sea.tides import can_leave


def may_go(depth):
    return can_sail(depth, 1.2, reserve=0.3) and weather()
```"""
TASK = "Write a function that tells whether a boat of 1.2 m may leave the harbour."


def test_code_that_fits_is_kept_and_cites_what_it_uses(folder: Path):
    answer, _ = asked(folder, TASK, GOOD)
    assert (answer.problems, answer.tries, answer.reason) == ((), 1, "")
    cited = answer.citations[0]
    assert cited.quote.startswith("@staticmethod\ndef can_sail(")
    assert answer.text[cited.answer_start : cited.answer_end] == "can_sail"


def test_what_is_wrong_is_told_and_asked_for_again(folder: Path):
    answer, chat = asked(folder, TASK, WRONG, GOOD)
    assert (answer.problems, answer.tries) == ((), 2)
    told = str(chat.asked[1][-1].text)
    assert "`harbour.sea.tides` has no `can_leave`" in told
    assert "`can_sail` takes no `reserve`; it takes depth, draught, margin" in told
    assert "`weather` is defined nowhere" in told
    assert "### harbour/sea/tides.py" in str(chat.asked[0][-1].text)


def test_the_best_of_several_wrong_tries_is_shown_with_its_problems(folder: Path):
    worse = (
        "```python\nimport storms\nfrom harbour.sea.tides import can_leave\ncan_sail(1, reserve=2, more=3); gone()\n```"
    )
    answer, chat = asked(folder, TASK, worse, WRONG, worse)
    assert len(chat.asked) == answer.tries == 3
    assert len(answer.problems) == 4
    assert "has no `can_leave`" in result_text(answer)


def test_code_that_uses_nothing_of_the_code_base_says_so(folder: Path):
    answer, chat = asked(folder, TASK, "```python\nprint(1)\n```")
    assert answer.reason == "it uses nothing of what was found"
    assert "it uses nothing of the code base: use" in str(chat.asked[1][-1].text)
    assert asked(folder, TASK, "I cannot.")[0].reason == "the reply holds no block of code"


AGAIN = """```python
def can_sail(depth, draught):
    return depth > draught


print(can_sail(3, 1.2))
```"""


def test_a_definition_that_is_written_anew_is_not_used(folder: Path):
    answer, chat = asked(folder, TASK, AGAIN)
    assert answer.citations == ()
    assert answer.reason == "it uses nothing of what was found"
    assert "`can_sail` is there already, in tides.py: import it" in str(chat.asked[1][-1].text)
    changed, chat = asked(folder, "Rewrite can_sail without a margin for the depth of the harbour.", AGAIN)
    assert (len(chat.asked), changed.problems) == (1, ())


def test_a_weak_model_says_that_it_writes_no_code(folder: Path):
    index = json.dumps(str(folder.parent / "index"))
    answer = build(load("code", {"index": index})).chain.invoke(TASK)
    assert answer.citations
    assert "no code was written" in answer.reason
    assert build(load("code", {"index": index})).chain.invoke(SAIL).reason == ""


def test_every_way_to_call_it_gives_the_same(folder: Path):
    chain = code(Index(folder.parent / "index", model=ScriptedChat(replies=[GOOD])))

    def bare(answer: CodeAnswer) -> tuple[object, ...]:
        return answer.text, answer.citations, answer.blocks

    whole = bare(chain.invoke(TASK))
    assert [bare(each) for each in chain.stream(TASK)] == [whole]
    assert [bare(each) for each in chain.batch([TASK, TASK])] == [whole, whole]

    async def others() -> list[CodeAnswer]:
        return [await chain.ainvoke(TASK), *[each async for each in chain.astream(TASK)], *await chain.abatch([TASK])]

    assert [bare(each) for each in asyncio.run(others())] == [whole] * 3


CART = "class Cart:\n    def total(self): ...\ntry:\n    import json\nexcept ImportError:\n    json = None\n"
MODULES = {
    ("shop", "cart"): top_names(CART),
    ("shop", "shipping"): top_names("ZONES = {}\ndef zone(code): ...\n"),
    ("shop", "all"): top_names("from shop.shipping import *\n"),
    ("shop", "__init__"): frozenset[str](),
}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from shop.cart import total", "`shop.cart` has no `total`: no file defines it"),
        ("from shop.cart import zone", "`shop.cart` has no `zone`: it is in `shop.shipping`"),
        ("from .cart import ZONES", "`cart` has no `ZONES`"),
        ("from shop.cart import Cart, json", ""),
        ("from shop import cart", ""),
        ("from shop.all import anything", ""),
        ("from shop.shipping import zone, ZONES", ""),
    ],
)
def test_an_import_must_be_in_the_file_it_is_taken_from(source: str, said: str):
    known = {"shop", "cart", "shipping", "all", "Cart", "total", "zone", "ZONES", "json", "anything"}
    block = check_block(code_blocks(f"```python\n{source}\n```")[0], known, {}, modules=MODULES)
    assert len(block.problems) == bool(said)
    assert said in "".join(block.problems)


def test_files_of_the_index_tell_what_they_have(folder: Path):
    wrong = GOOD.replace("import can_sail", "import can_sail, may_go_out")
    _, chat = asked(folder, TASK, wrong.replace("may_go_out", "next_hig"), GOOD)
    assert "`harbour.sea.tides` has no `next_hig`: no file defines it" in str(chat.asked[1][-1].text)


def test_the_pipeline_runs_with_the_small_model(folder: Path):
    settings = {"index": json.dumps(str(folder.parent / "index"))}
    chain = build(load("code", settings)).chain
    answer = chain.invoke(SAIL)
    assert answer.citations[0].quote.startswith("@staticmethod")
    told = result_json(answer)
    assert told["citations"][0]["quote"] == answer.citations[0].quote
    assert "[1] @staticmethod" in result_text(answer)
    written = build(load("code", {**settings, "mode": "write", "tries": "1"})).chain.invoke(TASK)
    assert written.model == "llamacpp:SmolLM2-135M-Instruct-Q4_1"
    json.dumps(result_json(written))


def test_wrong_options_are_told(folder: Path):
    index = Index(folder.parent / "index", model=ScriptedChat(replies=["x"]))
    with pytest.raises(ConfigError, match="unknown mode 'draw'"):
        code(index, mode="draw")
    with pytest.raises(ConfigError, match="one try at least"):
        code(index, tries=0)


KNOWN = {"harbour", "sea", "tides", "can_sail", "next_high", "depth"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n", "does not parse as Python"),
        ("import storms", "there is no `storms` to import"),
        ("from harbour import rain", "has no `rain`"),
        ("sum(1, 2).shout()", "`.shout` occurs nowhere"),
        ("x = y + 1", "`y` is defined nowhere"),
        ("def f():\n    # TODO: write this\n    return 1", "left unwritten"),
        ("def f():\n    pass", "`f` does nothing"),
        ("can_sail(1, reserve=2)", "`can_sail` takes no `reserve`"),
        ("can_sail(1, 2)", "`can_sail` is not imported"),
        ("can_sail(1)", "`can_sail` is called without draught"),
        ("can_sail(1, 2, 3, 4)", "`can_sail` is given 4 values without a name"),
    ],
)
def test_each_fault_of_python_is_told(source: str, said: str):
    block = check_block(code_blocks(f"```python\n{source}\n```")[0], KNOWN, signatures(TIDES))
    assert [problem for problem in block.problems if said in problem], block.problems


@pytest.mark.parametrize(
    "source",
    [
        "import os.path as path\nfrom collections import Counter\npath.splitroot('a'); Counter([1]).most_common(1)",
        "from harbour.sea.tides import can_sail\nreally = can_sail(1, 2, margin=3)",
        "from .tides import can_sail",
        "def f(a, *b, c=1, **d):\n    with open(a) as e:\n        return [g for g in e if (h := g)], b, c, d, h",
        "class A:\n    def __init__(self):\n        self.mine = 1\n    def more(self):\n        return self.mine",
        "try:\n    pass\nexcept ValueError as error:\n    print(error)",
        "match 1:\n    case [a, *b]:\n        print(a, b)",
        "    can_sail(1, 2)\n    can_sail(2, draught=2)",
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(1)",
    ],
)
def test_right_python_passes(source: str):
    block = check_block(code_blocks(f"```python\n{source}\n```")[0], KNOWN, signatures(TIDES))
    assert block.problems == ()


def test_other_languages_tell_what_they_call_from_elsewhere():
    block = code_blocks("Here:\n```js\nfunction show(a) { return priceOf(a, 1) + foo(a); }\nshow(2)\n```")[0]
    assert (block.language, block.start) == ("js", 12)
    assert check_block(block, {"priceOf"}, {}).unknown == ("foo",)


def test_a_block_that_is_cut_off_runs_to_the_end():
    assert [each.code for each in code_blocks("```py\na = 1\n```\n```py\nb = 2")] == ["a = 1\n", "b = 2"]


def test_names_in_prose_are_those_spelled_as_code():
    assert names_in_prose("`depth` and next_high, priceOf and TideTable; call f( but not Harbour.") == {
        "depth", "next_high", "priceOf", "TideTable", "f",
    }  # fmt: skip


def test_requests_are_told_apart():
    assert wants_code("Please write a function that adds")
    assert wants_code("Can you implement paging?")
    assert not wants_code("Where do we write files?")
    assert not wants_code("How is the writer locked?")


def test_the_innermost_definition_is_found():
    start = TIDES.index("math.ceil")
    found = enclosing(TIDES, "python", start, start + 5, 3000)
    assert [TIDES[a:b].split("(", maxsplit=1)[0].strip() for a, b, _ in found] == ["def next_high"]
    whole = enclosing(TIDES, "python", 0, len(TIDES), 3000)
    assert [title.split("(")[0] for _, _, title in whole] == ["def __init__", "def next_high", "def can_sail"]
    assert enclosing("x = 1\ny = 2\n", "python", 0, 5, 3000) == []
    assert enclosing(TIDES, "python", start, start + 5, 50) == []
