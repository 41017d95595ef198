"""Replies as they really come, from a real server on this machine: reasoning, room for it, ends, missing features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from ragkit import load_generator
from ragkit.core.errors import ContextOverflow, GenerationError
from ragkit.core.messages import cut_of, usage_of
from ragkit.generate.generator import Generator, as_generator
from ragkit.generate.replies import REASONING_TOKENS, Traits, estimated
from ragkit.testing import ReplyServer, ScriptedChat, ServerReply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASK = [SystemMessage("Be short."), HumanMessage("What does it cost?")]
OK = "It costs 4 euros."
REASONED = f"<think>\nFive? No.\n</think>\n\n{OK}"


@pytest.fixture(scope="module")
def server() -> Iterator[ReplyServer]:
    with ReplyServer() as made:
        yield made


def streamed(generator: Generator, **options: Any) -> list[str]:
    return [str(each.text) for each in generator.stream(ASK, **options) if each.text]


# -- reasoning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["deepseek-r1", "some-instruct", "unheard-of"])
def test_reasoning_is_in_no_reply(server: ReplyServer, model: str):
    server.reply(REASONED)
    generator = as_generator(server.spec(model))
    assert generator.reply(ASK)[0] == OK
    assert "".join(streamed(generator)) == OK


@pytest.mark.parametrize("model", ["deepseek-r1", "unheard-of"])
def test_nor_is_it_where_the_opening_tag_is_missing(server: ReplyServer, model: str):
    server.reply(REASONED.removeprefix("<think>\n"))
    assert "".join(streamed(as_generator(server.spec(model)))) == OK


async def test_nor_for_coroutines(server: ReplyServer):
    server.reply(REASONED)
    generator = as_generator(server.spec("deepseek-r1", "&timeout=62"))
    assert "".join([str(each.text) async for each in generator.astream(ASK)]) == OK


def test_a_model_that_was_seen_not_to_reason_streams(server: ReplyServer):
    server.reply("It costs 4 euros, or 5.")
    generator = as_generator(server.spec("unheard-of"))
    assert len(streamed(generator)) == 1
    assert len(streamed(generator)) > 2


@pytest.mark.parametrize(
    ("name", "traits"),
    [
        ("openai:o3-mini", Traits(reasons=True, inline=False)),
        ("openai:openai/gpt-5-mini", Traits(reasons=True, inline=False)),
        ("openai:deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", Traits(reasons=True)),
        ("openai:qwen3-8b", Traits(reasons=True)),
        ("openai:Qwen/Qwen3-8B-Instruct", Traits(inline=False)),
        ("openai:gpt-4o-mini", Traits(inline=False)),
        ("llamacpp:some.gguf", Traits(inline=False)),
        ("openai:my-deployment", Traits()),
    ],
)
def test_names_tell_what_reasons(name: str, traits: Traits):
    assert Traits.of(name) == traits


# -- room ------------------------------------------------------------------------------------------------------------


def thinker(need: int) -> Callable[[dict[str, Any]], ServerReply]:
    """Spend so many tokens on reasoning that is kept from the reply, as hosted models do."""

    def answer(asked: dict[str, Any]) -> ServerReply:
        room = asked.get("max_completion_tokens", need)
        return ServerReply(None, "length") if room < need else ServerReply(OK)

    return answer


def test_a_model_known_to_reason_gets_room_at_once(server: ReplyServer):
    server.reply(OK)
    server.answer = thinker(300)
    assert as_generator(server.spec("gpt-5-mini")).reply(ASK, max_tokens=40)[0] == OK
    assert [each["max_completion_tokens"] for each in server.seen] == [40 + REASONING_TOKENS]


def test_another_gets_it_after_a_reply_that_says_nothing_for_its_length(server: ReplyServer):
    server.reply(OK)
    server.answer = thinker(300)
    generator = as_generator(server.spec("my-deployment"))
    reply, usage = generator.reply(ASK, max_tokens=40)
    assert reply == OK
    assert usage["input_tokens"] == 200  # both calls are counted
    generator.reply(ASK, max_tokens=40)
    assert [each["max_completion_tokens"] for each in server.seen] == [40, 40 + REASONING_TOKENS, 40 + REASONING_TOKENS]


@pytest.mark.parametrize("option", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("model", ["gpt-5-mini", "some-instruct"])
def test_the_specs_own_limit_wins(server: ReplyServer, model: str, option: str):
    server.reply(OK)
    generator = as_generator(server.spec(model, f"&{option}=700"))
    generator.reply(ASK, max_tokens=40)
    assert server.seen[0]["max_completion_tokens"] == 700
    assert generator.limit(40) == 700


def test_an_empty_reply_within_the_specs_own_limit_is_told_and_not_asked_for_again(server: ReplyServer):
    server.reply(ServerReply(None, "length", reasoning="hm"))
    text, _, cut = as_generator(server.spec("some-instruct", "&max_tokens=9")).full_reply(ASK, max_tokens=40)
    assert (text, len(server.seen)) == ("", 1)
    assert "before it said anything" in cut


def test_a_model_object_keeps_the_limit_it_was_made_with(server: ReplyServer):
    chat = load_generator(server.spec("some-instruct", "&max_tokens=700"))
    assert Generator("", chat).limit(40) == 700
    assert Generator("", ScriptedChat(replies=[OK])).limit(40) == 40


# -- ends and tokens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("finish", "words"), [("length", "length"), ("content_filter", "filter"), ("error", "error")])
def test_the_last_message_says_why_a_reply_was_cut_off(server: ReplyServer, finish: str, words: str):
    server.reply(ServerReply("It costs", finish))
    generator = as_generator(server.spec())
    *first, last = generator.stream(ASK)
    assert words in cut_of(last)
    assert not any(map(cut_of, first))


def test_a_whole_reply_was_not_cut_off(server: ReplyServer):
    server.reply(OK)
    *_, last = as_generator(server.spec()).stream(ASK)
    assert cut_of(last) == ""
    assert usage_of(last) == {"input_tokens": 100, "output_tokens": 20}


def test_a_reply_from_the_cache_is_as_cut_off_as_it_was(server: ReplyServer, tmp_path: Any):
    server.reply(ServerReply("It costs", "length"))
    generator = as_generator(server.spec("some-instruct", "&seed=1"), tmp_path / "replies")
    first, again = generator.full_reply(ASK), generator.full_reply(ASK)
    assert (first[0], first[2]) == (again[0], again[2])
    assert len(server.seen) == 1


def test_totals_on_each_piece_are_not_added_up(server: ReplyServer):
    server.reply(ServerReply(OK, counts=lambda number: {"prompt_tokens": 100, "completion_tokens": number + 1}))
    chunks = list(load_generator(server.spec()).stream(ASK))
    assert sum(each.usage_metadata["input_tokens"] for each in chunks if each.usage_metadata) == 100
    assert sum(each.usage_metadata["output_tokens"] for each in chunks if each.usage_metadata) == 3
    assert as_generator(server.spec()).reply(ASK)[1] == {"input_tokens": 100, "output_tokens": 3}


# -- what servers lack -----------------------------------------------------------------------------------------------


def refusing(lacks: Callable[[dict[str, Any]], bool], status: int, body: str) -> Callable[[dict[str, Any]], Any]:
    return lambda asked: ServerReply(status=status, body=body) if lacks(asked) else OK


LACKING = {
    "stream_options": refusing(
        lambda asked: "stream_options" in asked,
        422,
        '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],'
        '"msg":"Extra inputs are not permitted"}]}}',
    ),
    "temperature": refusing(
        lambda asked: "temperature" in asked,
        400,
        '{"error":{"message":"Unsupported value: temperature does not support 0 with this model.","code":null}}',
    ),
    "system": refusing(
        lambda asked: asked["messages"][0]["role"] == "system", 400, '{"error":{"message":"System role not supported"}}'
    ),
    "template": refusing(
        lambda asked: asked["messages"][0]["role"] == "system",
        500,
        '{"error":"Conversation roles must alternate user/assistant/user/assistant/..."}',
    ),
    "max_completion_tokens": refusing(
        lambda asked: "max_completion_tokens" in asked,
        400,
        '{"detail":"Unrecognized request argument supplied: max_completion_tokens"}',
    ),
    "response_format": refusing(
        lambda asked: "response_format" in asked,
        400,
        '{"error":{"message":"This response_format type is unavailable now"}}',
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_a_server_refuses_is_left_out_from_then_on(server: ReplyServer, name: str):
    server.reply(OK)
    server.answer = LACKING[name]
    generator = as_generator(server.spec("some-instruct", "&max_retries=0"))
    schema = {"type": "object", "properties": {"cost": {"type": "string"}}}
    for _ in range(2):
        assert generator.reply(ASK, schema=schema, max_tokens=40)[0] == OK
    assert len(server.seen) == 3
    assert "4 euros" in load_generator(server.spec("some-instruct", "&max_retries=0")).invoke(ASK).text


def test_what_is_left_out_is_said_in_another_way_where_there_is_one(server: ReplyServer):
    server.reply(OK)
    server.answer = lambda asked: LACKING["system"](asked) if len(server.seen) < 3 else LACKING["temperature"](asked)
    load_generator(server.spec("some-instruct", "&max_retries=0")).invoke(ASK)
    assert server.seen[-1]["messages"] == [{"role": "user", "content": "Be short.\n\nWhat does it cost?"}]
    server.reply(OK)
    server.answer = LACKING["max_completion_tokens"]
    as_generator(server.spec("some-instruct")).reply(ASK, max_tokens=40)
    assert server.seen[-1]["max_tokens"] == 40


def test_an_error_about_something_else_is_an_error(server: ReplyServer):
    server.reply(ServerReply(status=400, body='{"error":{"message":"the temperature in the hall is of no use"}}'))
    chat = load_generator(server.spec("gpt-5-mini", "&max_retries=0"))  # to which no temperature is sent
    with pytest.raises(GenerationError, match="in the hall"):
        chat.invoke(ASK)
    assert len(server.seen) == 1


def test_a_reply_in_one_piece_to_a_streamed_request_is_a_reply(server: ReplyServer):
    whole = (
        '{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
        '{"role":"assistant","content":"It costs 4 euros."},"finish_reason":"length"}],'
        '"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}'
    )
    server.reply(ServerReply(body=whole))
    text, usage, cut = as_generator(server.spec()).full_reply(ASK)
    assert (text, usage) == (OK, {"input_tokens": 7, "output_tokens": 5})
    assert "length" in cut
    assert len(server.seen) == 1


def test_the_mark_that_ends_a_stream_is_an_end(server: ReplyServer):
    server.reply(ServerReply(OK, finish=""))
    assert as_generator(server.spec()).reply(ASK)[0] == OK
    assert len(server.seen) == 1


# -- what servers say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "words", "retryable"),
    [
        (ServerReply(body='{"error":{"message":"model m not found, try pulling it first"}}'), "try pulling", False),
        (ServerReply(body="<html>login</html>", content_type="text/html"), "web page.*base_url", False),
        (ServerReply(status=422, body='{"detail":"top_k must be positive"}'), "top_k must be positive", False),
        (ServerReply(status=400, body='{"object":"error","message":{"reason":"no such user"}}'), "no such user", False),
        (ServerReply(status=400, body="plain words"), "plain words", False),
        (ServerReply(events=({"error": {"message": "Provider disconnected", "code": 502}},)), "disconnected", True),
        (
            ServerReply(status=429, body='{"error":{"message":"You exceeded it","code":"insufficient_quota"}}'),
            "add credit",
            False,
        ),
    ],
    ids=["200 with an error", "a web page", "FastAPI", "nested", "no JSON", "an event", "quota"],
)
def test_the_servers_words_are_in_the_error(server: ReplyServer, reply: ServerReply, words: str, retryable: bool):
    server.reply(reply)
    with pytest.raises(GenerationError, match=words) as caught:
        as_generator(server.spec("some-instruct", "&max_retries=0")).reply(ASK)
    assert caught.value.retryable is retryable
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "needed", "limit"),
    [
        (
            (
                '{"error":"Trying to keep the first 5120 tokens when context the overflows. However, the model is '
                'loaded with context length of only 4096 tokens"}'
            ),
            5120,
            4096,
        ),
        (
            (
                "{\"error\":{\"message\":\"'max_tokens' or 'max_completion_tokens' is too large: 256. This model's "
                'maximum context length is 2048 tokens and your request has 1900 input tokens (256 > 2048 - 1900)."}}'
            ),
            2156,
            2048,
        ),
    ],
    ids=["LM Studio", "vLLM"],
)
def test_a_prompt_that_is_too_long_is_an_overflow_whatever_form_it_comes_in(
    server: ReplyServer, body: str, needed: int, limit: int
):
    server.reply(ServerReply(status=400, body=body))
    with pytest.raises(ContextOverflow) as caught:
        as_generator(server.spec("some-instruct", "&max_retries=0")).reply(ASK)
    assert (caught.value.needed, caught.value.limit) == (needed, limit)


def test_a_reply_without_a_choice_is_an_error_of_ragkits_own(server: ReplyServer):
    server.reply(ServerReply(body='{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[]}'))
    with pytest.raises(GenerationError, match="no choice"):
        load_generator(server.spec("some-instruct", "&max_retries=0")).invoke(ASK)


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_reply_without_end_is_given_up(server: ReplyServer, how: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ragkit.generate.hosted.wire.LARGEST_REPLY", 2**20)
    server.reply(ServerReply("and so on " * 200_000, size=1000))
    with pytest.raises(GenerationError, match="has no end"):
        list(getattr(load_generator(server.spec()), how)(ASK))


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_so_is_one_that_takes_too_long(server: ReplyServer, how: str):
    server.reply(ServerReply("and so on " * 2000))
    with pytest.raises(GenerationError, match="longest_reply"):
        list(getattr(load_generator(server.spec("some-instruct", "&longest_reply=0.000001")), how)(ASK))


def test_a_prompt_does_not_follow_where_a_server_points(server: ReplyServer):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(307)
            self.send_header("Location", f"{server.base_url}/chat/completions")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server.reply(OK)
    elsewhere = HTTPServer(("127.0.0.1", 0), Redirect)
    Thread(target=elsewhere.handle_request, daemon=True).start()
    with pytest.raises(GenerationError):
        load_generator(f"openai:m?base_url=http://127.0.0.1:{elsewhere.server_port}/v1&max_retries=0").invoke(ASK)
    elsewhere.server_close()
    assert server.seen == []


# -- the estimate ----------------------------------------------------------------------------------------------------

SCRIPTS = {
    "English": "The harbour master must be notified of every arrival before the ship enters the inner harbour.",
    "German": "Der Hafenmeister ist über jede Ankunft zu unterrichten, bevor das Schiff in den Innenhafen einfährt.",
    "Chinese": "根据规定，所有船舶必须在到达前二十四小时通知港口管理员。",
    "Korean": "모든 선박은 도착 이십사 시간 전에 항만 관리자에게 통보해야 한다.",
    "Hindi": "नियम के अनुसार सभी जहाजों को आगमन से चौबीस घंटे पहले बंदरगाह अधिकारी को सूचित करना होगा।",
    "Greek": "Σύμφωνα με τον κανόνα όλα τα πλοία πρέπει να ειδοποιούν τον λιμενάρχη πριν από την άφιξη.",
    "Amharic": "ሁሉም መርከቦች ከመድረሳቸው በፊት ለወደቡ ኃላፊ ማሳወቅ አለባቸው።",
    "Arabic": "يجب على جميع السفن إخطار مدير الميناء قبل أربع وعشرين ساعة من وصولها.",
    "digits": "31415926535 89793238462 64338327950 28841971693 99375105820",
    "JSON": '{"id": 17, "name": "Isbel Harrow", "ports": ["Elgin", "Velm"], "length_m": 84.5, "built": 1987}',
    "emoji": "🚢⚓🌊 🛳️🧭🐚 🦀🐬🌅",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_the_estimate_is_not_far_below_what_a_tokenizer_counts(text: str):
    from ragkit import models

    name = "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M"
    if models.locate(name) is None:
        pytest.skip(f"{name} is not on this machine")
    real = load_generator(name).get_num_tokens(text)
    assert estimated(text) >= 0.95 * real
    assert estimated(text) <= 3 * real
