"""How likely models find a text: over tiny models whose next letter is known, and over SmolLM2."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import HumanMessage

from ragkit.generate import ChatLlamaCpp, ChatTransformers
from ragkit.generate.llamacpp.gguf import GGUFTokens
from ragkit.generate.scoring import Scores, shares

if TYPE_CHECKING:
    from pathlib import Path

ASKED = [HumanMessage("The capital of France is Paris.\nWhat is the capital of France?")]


@pytest.fixture(scope="module")
def smol(smollm2: Path) -> ChatLlamaCpp:
    return ChatLlamaCpp(model=str(smollm2), max_tokens=12)


def test_the_letter_that_must_follow_is_nearly_sure_and_another_is_not(llama_folder: Path, tiny_gguf: Path) -> None:
    for model in (ChatTransformers(model=str(llama_folder)), ChatLlamaCpp(model=str(tiny_gguf))):
        right = model.log_probabilities([HumanMessage("say c")], "def")
        wrong = model.log_probabilities([HumanMessage("say c")], "dxf")
        assert len(right) == len(wrong) == 3
        assert sum(right) > -0.1
        assert wrong[0] == pytest.approx(right[0], abs=1e-3)
        assert wrong[1] < -5


def test_an_encoder_decoder_scores_what_it_would_say(bart_folder: Path) -> None:
    model = ChatTransformers(model=str(bart_folder))
    messages = [HumanMessage("anything")]
    assert sum(model.log_probabilities(messages, "abc")) > sum(model.log_probabilities(messages, "acb")) + 5
    assert model.choice_probabilities(messages, ["a", "b"])[0] > 0.9


def test_the_own_reply_scores_as_it_was_generated(smol: ChatLlamaCpp) -> None:
    # A prompt whose beginning is remembered from an earlier request is read in other batches, which moves roundings.
    smol = smol.model_copy(update={"cache_prompt": False})
    reply = smol.invoke(ASKED, logprobs=1)
    made = [token["logprob"] for token in reply.response_metadata["logprobs"]["content"]]
    assert smol.log_probabilities(ASKED, reply.text) == pytest.approx(made, abs=0.2)


def test_a_text_has_as_many_probabilities_as_tokens(smol: ChatLlamaCpp) -> None:
    for text in ("Normandy is located in France.", "12,345 francs in 1987", 'a "quoted"\nline'):
        assert len(smol.log_probabilities(ASKED, text)) == smol.get_num_tokens(text)


def test_a_text_of_characters_that_take_several_tokens_is_scored(smol: ChatLlamaCpp) -> None:
    assert sum(smol.log_probabilities(ASKED, "漢字 “und” 🦉")) < -20


def test_nothing_costs_nothing(smol: ChatLlamaCpp, llama_folder: Path) -> None:
    assert smol.log_probabilities(ASKED, "") == []
    assert ChatTransformers(model=str(llama_folder)).log_probabilities(ASKED, "") == []


def test_the_likelier_word_gets_the_larger_share(smol: ChatLlamaCpp) -> None:
    paris, banana = smol.choice_probabilities(ASKED, ["Paris", "banana"])
    assert 1 >= paris > banana >= 0


def test_shares_count_upper_and_lower_case_and_beginnings_as_the_same_word() -> None:
    told = [
        {"token": " Yes", "logprob": math.log(0.5)},
        {"token": "y", "logprob": math.log(0.2)},
        {"token": "n", "logprob": -1},
    ]
    assert shares(told, ["yes", "no"]) == pytest.approx([0.7, math.exp(-1)])


def test_what_several_words_begin_with_is_shared_evenly() -> None:
    assert shares([{"token": "s", "logprob": 0.0}], ["sun", "sea", "moon"]) == [0.5, 0.5, 0.0]


def test_token_ids_are_told_only_where_their_count_is_right(smollm2: Path, smol: ChatLlamaCpp) -> None:
    tokens = GGUFTokens(smollm2)
    text = "Herons wait."
    count = smol.get_num_tokens(text)
    assert len(tokens.ids(text, count)) == count
    assert tokens.ids(text, count + 1) == []


def test_both_local_backends_score(smol: ChatLlamaCpp, llama_folder: Path) -> None:
    assert isinstance(smol, Scores)
    assert isinstance(ChatTransformers(model=str(llama_folder)), Scores)
