"""ChatTransformers over tiny models that say the letters after the last one of their prompt."""

from __future__ import annotations

import json
import logging
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from ragkit.core.errors import ConfigError, ContextOverflow, GenerationError, ModelError
from ragkit.generate import ChatLlamaCpp, ChatTransformers, load_generator

if TYPE_CHECKING:
    from pathlib import Path

SYSTEMLESS = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{{ m.content }}{% endfor %}"
)


@pytest.fixture
def llama(llama_folder: Path) -> ChatTransformers:
    return ChatTransformers(model=str(llama_folder), max_tokens=8)


def test_a_causal_model_goes_on_from_its_prompt(llama: ChatTransformers) -> None:
    assert llama.invoke("say a").content == "bcdefghi"


def test_an_answer_that_comes_to_its_end_says_so(llama: ChatTransformers) -> None:
    answer = llama.invoke("say w")
    assert answer.content == "xyz"
    assert answer.response_metadata["finish_reason"] == "stop"


def test_an_answer_that_is_cut_off_says_so(llama: ChatTransformers) -> None:
    assert llama.invoke("say a").response_metadata["finish_reason"] == "length"


def test_usage_counts_prompt_and_answer_with_its_end(llama: ChatTransformers) -> None:
    usage = llama.invoke("say w").usage_metadata
    assert usage == {"input_tokens": len("[user]say w"), "output_tokens": 4, "total_tokens": 15}


def test_a_sequence_to_sequence_model_answers(bart_folder: Path) -> None:
    answer = ChatTransformers(model=str(bart_folder)).invoke("anything")
    assert answer.content == "abcdefghijklmnopqrstuvwxyz"


def test_a_summary_that_is_cut_off_does_not_pass_for_a_whole_one(bart_folder: Path) -> None:
    answer = ChatTransformers(model=str(bart_folder), max_tokens=4).invoke("anything")
    assert (answer.content, answer.response_metadata["finish_reason"]) == ("abcd", "length")


def test_a_model_without_a_chat_template_gets_the_plain_text(gpt2_folder: Path) -> None:
    model = ChatTransformers(model=str(gpt2_folder), max_tokens=3)
    answer = model.invoke([SystemMessage("Go on."), HumanMessage("m")])
    assert answer.content == "nop"
    assert answer.usage_metadata["input_tokens"] == len("Go on.\n\nm")


def test_a_conversation_without_a_chat_template_names_the_speakers(gpt2_folder: Path) -> None:
    model = ChatTransformers(model=str(gpt2_folder))
    tokens = model.get_num_tokens_from_messages([HumanMessage("a"), AIMessage("b"), HumanMessage("c")])
    assert tokens == len("User: a\n\nAssistant: b\n\nUser: c\n\nAssistant:")


def test_a_template_given_as_an_option_replaces_the_models_own(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), chat_template="q", max_tokens=2)
    assert model.invoke("a").content == "rs"


def test_a_system_message_goes_into_the_question_where_the_template_has_no_place_for_it(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), chat_template=SYSTEMLESS, max_tokens=2)
    answer = model.invoke([SystemMessage("Go on."), HumanMessage("m")])
    assert answer.content == "no"
    assert answer.usage_metadata["input_tokens"] == len("Go on.\n\nm")


def test_messages_that_a_template_refuses_are_a_generation_error(llama_folder: Path) -> None:
    model = ChatTransformers(model=str(llama_folder), chat_template="{{ raise_exception('never') }}")
    with pytest.raises(GenerationError, match="never"):
        model.invoke("a")


def test_a_stream_brings_one_letter_at_a_time(llama: ChatTransformers) -> None:
    assert [chunk.content for chunk in llama.stream("say v")] == ["w", "x", "y", "z", ""]


