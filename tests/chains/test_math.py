"""Sums: what is worked out, what is found wrong, and asked for again."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.chains import MathChain, math
from ragkit.chains.math.arithmetic import equations, evaluate, written
from ragkit.chains.math.chain import checked
from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.generate.generator import Generator
from ragkit.testing import ScriptedChat

FERRY = "A ferry carries 40 cars a voyage and makes 6 voyages. How many cars is that?"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3 * 4", 12),
        ("1,200 + 34", 1234),
        ("(2 + 3) × 4 ÷ 5", 4),
        ("2 ^ 10", 1024),
        ("-3 − 4", -7),
        ("15 % * 80", 12),
        ("$5.50 + $4.50", 10),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_expressions_are_worked_out_exactly(expression: str, value: Fraction):
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    "expression",
    ["", "1 / 0", "2 ** 9999", "9 ** 64 * 9 ** 64", "__import__('os')", "a + 1", "1 if 1 else 2", "(" * 500, "1j * 2"],
)
def test_nothing_else_is_ever_run(expression: str):
    with pytest.raises(ConfigError, match="cannot be worked out"):
        evaluate(expression)


@given(a=st.integers(-999, 999), b=st.integers(1, 999), sign=st.sampled_from("+-*/"))
def test_what_python_works_out_is_worked_out(a: int, b: int, sign: str):
    exact = {"+": Fraction(a + b), "-": Fraction(a - b), "*": Fraction(a * b), "/": Fraction(a, b)}
    assert evaluate(f"{a} {sign} {b}") == exact[sign]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("So 40 * 6 = 240 cars.", [True]),
        ("So 40 * 6 = 250 cars.", [False]),
        ("10 / 3 = 3.33 and 10 / 3 = 3.34", [True, False]),
        ("10 / 4 ≈ 2", [True]),
        ("(40 + 2) * 2 = 84", [True]),
        ("$1,200 - $200 = $1,000", [True]),
        ("x = 3, and y = 4", []),
        ("on 3-4 May = soon", []),
    ],
)
def test_equations_are_found_and_checked_as_far_as_they_are_written_out(text: str, right: list[bool]):
    assert [each.right for each in equations(text)] == right
    assert all(text[each.start : each.end].startswith(each.expression) for each in equations(text))


def test_numbers_are_written_as_people_do():
    assert [written(Fraction(12)), written(Fraction(1, 3)), written(Fraction(5, 2))] == ["12", "0.333333", "2.5"]


def test_an_answer_must_come_from_the_equations():
    assert checked(FERRY, "40 * 6 = 240\nAnswer: 240 cars").problems == ()
    assert checked(FERRY, "40 * 6 = 240\nAnswer: 250 cars").problems == (
        "the answer 250 is the result of none of the equations",
    )
    assert checked(FERRY, "40 * 6 = 240").problems == (
        "there is no line that begins with `Answer:`; 40 * 6 is taken for it",
    )
    assert checked(FERRY, "40 * 6 = 241").answer == "240"
    assert checked(FERRY, "**Answer:** 40 cars").answer == "40 cars"
    assert checked("What is the colour of the sky?", "Answer: blue").problems == ("the answer 'blue' has no number",)


def test_wrong_arithmetic_is_told_and_put_right():
    chat = ScriptedChat(replies=["40 * 6 = 250\nAnswer: 250 cars", "40 * 6 = 240\nAnswer: 240 cars"])
    found = MathChain(Generator("", chat)).invoke(FERRY)
    assert (found.answer, found.problems, found.tries) == ("240 cars", (), 2)
    assert "- 40 * 6 is 240, not 250" in str(chat.asked[1][-1].content)


def test_what_stays_wrong_is_told():
    chat = ScriptedChat(replies=["40 * 6 = 250\nAnswer: 250 cars"])
    found = MathChain(Generator("", chat), tries=2).invoke(FERRY)
    assert found.tries == len(chat.asked) == 2
    assert "40 * 6 is 240, not 250" in found.problems
    with pytest.raises(ConfigError, match="one try"):
        MathChain(Generator("", chat), tries=0)


def test_every_way_to_run_gives_the_same():
    chain = MathChain(Generator("", ScriptedChat(replies=["40 * 6 = 240\nAnswer: 240"])))

    async def asynchronously() -> list[str]:
        return [(await chain.ainvoke(FERRY)).answer, *[part.answer async for part in chain.astream(FERRY)]]

    assert [part.answer for part in chain.stream(FERRY)] == [chain.invoke(FERRY).answer] == ["240"]
    assert asyncio.run(asynchronously()) == ["240", "240"]
    assert [each.answer for each in chain.batch([FERRY, FERRY])] == ["240", "240"]


def test_the_real_small_model_is_checked_too(models_dir: Path):
    found = math(DEFAULT_MODEL, tries=1).invoke(FERRY)
    assert found.text
    assert found.problems == checked(FERRY, found.text).problems
