"""ChatLlamaCpp over a tiny GGUF file that says the letters after the last one of its prompt, and over SmolLM2."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from ragkit.core.errors import ConfigError, ContextOverflow, GenerationError, ModelError
from ragkit.generate import ChatLlamaCpp, load_generator

if TYPE_CHECKING:
    from pathlib import Path

CATS = "Write one sentence about cats."
ENDLESS = "root ::= [a-z] root"  # a grammar that never lets an answer end
END_MARKER = "<end>"


@pytest.fixture(scope="module")
def tiny(tiny_gguf: Path) -> ChatLlamaCpp:
    return ChatLlamaCpp(model=str(tiny_gguf), max_tokens=8)


@pytest.fixture(scope="module")
def smol(smollm2: Path) -> ChatLlamaCpp:
    return ChatLlamaCpp(model=str(smollm2), max_tokens=24)


def test_a_real_model_answers_a_question(smol: ChatLlamaCpp) -> None:
    assert "cat" in smol.invoke(CATS).text.lower()


def test_without_the_prefix_cache_greedy_answers_repeat_exactly(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), max_tokens=12, cache_prompt=False)
    answers = [model.invoke(question).content for question in (CATS, "Name three colours.", CATS)]
    assert answers[0] == answers[2]


def test_the_beginning_that_two_prompts_share_is_read_once(smol: ChatLlamaCpp) -> None:
    source = "The heron stands in the shallow water and waits for fish. " * 8
    smol.invoke(f"{source} Where does the heron stand?", max_tokens=1)
    usage = smol.invoke(f"{source} What does it wait for?", max_tokens=1).usage_metadata
    assert usage["input_token_details"]["cache_read"] > smol.get_num_tokens(source)


def test_a_seed_makes_sampling_repeatable(smollm2: Path) -> None:
    model = ChatLlamaCpp(model=str(smollm2), max_tokens=8, temperature=1.5, cache_prompt=False)
    first, again, other = (model.invoke("Write a poem.", seed=seed).content for seed in (7, 7, 8))
    assert first == again != other


def test_a_repeat_penalty_changes_what_repeats(smol: ChatLlamaCpp) -> None:
    question = "Repeat the word sea: sea sea sea sea sea sea sea sea"
    plain, varied = (smol.invoke(question, repeat_penalty=penalty).text for penalty in (1.0, 1.8))
    assert plain != varied


def test_a_grammar_holds_the_answer(smol: ChatLlamaCpp) -> None:
    assert smol.invoke("Is water wet?", grammar='root ::= "yes" | "no"').content in ("yes", "no")


def test_a_json_schema_holds_the_answer(smol: ChatLlamaCpp) -> None:
    schema = {"type": "object", "properties": {"legs": {"type": "integer"}}, "required": ["legs"]}
    assert isinstance(json.loads(smol.invoke("How many legs has a cat?", json_schema=schema).text)["legs"], int)


def test_structured_output_is_parsed_into_the_class_that_was_asked_for(smol: ChatLlamaCpp) -> None:
    class Animal(BaseModel):
        legs: int

    answer = smol.with_structured_output(Animal, include_raw=True).invoke("How many legs has a cat?")
    assert isinstance(answer["parsed"], Animal)
    assert isinstance(answer["raw"], AIMessage)


def test_structured_output_that_does_not_parse_is_reported_beside_the_raw_answer(smol: ChatLlamaCpp) -> None:
    class Story(BaseModel):
        text: str

    short = ChatLlamaCpp(model=smol.model, max_tokens=3)
    answer = short.with_structured_output(Story, include_raw=True).invoke("Tell a story.")
    assert answer["parsed"] is None
    assert answer["parsing_error"] is not None


def test_an_answer_goes_through_the_chat_template_of_the_file(tiny: ChatLlamaCpp) -> None:
    answer = tiny.invoke("say w")
    assert answer.content == "xyz"
    assert answer.usage_metadata["input_tokens"] == len("[user]say w")


def test_a_template_given_as_an_option_replaces_the_files_own(tiny_gguf: Path) -> None:
    assert ChatLlamaCpp(model=str(tiny_gguf), chat_template="q", max_tokens=2).invoke("a").content == "rs"


def test_an_answer_that_comes_to_its_end_says_so(tiny: ChatLlamaCpp) -> None:
    assert tiny.invoke("say w").response_metadata["finish_reason"] == "stop"


def test_an_answer_that_is_cut_off_says_so(tiny: ChatLlamaCpp) -> None:
    answer = tiny.invoke("say a")
    assert (answer.content, answer.response_metadata["finish_reason"]) == ("bcdefghi", "length")


def test_a_stream_brings_one_token_at_a_time(tiny: ChatLlamaCpp) -> None:
    assert [chunk.content for chunk in tiny.stream("say v")] == ["w", "x", "y", "z", ""]


def test_the_last_chunk_carries_usage_and_finish_reason(tiny: ChatLlamaCpp) -> None:
    *_, last = tiny.stream("say v")
    assert last.chunk_position == "last"
    assert (last.usage_metadata["input_tokens"], last.usage_metadata["output_tokens"]) == (11, 5)
    assert last.response_metadata["finish_reason"] == "stop"


def test_a_stop_string_ends_the_answer_and_is_left_out(tiny: ChatLlamaCpp) -> None:
    answer = tiny.invoke("say a", stop=["zzz", "ef"])
    assert (answer.content, answer.response_metadata["finish_reason"]) == ("bcd", "stop")


def test_log_probabilities_come_with_the_answer_when_asked_for(tiny: ChatLlamaCpp) -> None:
    answer = tiny.invoke("say a", max_tokens=2, logprobs=3)
    tokens = answer.response_metadata["logprobs"]["content"]
    assert [token["token"] for token in tokens] == ["b", "c"]
    assert [len(token["top_logprobs"]) for token in tokens] == [3, 3]


def test_text_is_counted_as_the_model_reads_it(tiny: ChatLlamaCpp) -> None:
    assert [tiny.get_num_tokens(text) for text in ("", "ab", "ba", "é", END_MARKER)] == [0, 1, 2, 2, 1]


def test_messages_are_counted_with_their_template(tiny: ChatLlamaCpp) -> None:
    messages = [SystemMessage("Go on."), HumanMessage("a")]
    assert tiny.get_num_tokens_from_messages(messages) == len("[system]Go on.[user]a")


def test_counting_goes_beyond_the_context(tiny: ChatLlamaCpp) -> None:
    assert tiny.get_num_tokens("x" * 3000) == 3000
    assert tiny.get_num_tokens_from_messages([HumanMessage("x" * 3000)]) == len("[user]") + 3000


@pytest.mark.parametrize("length", [250, 3000])
def test_a_prompt_that_leaves_no_room_for_its_answer_overflows(tiny_gguf: Path, length: int) -> None:
    model = ChatLlamaCpp(model=str(tiny_gguf), n_ctx=256, max_tokens=8)
    with pytest.raises(ContextOverflow) as caught:
        list(model.stream("x" * length))
    assert (caught.value.needed, caught.value.limit) == (len("[user]") + length + 8, 256)


def test_an_answer_may_use_the_last_token_of_the_context(tiny_gguf: Path) -> None:
    model = ChatLlamaCpp(model=str(tiny_gguf), n_ctx=256, max_tokens=8)
    answer = model.invoke("a" * (256 - len("[user]") - 8))
    assert (answer.content, answer.usage_metadata["total_tokens"]) == ("bcdefghi", 256)


def test_an_answer_without_a_bound_may_fill_the_context(tiny_gguf: Path) -> None:
    answer = ChatLlamaCpp(model=str(tiny_gguf), n_ctx=256, max_tokens=None).invoke("a", grammar=ENDLESS)
    assert answer.usage_metadata["total_tokens"] == 256
    assert answer.response_metadata["finish_reason"] == "length"


def test_the_context_is_no_longer_than_the_model_was_trained_for(tiny_gguf: Path) -> None:
    assert ChatLlamaCpp(model=str(tiny_gguf)).context_limit == 512
    with pytest.raises(ConfigError, match="512"):
        ChatLlamaCpp(model=str(tiny_gguf), n_ctx=513)


def test_a_long_context_is_not_taken_up_unless_it_is_asked_for(smollm2: Path) -> None:
    assert ChatLlamaCpp(model=str(smollm2)).context_limit == 4096
    assert ChatLlamaCpp(model=str(smollm2), n_ctx=8192).context_limit == 8192


def test_several_requests_at_a_time_have_a_whole_context_each(tiny_gguf: Path) -> None:
    model = ChatLlamaCpp(model=str(tiny_gguf), n_ctx=256, parallel=3, max_tokens=3)
    answers = model.batch(["x" * 200 + letter for letter in "abcdef"])
    assert [answer.content for answer in answers] == ["bcd", "cde", "def", "efg", "fgh", "ghi"]


def test_halves_of_surrogate_pairs_do_not_break_a_request(tiny: ChatLlamaCpp) -> None:
    assert tiny.invoke("\ud83d a").content == "bcdefghi"


def test_an_image_is_refused_by_name(tiny: ChatLlamaCpp) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(GenerationError, match="image_url"):
        tiny.invoke([HumanMessage(content=["Look:", image])])


def test_a_grammar_that_does_not_parse_is_a_generation_error(tiny: ChatLlamaCpp) -> None:
    with pytest.raises(GenerationError, match="refused"):
        tiny.invoke("a", grammar="root ::= (")


def test_a_misspelt_option_of_a_call_is_a_config_error(tiny: ChatLlamaCpp) -> None:
    with pytest.raises(ConfigError, match="temprature"):
        tiny.invoke("a", temprature=0)


def test_many_threads_can_ask_at_once(tiny: ChatLlamaCpp) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda letter: tiny.invoke(letter, max_tokens=1).content, "cdefghijklmnop"))
    assert answers == list("defghijklmnopq")


async def test_async_streams_work_too(tiny: ChatLlamaCpp) -> None:
    assert [chunk.content async for chunk in tiny.astream("say x")] == ["y", "z", ""]


def test_a_reader_who_walks_away_frees_the_model_for_the_next(smol: ChatLlamaCpp) -> None:
    stream = smol.stream("Go on.", max_tokens=3000, grammar=ENDLESS)
    next(stream)
    stream.close()
    assert smol.invoke(CATS, max_tokens=1).usage_metadata["output_tokens"] == 1


def test_instances_with_the_same_settings_share_a_model(tiny_gguf: Path) -> None:
    first, second = (ChatLlamaCpp(model=str(tiny_gguf), temperature=heat) for heat in (0.0, 1.0))
    assert first.load() is second.load()
    assert first.load() is not ChatLlamaCpp(model=str(tiny_gguf), n_ctx=256).load()


def test_a_model_that_was_never_asked_anything_lets_go_at_once(tiny_gguf: Path) -> None:
    for size in (256, 512) * 10:
        ChatLlamaCpp(model=str(tiny_gguf), n_ctx=size, threads=1).load()


def test_a_closed_model_comes_back_when_it_is_needed(tiny_gguf: Path) -> None:
    model = ChatLlamaCpp(model=str(tiny_gguf), threads=1, max_tokens=1)
    assert model.invoke("a").content == "b"
    model.close()
    assert model.invoke("a").content == "b"


def test_a_file_that_was_replaced_is_loaded_anew(tiny_gguf: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(tiny_gguf.read_bytes())
    before = ChatLlamaCpp(model=str(file)).load()
    file.write_bytes(tiny_gguf.read_bytes() + b"\0" * 32)
    assert ChatLlamaCpp(model=str(file)).load() is not before


def test_a_catalogue_name_and_options_make_a_spec(smollm2: Path) -> None:
    model = load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?n_ctx=512&max_tokens=2&stop=cat")
    assert isinstance(model, ChatLlamaCpp)
    assert (model.n_ctx, model.max_tokens, model.stop, model.context_limit) == (512, 2, ["cat"], 512)


def test_an_unknown_option_is_a_config_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"'max_token'.*did you mean 'max_tokens'"):
        load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?max_token=2")


def test_a_wrong_value_is_a_config_error(tiny_gguf: Path) -> None:
    with pytest.raises(ConfigError, match="top_p"):
        load_generator(f"llamacpp:{tiny_gguf}?top_p=3")


def test_tools_are_refused_by_name_and_token_ids_in_favour_of_counts(tiny: ChatLlamaCpp) -> None:
    with pytest.raises(ConfigError, match="ChatLlamaCpp takes no tools"):
        tiny.get_num_tokens_from_messages([HumanMessage("a")], tools=[{"name": "clock"}])
    with pytest.raises(GenerationError, match="use get_num_tokens"):
        tiny.get_token_ids("a")


def test_a_missing_file_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="there is no file"):
        ChatLlamaCpp(model="missing/model.gguf")


def test_a_file_that_is_no_gguf_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_text("not a model")
    with pytest.raises(ModelError, match="no GGUF file"):
        ChatLlamaCpp(model=str(tmp_path / "model.gguf"))


def test_a_truncated_file_is_a_model_error(tiny_gguf: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "model.gguf"
    damaged.write_bytes(tiny_gguf.read_bytes()[:500_000])
    with pytest.raises(ModelError, match="damaged or incomplete"):
        ChatLlamaCpp(model=str(damaged)).load()


def test_an_architecture_that_the_runtime_does_not_know_is_a_model_error(tiny_gguf: Path, tmp_path: Path) -> None:
    unknown = tmp_path / "model.gguf"
    unknown.write_bytes(tiny_gguf.read_bytes().replace(b"llama", b"lhama"))
    with pytest.raises(ModelError, match="newer than the installed xllamacpp"):
        ChatLlamaCpp(model=str(unknown)).load()


def test_a_folder_stands_for_its_only_gguf_file(tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no \.gguf files"):
        ChatLlamaCpp(model=str(tmp_path))
    (tmp_path / "model.gguf").symlink_to(tiny_gguf)
    assert ChatLlamaCpp(model=str(tmp_path)).context_limit == 512


def test_plain_messages_are_continued_without_a_chat_template(tiny: ChatLlamaCpp) -> None:
    answer = tiny.bind(plain=True, max_tokens=3).invoke([HumanMessage("ab"), HumanMessage("cd")])
    assert answer.text == "efg"
    assert answer.usage_metadata["input_tokens"] < tiny.invoke("abcd").usage_metadata["input_tokens"]


def test_plain_text_held_to_a_grammar_says_nothing_else(smol: ChatLlamaCpp) -> None:
    held = smol.bind(plain=True, grammar='root ::= " " ("Rome" | "Oslo") "\\n"')
    assert held.invoke("The capital of Norway is").text == " Oslo\n"
