"""Replies that are kept: only whole ones, only for the same call, in a file that survives."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from ragkit import Index
from ragkit.core.errors import ConfigError
from ragkit.generate.generator import Generator, fingerprint, load
from ragkit.generate.usage.cache import Reply, ReplyCache, key_of
from ragkit.testing import ScriptedChat

QUESTION = "How many days of parental leave are there?"
ASKED = [HumanMessage("Say yes.")]


class Cut(ScriptedChat):
    """Loses its connection in the middle of every reply."""

    def _stream(self, *arguments: Any, **options: Any) -> Any:
        yield next(super()._stream(*arguments, **options))


def said(generator: Generator, **options: Any) -> str:
    return "".join(str(part.text) for part in generator.stream(ASKED, **options))


def test_a_reply_is_kept_for_the_same_call_and_no_other(tmp_path: Path) -> None:
    chat = ScriptedChat(replies=["one", "two", "three", "four"])
    generator = Generator("", chat, ReplyCache(tmp_path / "replies"), lambda: "state")
    assert [said(generator), said(generator)] == ["one", "one"]
    assert said(generator, max_tokens=3) == "two"
    assert said(replace(generator, state=lambda: "other")) == "three"
    assert len(chat.asked) == 3


def test_sync_and_async_share_what_is_kept(tmp_path: Path) -> None:
    chat = ScriptedChat(replies=["one", "two"])
    generator = Generator("", chat, ReplyCache(tmp_path / "replies"))

    async def gathered() -> list[AIMessageChunk]:
        return [part async for part in generator.astream(ASKED)]

    assert "".join(str(part.text) for part in asyncio.run(gathered())) == "one"
    assert said(generator) == "one"
    (part,) = asyncio.run(gathered())
    assert part.response_metadata == {"finish_reason": "stop", "cached_reply": True}


def test_a_reply_that_was_cut_off_is_not_kept(tmp_path: Path) -> None:
    generator = Generator("", Cut(replies=["one and more"], cuts=[3]), ReplyCache(tmp_path / "replies"))
    said(generator)
    said(generator)
    assert len(generator.chat.asked) == 2  # type: ignore[attr-defined]


def test_a_stream_that_is_left_early_is_not_kept(tmp_path: Path) -> None:
    generator = Generator("", ScriptedChat(replies=["one", "two"], cuts=[1]), ReplyCache(tmp_path / "replies"))
    next(generator.stream(ASKED))
    assert said(generator) == "two"


def test_what_is_drawn_by_chance_is_not_kept(tmp_path: Path, models_dir: Path) -> None:
    spec = "llamacpp:SmolLM2-135M-Instruct-Q4_1?temperature=1.5&max_tokens=8"
    generator = replace(load(spec), cache=ReplyCache(tmp_path / "replies"))
    assert len({said(generator) for _ in range(6)}) > 1
    seeded = replace(load(f"{spec}&seed=3"), cache=generator.cache)
    assert said(seeded) == said(seeded)


def test_an_answer_from_the_cache_is_the_same_and_takes_no_tokens(handbook: Index, tmp_path: Path) -> None:
    index = Index(handbook.folder, cache=tmp_path / "replies")
    first, again = (index.ask(QUESTION, mode="short") for _ in range(2))
    assert first.usage["output_tokens"] > 0
    assert again.usage == {"cached_replies": 1}
    assert (again.text, again.citations) == (first.text, first.citations)
    assert Index(handbook.folder).ask(QUESTION, mode="short").usage["output_tokens"] > 0


def test_another_file_of_the_same_name_is_another_model(tmp_path: Path, models_dir: Path) -> None:
    from ragkit import models

    original = models.path("SmolLM2-135M-Instruct-Q4_1")
    copy = tmp_path / "model.gguf"
    copy.write_bytes(original.read_bytes()[:1000])
    before = fingerprint(Generator(f"llamacpp:{copy}", ScriptedChat(replies=[""])))
    copy.write_bytes(original.read_bytes()[:1001])
    assert fingerprint(Generator(f"llamacpp:{copy}", ScriptedChat(replies=[""]))) != before


def test_the_least_used_replies_go_first(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "replies", largest=3000)
    for name in "abc":
        cache.put(name, Reply(name * 900))
    assert cache.get("a")
    cache.put("d", Reply("d" * 900))
    assert [name for name in "abcd" if cache.get(name)] == ["a", "c", "d"]


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    cache = ReplyCache(path)
    cache.put("k", Reply("kept", 1, 2))
    assert cache.get("k") == Reply("kept", 1, 2)
    assert (tmp_path / "replies.damaged").exists()


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    program = (
        "import sys; from pathlib import Path; from ragkit.generate.usage.cache import Reply, ReplyCache\n"
        "cache = ReplyCache(Path(sys.argv[1]))\n"
        "[cache.put(f'{sys.argv[2]}{n}', Reply('x')) for n in range(50)]"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in "ab"]
    assert [child.wait(60) for child in children] == [0, 0]
    assert all(ReplyCache(path).get(f"{name}{number}") for name in "ab" for number in range(50))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="give another place"):
        ReplyCache(tmp_path / "file" / "replies")


def test_keys_tell_every_part_apart() -> None:
    parts = [
        ("m", "s", ASKED, {}),
        ("n", "s", ASKED, {}),
        ("m", "t", ASKED, {}),
        ("m", "s", [], {}),
        ("m", "s", ASKED, {"a": 1}),
    ]
    assert len({key_of(*each) for each in parts}) == len(parts)
