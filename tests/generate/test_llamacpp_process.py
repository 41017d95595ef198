"""What ChatLlamaCpp does to the process it runs in: no network, no noise, no crash on the way out."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ragkit.generate import ChatLlamaCpp

START = """
import sys
from ragkit.generate import ChatLlamaCpp
model = ChatLlamaCpp(model=sys.argv[1], n_ctx=1024, max_tokens=None)
stream = model.stream("Go on.", grammar="root ::= [a-z] root")
next(stream)
"""


def run(code: str, model: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + code, str(model)], capture_output=True, text=True, timeout=120, check=False
    )


def sockets() -> set[str]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return {target for link in links if (target := str(link.readlink())).startswith("socket:")}


@pytest.mark.skipif(sys.platform != "linux", reason="open files are read from /proc")
def test_no_socket_is_open_once_the_model_is_loaded(smollm2: Path) -> None:
    before = sockets()
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=256, max_tokens=1)
    model.invoke("Hello")
    assert sockets() <= before


def test_nothing_of_the_listener_stays_on_disk(smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=256, threads=1, max_tokens=1)
    model.invoke("Hello")
    assert list(tmp_path.iterdir()) == []


def test_a_long_temporary_folder_is_no_obstacle(smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=512, threads=1, max_tokens=1)
    assert model.invoke("Hello").usage_metadata["output_tokens"] == 1


def test_nothing_is_written_to_the_terminal(smollm2: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = ChatLlamaCpp(model=str(smollm2), n_ctx=768, max_tokens=2)
    model.invoke("Hello")
    model.close()
    damaged = tmp_path / "damaged.gguf"
    with smollm2.open("rb") as file:
        damaged.write_bytes(file.read(5_000_000))
    with pytest.raises(Exception, match="damaged"):
        ChatLlamaCpp(model=str(damaged)).load()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("code", "status"),
    [("", 0), ("sys.exit(7)", 7), ("del stream", 0), ("model.close(); del model", 0)],
    ids=["falling off the end", "exit", "stream dropped", "model dropped"],
)
def test_leaving_in_the_middle_of_an_answer_is_quiet(smollm2: Path, code: str, status: int) -> None:
    done = run(code, smollm2)
    assert (done.returncode, done.stderr, done.stdout) == (status, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interrupt_in_the_middle_of_an_answer_arrives_at_once(smollm2: Path) -> None:
    code = START + 'print("ready", flush=True)\nmodel.invoke("Go on.", grammar="root ::= [a-z] root")'
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(smollm2)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


def test_an_error_of_the_caller_in_the_middle_of_an_answer_is_all_that_is_heard(smollm2: Path) -> None:
    done = run('raise LookupError("mine")', smollm2)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("LookupError: mine")
    assert "Exception ignored" not in done.stderr
