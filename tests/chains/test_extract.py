"""Values of fields with the quotes they stand in; nothing without one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.documents import Document
from pydantic import BaseModel, Field

from ragkit.chains import ExtractChain, extract
from ragkit.chains.extract.chain import shown, wanted
from ragkit.chains.extract.values import as_kind, dates, states
from ragkit.core.errors import ConfigError, GenerationError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.embed import SentenceTransformerEmbeddings
from ragkit.generate.generator import Generator
from ragkit.retrieve.central import central
from ragkit.testing import ScriptedChat

TEXT = """Orrin Sound Ferries plc

Report for the quarter that ended July 1, 2023. The board met twice in May.

|  | Three Months Ended July 1, 2023 | June 25, 2022 |
| --- | --- | --- |
| Total revenue | $ 81,797 | $ 82,959 |
| Net loss | (265) | (10) |

The ferries carried many passengers. The chair of the board is Ada Lindqvist.
"""
REPORT = Document(TEXT, metadata={"source": "report.md"})


class Report(BaseModel):
    company: str = Field(description="name of the company")
    period: str = Field(description="end of the quarter")
    revenue: int = Field(description="total revenue")
    loss: float | None = Field(None, description="net loss")
    chair: str = Field(description="chair of the board")
    tone: Literal["calm", "alarmed"] = "calm"


def replying(**values: Any) -> Generator:
    """A generator that gives values and names as their source the first line that holds them."""

    class Finding(ScriptedChat):
        def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            lines = str(messages[-1].content).split("\n")
            said = {
                name: None if value is None else {"source": _number(lines, str(value)), "value": value}
                for name, value in values.items()
            }
            self.replies = [f"Here it is: {json.dumps(said)}"]
            yield from super()._stream(messages, *args, **kwargs)

    return Generator("", Finding(replies=["x"]))


def _number(lines: list[str], value: str) -> int:
    return next((int(line[1 : line.index("]")]) for line in lines if line.startswith("[") and value in line), 1)


def test_each_value_has_a_quote_that_holds_it_verbatim():
    generator = replying(company="Orrin Sound Ferries plc", period="July 1, 2023", revenue="81,797", loss="(265)")
    found = ExtractChain(Report, generator).invoke(REPORT)
    assert found.values["revenue"] == 81797
    assert found.values["loss"] == -265
    assert found.values["company"] == "Orrin Sound Ferries plc"
    for each in found.fields:
        if each.value is not None:
            assert TEXT[each.start : each.end] == each.quote
    row = next(each for each in found.fields if each.name == "revenue")
    assert row.quote == "| Total revenue | $ 81,797 | $ 82,959 |"


def test_what_no_source_states_is_null_and_says_why():
    found = ExtractChain(Report, replying(company="Acme Rockets", revenue="99,999", chair=None)).invoke(REPORT)
    assert all(value is None for value in found.values.values())
    reasons = {each.name: each.reason for each in found.fields}
    assert "'Acme Rockets', which the generator gave" in reasons["company"]
    assert reasons["chair"] == reasons["period"] == "no source states it"


def test_a_wrong_source_is_put_right():
    class Wrong(ScriptedChat):
        pass

    generator = Generator("", Wrong(replies=['{"chair": {"source": 1, "value": "Ada Lindqvist"}}']))
    found = ExtractChain(Report, generator).invoke(REPORT)
    chair = next(each for each in found.fields if each.name == "chair")
    assert chair.quote == "The chair of the board is Ada Lindqvist."


def test_choices_rest_on_the_source_that_is_named():
    found = ExtractChain(Report, replying(tone="calm")).invoke(REPORT)
    assert found.values["tone"] == "calm"
    generator = Generator("", ScriptedChat(replies=['{"tone": {"source": 99, "value": "calm"}}']))
    assert ExtractChain(Report, generator).invoke(REPORT).values["tone"] is None


def test_a_truth_value_rests_on_a_source_that_speaks_of_it():
    schema = {"type": "object", "properties": {"urgent": {"type": "boolean", "description": "Whether it is urgent."}}}

    def found(text: str) -> Any:
        generator = Generator("", ScriptedChat(replies=['{"urgent": {"source": 1, "value": "true"}}']))
        return ExtractChain(schema, generator).invoke(Document(text)).values["urgent"]

    assert found("This is urgent.") is True
    assert found("Delivery takes three weeks.") is None


def test_a_row_is_read_with_the_names_of_its_columns():
    row = next(each for each in central(REPORT) if "81,797" in each.text)
    assert shown(row, [REPORT]) == (
        "Total revenue — Three Months Ended July 1, 2023: $ 81,797; June 25, 2022: $ 82,959"
    )


def test_what_bears_on_a_field_is_read(embedder: SentenceTransformerEmbeddings):
    long = Document(
        "\n\n".join(["The sea was calm and grey that day."] * 400) + "\n\n" + TEXT, metadata={"source": "x"}
    )
    generator = replying(revenue="81,797", chair="Ada Lindqvist")
    found = ExtractChain(Report, generator, encode=embedder.encode).invoke(long)
    assert (found.values["revenue"], found.values["chair"]) == (81797, "Ada Lindqvist")


@pytest.mark.parametrize("schema", [{"type": "object", "properties": {"a": {"type": "string"}}}, Report])
def test_the_real_small_model_gives_quotes_or_nothing(models_dir: Path, schema: Any):
    found = extract(schema, DEFAULT_MODEL).invoke(REPORT)
    assert [each.name for each in found.fields] == [each.name for each in wanted(schema)]
    for each in found.fields:
        assert (each.value is None) == bool(each.reason)
        assert each.value is None or TEXT[each.start : each.end] == each.quote


def test_every_way_to_run_gives_the_same():
    chain = ExtractChain(Report, replying(chair="Ada Lindqvist"))
    values = chain.invoke(REPORT).values

    async def asynchronously() -> list[Any]:
        return [(await chain.ainvoke(REPORT)).values, *[part.values async for part in chain.astream(REPORT)]]

    assert [part.values for part in chain.stream(REPORT)] == [values]
    assert asyncio.run(asynchronously()) == [values, values]
    assert [each.values for each in chain.batch([REPORT, REPORT])] == [values, values]


def test_an_empty_document_has_no_values():
    found = ExtractChain(Report, replying()).invoke(Document("", metadata={"source": "x"}))
    assert {each.reason for each in found.fields} == {"there is no text"}


def test_of_a_reply_that_was_cut_off_the_first_fields_are_taken():
    cut = '{"chair": {"source": 1, "value": "Ada Lindqvist"}, "company": {"source": 1, "value": "Orrin Sou'
    values = ExtractChain(Report, Generator("", ScriptedChat(replies=[cut]))).invoke(REPORT).values
    assert (values["chair"], values["revenue"]) == ("Ada Lindqvist", None)


@pytest.mark.parametrize("reply", ["I cannot do that.", "{broken", "[1]"])
def test_a_reply_that_is_no_form_is_an_error_to_try_again(reply: str):
    generator = Generator("", ScriptedChat(replies=[reply]))
    with pytest.raises(GenerationError) as raised:
        ExtractChain(Report, generator).invoke(REPORT)
    assert raised.value.retryable


class Nested(BaseModel):
    inside: Report


class Listed(BaseModel):
    names: list[str]


@pytest.mark.parametrize(
    ("schema", "told"),
    [({}, "no properties"), (int, "no pydantic class"), (Nested, "'inside' can be"), (Listed, "'names' can be")],
)
def test_schemas_that_cannot_be_filled_in_are_told(schema: Any, told: str):
    with pytest.raises(ConfigError, match=told):
        wanted(schema)


@pytest.mark.parametrize(
    ("text", "value", "stated"),
    [
        ("Net sales were $ 81,797 million.", "81797", True),
        ("Net sales were $ 81,797 million.", "1,797", False),
        ("ended July 1, 2023", "2023-07-01", True),
        ("ended 1 July 2023", "2023-07-01", True),
        ("ended July 1, 2023", "2023-07-02", False),
        ("Apple Inc. reports", "apple inc", True),
        ("Pineapple Inc. reports", "apple inc", False),
        ("anything", "", False),
    ],
)
def test_values_are_found_however_they_are_written(text: str, value: str, stated: bool):
    assert states(text, value) is stated


@pytest.mark.parametrize(
    ("value", "kind", "result"),
    [
        ("$ 81,797", "number", 81797),
        ("(265)", "integer", -265),
        ("-3.5", "number", -3.5),
        ("1.234,5", "number", 1234.5),
        ("12 %", "number", 12),
        ("about twelve", "number", "about twelve"),
        ("True", "boolean", True),
        (" Oslo ", "string", "Oslo"),
    ],
)
def test_values_have_the_type_that_was_asked_for(value: str, kind: str, result: Any):
    assert as_kind(value, kind) == result


def test_dates_are_read_in_both_orders():
    assert dates("from 3rd May 2024 to May 5, 2024") >= {"2024-05-05"}
    assert dates("on 3 May 2024 or 14. September 2025") == {"2024-05-03", "2025-09-14"}
    assert dates("in May 2024, room 2024") == set()
