"""Transformers models held to a schema: models that know nothing but the alphabet answer in it all the same."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from ragkit.core.errors import ConfigError, GenerationError, MissingExtra
from ragkit.generate import ChatTransformers
from ragkit.generate.structured import closed

if TYPE_CHECKING:
    from pathlib import Path

needs_llguidance = pytest.mark.skipif(
    importlib.util.find_spec("llguidance") is None, reason="llguidance, the extra 'structured', is not installed"
)


class Finding(BaseModel):
    """What was found."""

    kind: Literal["storm", "calm"]
    sure: bool
    letters: Annotated[str, Field(pattern="^[a-z]{3}$")]


@needs_llguidance
def test_an_answer_is_an_object_of_the_class(llama_folder: Path) -> None:
    found = ChatTransformers(model=str(llama_folder), max_tokens=80).with_structured_output(Finding).invoke("a")
    assert isinstance(found, Finding)
    assert found.letters == "abc"  # what the model goes on with, where the schema leaves it a choice


@needs_llguidance
def test_a_json_schema_gives_a_dict_and_the_stream_ends_with_it(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80).with_structured_output(Finding.model_json_schema())
    whole = model.invoke("a")
    assert Finding(**whole)
    assert list(model.stream("a"))[-1] == whole


@needs_llguidance
def test_answers_of_a_batch_are_those_of_single_calls(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80).with_structured_output(Finding)
    prompts = ["a", "a longer prompt that ends in m", "x"]
    assert model.batch(prompts) == [model.invoke(prompt) for prompt in prompts]


@needs_llguidance
def test_the_raw_message_says_that_the_answer_came_to_its_end(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80).with_structured_output(Finding, include_raw=True)
    answer: Any = model.invoke("a")
    assert answer["raw"].response_metadata["finish_reason"] == "stop"
    assert Finding.model_validate_json(answer["raw"].text) == answer["parsed"]


@needs_llguidance
def test_sampling_stays_within_the_schema(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80, temperature=5.0, seed=1).with_structured_output(
        Finding
    )
    assert isinstance(model.invoke("a"), Finding)


@needs_llguidance
def test_a_model_with_an_encoder_is_held_to_it_too(bart_folder: Path) -> None:
    class Small(BaseModel):
        ok: bool

    assert ChatTransformers(model=str(bart_folder)).with_structured_output(Small).invoke("a")


@needs_llguidance
def test_a_call_without_a_schema_is_free_again(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80)
    model.with_structured_output(Finding).invoke("a")
    assert model.invoke("w").text == "xyz"


@needs_llguidance
def test_a_schema_that_cannot_be_enforced_says_why(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), max_tokens=80)
    with pytest.raises(GenerationError, match="cannot be enforced"):
        model.invoke("a", json_schema={"type": "strings"})


def test_objects_of_a_schema_are_closed_where_it_does_not_open_them() -> None:
    word = {"type": "string"}
    schema = {
        "properties": {"properties": word, "open": {"properties": {"a": word}, "additionalProperties": True}},
        "allOf": [{"properties": {"b": word}}],
        "items": [{"properties": {}}],
    }
    assert closed(schema) == {
        **schema,
        "items": [{"properties": {}, "additionalProperties": False}],
        "additionalProperties": False,
    }


def test_a_beam_search_cannot_be_held_to_a_schema(llama_folder: Path) -> None:
    with pytest.raises(ConfigError, match="num_beams"):
        ChatTransformers(model=str(llama_folder), max_tokens=80, num_beams=2).invoke(
            "a", json_schema={"type": "boolean"}
        )


def test_without_the_package_the_extra_is_named(llama_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragkit.generate.structured.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"ragkit\[structured\]"):
        ChatTransformers(model=str(llama_folder), max_tokens=80).with_structured_output(Finding)