def test_the_last_chunk_carries_usage_and_finish_reason(llama: ChatTransformers) -> None:
    *_, last = llama.stream("say v")
    assert last.chunk_position == "last"
    assert last.usage_metadata["output_tokens"] == 5
    assert last.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", [["ef"], ["cdefg", "ef"], ["zzz", "e"]])
def test_a_stop_string_ends_stream_and_answer_alike(llama: ChatTransformers, stop: list[str]) -> None:
    streamed = "".join(str(chunk.content) for chunk in llama.stream("say a", stop=stop))
    answer = llama.invoke("say a", stop=stop)
    assert streamed == answer.content == "bcd"
    assert answer.response_metadata["finish_reason"] == "stop"


def test_a_stop_string_of_the_prompt_stops_nothing(llama: ChatTransformers) -> None:
    assert llama.invoke("say a", stop=["say"]).content == "bcdefghi"


def test_answers_of_a_batch_are_the_answers_one_by_one(llama: ChatTransformers) -> None:
    questions = ["a", "a longer question, b", "x", "m", "this one stops at once: z", "k", "v", "abcdefg"]
    assert [answer.content for answer in llama.batch(questions)] == [llama.invoke(text).content for text in questions]


async def test_async_batches_work_too(llama: ChatTransformers) -> None:
    assert [answer.content for answer in await llama.abatch(["u", "v"])] == ["vwxyz", "wxyz"]


def test_beams_give_the_same_text_streamed_or_not(llama: ChatTransformers) -> None:
    chunks = list(llama.stream("say r", num_beams=3))
    assert "".join(str(chunk.content) for chunk in chunks) == llama.invoke("say r", num_beams=3).content == "stuvwxyz"


def test_a_seed_makes_sampling_repeatable_and_leaves_torch_its_own(llama: ChatTransformers) -> None:
    import torch

    torch.manual_seed(1)
    state = torch.get_rng_state()
    first, second = (llama.invoke("a", temperature=50.0, seed=7).content for _ in range(2))
    assert first == second != llama.invoke("a", temperature=50.0, seed=8).content
    assert torch.equal(torch.get_rng_state(), state)


def test_a_prompt_that_leaves_no_room_for_its_answer_overflows(llama: ChatTransformers) -> None:
    with pytest.raises(ContextOverflow) as caught:
        llama.invoke("a" * 250)
    assert (caught.value.needed, caught.value.limit) == (len("[user]") + 250 + 8, 256)


def test_a_stream_overflows_in_the_same_way(llama: ChatTransformers) -> None:
    with pytest.raises(ContextOverflow):
        list(llama.stream("a" * 250))


def test_a_text_beyond_the_encoders_context_overflows(bart_folder: Path) -> None:
    with pytest.raises(ContextOverflow) as caught:
        ChatTransformers(model=str(bart_folder)).invoke("a" * 65)
    assert (caught.value.needed, caught.value.limit) == (65, 64)


def test_an_answer_without_a_bound_may_fill_the_context(llama_folder: Path) -> None:
    answer = ChatTransformers(model=str(llama_folder), max_tokens=None).invoke("A" * 240)
    assert answer.usage_metadata["total_tokens"] <= 256


def test_an_error_inside_the_generating_thread_reaches_the_reader(llama: ChatTransformers) -> None:
    model = llama.load().loaded.model
    forward, model.forward = model.forward, _broken
    try:
        with pytest.raises(GenerationError, match="out of order"):
            list(llama.stream("a"))
    finally:
        model.forward = forward


