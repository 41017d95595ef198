"""``ragkit chat`` as a user meets it, through a pipe and stopped in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit import Index
from ragkit.core.settings import load_settings

Chat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def chat(handbook: Index, tmp_path: Path) -> Chat:
    def run(typed: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ragkit", "chat", "--index", str(handbook.folder), "--sessions", "chat.db"]
        done = subprocess.run(
            [*command, *words],
            input=typed,
            cwd=tmp_path,
            env={**os.environ, "RAGKIT_MODELS_DIR": str(load_settings().models_dir)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def test_a_conversation_is_answered_kept_and_gone_on_with(chat: Chat, tmp_path: Path):
    first = chat("How many days of parental leave are there?\n", "--mode", "quote", "--session", "talk")
    assert first.returncode == 0
    assert "80 days of parental leave" in first.stdout
    assert "--session 'talk'" in first.stderr
    typed = "Can it be taken in blocks?\n/history\n/export talk.json\n"
    second = chat(typed, "--mode", "quote", "--session", "talk")
    assert "three blocks" in second.stdout
    assert "(understood as: Can it be taken in blocks? (days parental leave))" in second.stdout
    assert "2. Can it be taken in blocks?" in second.stdout
    told = json.loads((tmp_path / "talk.json").read_text("utf-8"))
    assert [each["asked"] for each in told] == [
        "How many days of parental leave are there?",
        "Can it be taken in blocks?",
    ]
    assert "talk  2 turns" in chat("", "--list").stdout
    assert json.loads(chat("", "--list", "--json").stdout)["sessions"][0]["turns"] == 2


def test_commands_do_what_they_say(chat: Chat):
    typed = "/help\n/sources\n/mode odd\n/mode quote\n/k x\n/k 3\n/nonsense\n/undo\n/why\n/sessions\n/quit\nnot asked\n"
    run = chat(typed, "--session", "a")
    assert run.returncode == 0
    assert "/undo      take back" in run.stdout
    assert "[]" in run.stdout
    assert "there is nothing to take back" in run.stdout
    assert "unknown answer mode 'odd'" in run.stderr
    assert "such as /k 8" in run.stderr
    assert "no command /nonsense" in run.stderr
    assert "a  0 turns" in run.stdout


def test_answers_come_as_lines_of_json(chat: Chat):
    run = chat("How many days of parental leave are there?\n", "--mode", "quote", "--json")
    told = json.loads(run.stdout)
    assert told["asked"] == told["question"] == "How many days of parental leave are there?"
    assert told["citations"]


def test_conversations_are_forgotten_by_name(chat: Chat):
    chat("", "--session", "a")
    assert chat("", "--session", "a", "--forget").returncode == 0
    assert chat("", "--list").stdout == ""
    assert "--list shows them" in chat("", "--session", "a", "--forget").stderr


def test_ctrl_c_stops_a_reply_and_not_the_conversation(handbook: Index, tmp_path: Path):
    command = [sys.executable, "-c", _SLOW, str(handbook.folder)]
    talk = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "RAGKIT_MODELS_DIR": str(load_settings().models_dir)},
    )
    assert talk.stdin
    assert talk.stdout
    print("How many days of parental leave are there?", file=talk.stdin, flush=True)
    assert talk.stdout.readline() == "asked\n"
    talk.send_signal(signal.SIGINT)
    out, err = talk.communicate("/history\n/quit\n", timeout=120)
    assert talk.returncode == 0
    assert "stopped; the question is not kept" in err
    assert "1. " not in out


_SLOW = """
import sys, time
from ragkit.chains.answer.chain import AnswerChain
from ragkit.cli import main

def slow(self, *args, **options):
    print("asked", flush=True)
    time.sleep(60)
    yield

AnswerChain.stream = slow
sys.argv = ["ragkit", "chat", "--index", sys.argv[1], "--sessions", "chat.db", "--mode", "quote"]
main()
"""
