"""Bad input: one clear sentence on standard error, the right exit code, an index that is as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def one_sentence(run: Any, code: int, *named: str) -> None:
    assert run.code == code, run.err
    assert run.out == ""
    lines = run.err.strip().splitlines()
    assert len(lines) == 1, run.err
    assert lines[0].startswith("ragkit: ")
    assert all(word in lines[0] for word in named), lines[0]


@pytest.mark.parametrize("command", ["index", "load", "summarize"])
def test_a_missing_path_is_named(ragkit: Callable[..., Any], command: str):
    one_sentence(ragkit(command, "no/such/folder"), 1, "no/such/folder", "check")


@pytest.mark.parametrize("command", [("search", "x"), ("ask", "x"), ("status",)])
def test_an_index_that_does_not_exist_says_how_to_make_one(ragkit: Callable[..., Any], command: tuple[str, ...]):
    one_sentence(ragkit(*command, "--index", "nowhere"), 1, "nowhere", "ragkit index")


def test_an_empty_folder_says_so(ragkit: Callable[..., Any], tmp_path: Path):
    (tmp_path / "empty").mkdir()
    run = ragkit("index", "empty")
    assert run.code == 0
    assert "no file to index in empty" in run.err


def test_a_folder_of_files_nobody_can_read_names_each(ragkit: Callable[..., Any], tmp_path: Path):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(range(256)) * 20)
    (folder / "zero.pdf").touch()
    run = ragkit("index", "odd")
    assert run.code == 3
    assert "a.bin" in run.out
    assert "zero.pdf" in run.out


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("-m", "llamacpp:nosuchmodel"), 2, ("nosuchmodel",)),
        (("-m", "llamacpp:/no/such/file.gguf"), 1, ("/no/such/file.gguf",)),
        (("-m", "smollm9"), 2, ("smollm9", "provider:model")),
        (("-m", "lamacpp:SmolLM2-135M-Instruct-Q4_1"), 2, ("lamacpp",)),
        (("-m", "openai:gpt-4o-mini"), 2, ("OPENAI_API_KEY",)),
        (("--embedder", "sentence-transformers:nosuchmodel"), 1, ("nosuchmodel",)),
        (("--mode", "prose"), 2, ("prose", "quote")),
    ],
)
def test_an_unknown_model_or_mode_is_named(
    ragkit: Callable[..., Any], documents: Path, words: tuple[str, ...], code: int, named: tuple[str, ...]
):
    assert ragkit("index", documents).code == 0
    environment = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}
    run = ragkit("ask", "How long do repairs take?", "--json", *words, **environment)
    one_sentence(run, code, *named)


def test_a_pipe_is_reported_and_not_waited_for(ragkit: Callable[..., Any], tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.txt")
    run = ragkit("index", "pipe.txt")
    assert run.code == 3
    assert "no regular file" in run.out


def test_an_index_of_another_embedder_says_what_differs(ragkit: Callable[..., Any], documents: Path):
    ragkit("index", documents)
    spec = "sentence-transformers:all-MiniLM-L6-v2?query_prefix=query:"
    one_sentence(ragkit("search", "repairs", "--embedder", spec), 6, "query_prefix", "another embedder")


def test_a_damaged_database_is_reported_and_not_searched(ragkit: Callable[..., Any], documents: Path, tmp_path: Path):
    ragkit("index", documents)
    (tmp_path / ".ragkit" / "ragkit.sqlite3").write_bytes(b"junk" * 1000)
    one_sentence(ragkit("search", "repairs"), 6, "ragkit.sqlite3", "damaged")


def test_a_wrong_setting_names_the_file_and_the_key(ragkit: Callable[..., Any], documents: Path, tmp_path: Path):
    (tmp_path / "ragkit.toml").write_text("kk = 3\n")
    one_sentence(ragkit("index", documents), 2, "ragkit.toml", "kk")


def test_usage_errors_exit_with_2(ragkit: Callable[..., Any]):
    assert ragkit("index").code == 2
    assert ragkit("frobnicate").code == 2
    assert ragkit("search", "x", "-k", "0").code == 2


def test_debug_shows_the_traceback(documents: Path, models_dir: Path, tmp_path: Path):
    words = [sys.executable, "-m", "ragkit", "search", "x", "--index", "none", "--debug"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" in done.stderr


def test_ctrl_c_exits_with_130_and_the_next_run_goes_on(ragkit: Callable[..., Any], tmp_path: Path, models_dir: Path):
    rows = [
        {"_id": str(n), "text": f"Passage {n} speaks of harbour number {n * 7919 % 1000}. " * 12} for n in range(3000)
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    environment = {**os.environ, "RAGKIT_MODELS_DIR": str(models_dir)}
    words = [sys.executable, "-m", "ragkit", "index", "corpus.jsonl"]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    database = tmp_path / ".ragkit" / "ragkit.sqlite3-wal"
    for _ in range(600):
        if database.exists() and database.stat().st_size > 500_000:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "interrupted" in error
    assert "Traceback" not in error
    state = json.loads(ragkit("status", "--json").out)
    assert 0 < state["documents"] < 3000
    assert state["unfinished"]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows[: state["documents"]])))
    assert ragkit("index", "corpus.jsonl").code == 0
    assert json.loads(ragkit("status", "--json").out)["unfinished"] == []