def _broken(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("out of order")


def test_a_reader_who_walks_away_frees_the_model_for_the_next(llama: ChatTransformers) -> None:
    stream = llama.stream("A", max_tokens=200)
    next(stream)
    stream.close()
    assert llama.invoke("a", max_tokens=1).content == "b"


def test_tokens_are_counted_by_the_models_own_tokenizer(llama: ChatTransformers) -> None:
    assert llama.get_num_tokens("é!") == 3


def test_instances_with_the_same_settings_share_a_model(llama_folder: Path) -> None:
    first, second = (ChatTransformers(model=str(llama_folder), max_tokens=size) for size in (1, 2))
    assert first.load() is second.load()
    assert first.load() is not ChatTransformers(model=str(llama_folder), dtype="bfloat16").load()


def test_nothing_is_written_to_the_terminal(
    llama_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(llama_folder, tmp_path / "copy")
    with caplog.at_level(logging.WARNING):
        ChatTransformers(model=str(folder), max_tokens=2).invoke("a")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_models_own_sampling_settings_do_not_disturb_a_greedy_answer(
    llama_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(llama_folder, tmp_path / "model")
    settings = json.loads((folder / "generation_config.json").read_text())
    sampling = {"do_sample": True, "temperature": 50.0, "top_p": 0.9, "top_k": 7, "num_beams": 4, "length_penalty": 2.0}
    (folder / "generation_config.json").write_text(json.dumps({**settings, **sampling}))
    with caplog.at_level(logging.WARNING):
        assert ChatTransformers(model=str(folder), max_tokens=3).invoke("a").content == "bcd"
    assert caplog.records == []


def test_a_model_that_is_not_here_is_not_downloaded_but_explained() -> None:
    with pytest.raises(ModelError, match=r"not on this machine.*transformers:nobody/nothing\?download=true"):
        ChatTransformers(model="nobody/nothing").invoke("a")


@pytest.mark.parametrize("name", ["google/lamda-137b", "LaMDA", "microsoft/MT-NLG-530B", "nvidia/Megatron-Turing-NLG"])
def test_families_whose_weights_were_never_published_are_named(name: str) -> None:
    with pytest.raises(ModelError, match="never published"):
        ChatTransformers(model=name, download=True).load()


def test_a_model_that_embeds_is_not_taken_for_one_that_generates(llama_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(llama_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    with pytest.raises(ModelError, match="does not generate text"):
        ChatTransformers(model=str(folder)).load()


def test_damaged_weights_are_a_model_error(llama_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(llama_folder, tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        ChatTransformers(model=str(folder)).load()


def test_pickled_weights_are_refused(llama_folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(llama_folder, tmp_path / "model")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="safetensors"):
        ChatTransformers(model=str(folder)).load()


def test_a_folder_without_a_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        ChatTransformers(model=str(tmp_path)).load()


def test_an_unknown_device_is_a_config_error(llama_folder: Path) -> None:
    with pytest.raises(ConfigError, match="toaster"):
        ChatTransformers(model=str(llama_folder), device="toaster").load()


def test_an_unknown_dtype_is_a_config_error(llama_folder: Path) -> None:
    with pytest.raises(ConfigError, match="float7"):
        ChatTransformers(model=str(llama_folder), dtype="float7").load()


def test_a_spec_sets_the_options(llama_folder: Path) -> None:
    model = load_generator(f"transformers:{llama_folder}?max_tokens=3&stop=z")
    assert model.invoke("a").content == "bcd"
    assert model.invoke("x").content == "y"


def test_a_misspelt_option_of_a_call_is_a_config_error(llama: ChatTransformers) -> None:
    with pytest.raises(ConfigError, match="temprature"):
        llama.invoke("a", temprature=0)


def test_a_gguf_file_answers_as_it_does_in_llamacpp(tiny_gguf: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gguf", reason="GGUF files in transformers need ragkit[gguf]")
    pytest.importorskip("accelerate", reason="GGUF files in transformers need ragkit[gguf]")
    model, other = (kind(model=str(tiny_gguf), max_tokens=8) for kind in (ChatTransformers, ChatLlamaCpp))
    assert model.invoke("say a").content == other.invoke("say a").content == "bcdefghi"
    assert model.get_num_tokens("abcé") == other.get_num_tokens("abcé") == 4
    assert model.context_limit == other.context_limit == 512
    assert capfd.readouterr() == ("", "")
