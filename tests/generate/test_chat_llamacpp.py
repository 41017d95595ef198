"""ChatLlamaCpp with SmolLM2."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from ragkit.errors import ConfigError, ContextOverflow, GenerationError, ModelError
from ragkit.generate import ChatLlamaCpp, load_generator

if TYPE_CHECKING:
    from pathlib import Path

CATS = "Write one sentence about cats."
ENDLESS = "root ::= [a-z] root"  # a grammar that never lets an answer end


@pytest.fixture(scope="module")
def model(smollm2: Path) -> ChatLlamaCpp:
    return ChatLlamaCpp(model=str(smollm2), max_tokens=24)


def test_a_question_gets_an_answer(model: ChatLlamaCpp) -> None:
    assert "cat" in model.invoke(CATS).text.lower()


def test_a_stream_adds_up_to_the_answer_and_comes_in_pieces(model: ChatLlamaCpp) -> None:
    pieces = [str(chunk.content) for chunk in model.stream(CATS)]
    assert len(pieces) > 5
    assert "".join(pieces) == model.invoke(CATS).content


def test_the_last_chunk_carries_usage_and_finish_reason(model: ChatLlamaCpp) -> None:
    *_, last = model.stream(CATS)
    assert last.chunk_position == "last"
    assert last.usage_metadata["input_tokens"] == model.get_num_tokens_from_messages([HumanMessage(CATS)])
    assert last.usage_metadata["output_tokens"] > 5
    assert last.response_metadata["finish_reason"] == "stop"


def test_without_the_prefix_cache_greedy_answers_repeat_exactly(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), max_tokens=16, cache_prompt=False)
    questions = [CATS, "Name three colours.", CATS, "What is rain?", CATS]
    answers = [model.invoke(question).content for question in questions]
    assert answers[0] == answers[2] == answers[4]


def test_the_beginning_that_two_prompts_share_is_read_once(model: ChatLlamaCpp) -> None:
    source = "The heron stands in the shallow water and waits for fish. " * 8
    model.invoke(f"{source} Where does the heron stand?", max_tokens=1)
    usage = model.invoke(f"{source} What does it wait for?", max_tokens=1).usage_metadata
    assert usage["input_token_details"]["cache_read"] > model.get_num_tokens(source)


def test_a_stop_string_ends_the_answer_and_is_left_out(model: ChatLlamaCpp) -> None:
    answer = model.invoke(CATS, stop=["cat"])
    assert "cat" not in answer.text
    assert answer.response_metadata["finish_reason"] == "stop"


def test_max_tokens_cuts_the_answer_and_says_so(model: ChatLlamaCpp) -> None:
    answer = model.invoke(CATS, max_tokens=3)
    assert answer.usage_metadata["output_tokens"] == 3
    assert answer.response_metadata["finish_reason"] == "length"


def test_a_seed_makes_sampling_repeatable(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), max_tokens=12, temperature=1.5, cache_prompt=False)
    first, again, other = (model.invoke("Write a poem.", seed=seed).content for seed in (7, 7, 8))
    assert first == again != other


def test_a_repeat_penalty_changes_what_repeats(model: ChatLlamaCpp) -> None:
    question = "Repeat the word sea: sea sea sea sea sea sea sea sea"
    plain, varied = (model.invoke(question, repeat_penalty=penalty).text for penalty in (1.0, 1.8))
    assert plain != varied


def test_a_grammar_holds_the_answer(model: ChatLlamaCpp) -> None:
    assert model.invoke("Is water wet?", grammar='root ::= "yes" | "no"').content in ("yes", "no")


def test_a_json_schema_holds_the_answer(model: ChatLlamaCpp) -> None:
    schema = {"type": "object", "properties": {"legs": {"type": "integer"}}, "required": ["legs"]}
    assert isinstance(json.loads(model.invoke("How many legs has a cat?", json_schema=schema).text)["legs"], int)


def test_structured_output_is_parsed_into_the_class_that_was_asked_for(model: ChatLlamaCpp) -> None:
    class Animal(BaseModel):
        legs: int

    answer = model.with_structured_output(Animal, include_raw=True).invoke("How many legs has a cat?")
    assert isinstance(answer["parsed"], Animal)
    assert isinstance(answer["raw"], AIMessage)


def test_log_probabilities_come_with_the_answer_when_asked_for(model: ChatLlamaCpp) -> None:
    answer = model.invoke(CATS, max_tokens=2, logprobs=3)
    tokens = answer.response_metadata["logprobs"]["content"]
    assert [len(token["top_logprobs"]) for token in tokens] == [3, 3]
    assert all(token["logprob"] <= 0 for token in tokens)


def test_text_is_counted_as_the_model_reads_it(model: ChatLlamaCpp) -> None:
    one, other = "The heron waits.", " It stands in the water."
    assert model.get_num_tokens(one + other) == model.get_num_tokens(one) + model.get_num_tokens(other) == 11


def test_no_text_has_no_tokens(model: ChatLlamaCpp) -> None:
    assert model.get_num_tokens("") == 0


def test_a_marker_of_the_chat_template_is_one_token(model: ChatLlamaCpp) -> None:
    assert model.get_num_tokens("<|im_end|>") == 1


def test_messages_are_counted_with_their_template(model: ChatLlamaCpp) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage(CATS)]
    assert model.get_num_tokens_from_messages(messages) == model.invoke(messages).usage_metadata["input_tokens"]


def test_counting_goes_beyond_the_context(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=256)
    assert model.get_num_tokens(" word" * 3000) == 3000
    assert model.get_num_tokens_from_messages([HumanMessage(" word" * 3000)]) > 3000


def test_a_prompt_that_does_not_fit_overflows(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=256, max_tokens=10)
    messages = [HumanMessage(" word" * 400)]
    with pytest.raises(ContextOverflow) as caught:
        model.invoke(messages)
    assert caught.value.needed == model.get_num_tokens_from_messages(messages) + 10
    assert caught.value.limit == model.context_limit == 256


def test_a_prompt_that_leaves_no_room_for_its_answer_overflows_too(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=256, max_tokens=100)
    messages = [HumanMessage(" word" * 150)]
    with pytest.raises(ContextOverflow) as caught:
        list(model.stream(messages))
    assert caught.value.needed == model.get_num_tokens_from_messages(messages) + 100


def test_an_answer_without_a_bound_may_fill_the_context(smollm2: Path) -> None:
    answer = ChatLlamaCpp(model=str(smollm2), n_ctx=256, max_tokens=None).invoke("Go on.", grammar=ENDLESS)
    assert answer.usage_metadata["total_tokens"] == 256
    assert answer.response_metadata["finish_reason"] == "length"


def test_the_context_is_no_longer_than_the_model_was_trained_for(smollm2: Path) -> None:
    assert ChatLlamaCpp(model=str(smollm2)).context_limit == 4096
    with pytest.raises(ConfigError, match="8192"):
        ChatLlamaCpp(model=str(smollm2), n_ctx=9000)


def test_halves_of_surrogate_pairs_do_not_break_a_request(model: ChatLlamaCpp) -> None:
    assert model.invoke("\ud83d What is this?", max_tokens=2).usage_metadata["output_tokens"] == 2


def test_an_image_is_refused_by_name(model: ChatLlamaCpp) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(GenerationError, match="image_url"):
        model.invoke([HumanMessage(content=["Look:", image])])


def test_a_grammar_that_does_not_parse_is_a_generation_error(model: ChatLlamaCpp) -> None:
    with pytest.raises(GenerationError, match="refused"):
        model.invoke(CATS, grammar="root ::= (")


def test_a_misspelt_option_of_a_call_is_a_config_error(model: ChatLlamaCpp) -> None:
    with pytest.raises(ConfigError, match="temprature"):
        model.invoke(CATS, temprature=0)


def test_many_threads_can_ask_at_once(model: ChatLlamaCpp) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: model.invoke(f"Count to {number}.", max_tokens=4), range(8)))
    assert [answer.usage_metadata["output_tokens"] for answer in answers] == [4] * 8


def test_a_reader_who_walks_away_frees_the_model_for_the_next(model: ChatLlamaCpp) -> None:
    stream = model.stream("Go on.", max_tokens=3000, grammar=ENDLESS)
    next(stream)
    stream.close()
    assert model.invoke(CATS, max_tokens=1).usage_metadata["output_tokens"] == 1


def test_instances_with_the_same_settings_share_a_model(smollm2: Path) -> None:
    first, second = (ChatLlamaCpp(model=str(smollm2), n_ctx=512, temperature=heat) for heat in (0.0, 1.0))
    assert first.load() is second.load()
    assert first.load() is not ChatLlamaCpp(model=str(smollm2), n_ctx=256).load()


def test_a_model_that_was_never_asked_anything_lets_go_at_once(smollm2: Path) -> None:
    for size in (256, 512) * 4:
        ChatLlamaCpp(model=str(smollm2), n_ctx=size, threads=1).load()


def test_a_closed_model_comes_back_when_it_is_needed(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=512, max_tokens=1)
    model.invoke(CATS)
    model.close()
    assert model.invoke(CATS).usage_metadata["output_tokens"] == 1


def test_a_catalogue_name_and_options_make_a_spec(smollm2: Path) -> None:
    model = load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?n_ctx=512&max_tokens=2&stop=cat")
    assert isinstance(model, ChatLlamaCpp)
    assert (model.n_ctx, model.max_tokens, model.stop, model.context_limit) == (512, 2, ["cat"], 512)


def test_an_unknown_option_is_a_config_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"'max_token'.*did you mean 'max_tokens'"):
        load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?max_token=2")


def test_a_wrong_value_is_a_config_error(smollm2: Path) -> None:
    with pytest.raises(ConfigError, match="top_p"):
        load_generator(f"llamacpp:{smollm2}?top_p=3")


def test_a_missing_file_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="there is no file"):
        ChatLlamaCpp(model="missing/model.gguf")


def test_a_file_that_is_no_gguf_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_text("not a model")
    with pytest.raises(ModelError, match="no GGUF file"):
        ChatLlamaCpp(model=str(tmp_path / "model.gguf"))


def test_a_truncated_file_is_a_model_error(smollm2: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "model.gguf"
    with smollm2.open("rb") as file:
        damaged.write_bytes(file.read(5_000_000))
    with pytest.raises(ModelError, match="damaged or incomplete"):
        ChatLlamaCpp(model=str(damaged)).load()


def test_a_folder_stands_for_its_only_gguf_file(smollm2: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no \.gguf files"):
        ChatLlamaCpp(model=str(tmp_path))
    (tmp_path / "model.gguf").symlink_to(smollm2)
    assert ChatLlamaCpp(model=str(tmp_path)).context_limit == 4096
