"""Files that end, hang or swell the process that reads them: each costs itself and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import hostile_readers
import pytest

from ragkit.core.errors import ConfigError
from ragkit.core.registry import register, unregister
from ragkit.load import Format, Limits, load, load_file
from ragkit.load.files import load_each
from ragkit.load.formats.text.plain import read
from ragkit.load.readers import READERS
from ragkit.load.workers import parallel, pool

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

SMALL = Limits(seconds=60, memory_bytes=200_000_000)
BRIEF = Limits(seconds=2)  # still time enough for a sound file on a busy machine
HERE = Path(__file__).parent


@pytest.fixture
def hostile(monkeypatch):
    monkeypatch.setitem(READERS, "text/plain", "hostile_readers:read")


def write(root, **texts):
    for name, text in texts.items():
        (root / f"{name}.txt").write_text(text)


def outcomes(found):
    return [(Path(file.source).stem, file.outcome, file.reason) for file in found]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 0", "crashed"),
        ("exit 7", "crashed"),
        ("leave", "crashed"),
        ("segfault", "crashed"),
        ("abort", "crashed"),
        ("panic", "crashed"),
        ("parricide", "crashed"),
        ("loop", "timeout"),
        ("allocate", "too-large"),
        ("recurse", "corrupt"),
    ],
)
def test_a_hostile_file_costs_itself_alone_and_says_why(tmp_path, hostile, text, reason):
    write(tmp_path, a="before", b=text, c="beside", d="after")
    found = list(load(tmp_path, limits=BRIEF if reason == "timeout" else SMALL, workers=2))
    assert outcomes(found) == [("a", "text", ""), ("b", "error", reason), ("c", "text", ""), ("d", "text", "")]
    assert ":" in found[1].detail


def test_hostile_files_one_after_the_other_cost_themselves(tmp_path, hostile):
    write(tmp_path, a="exit 1", b="parricide", c="segfault", d="abort", e="parricide", f="fine")
    found = outcomes(load(tmp_path, limits=SMALL, workers=2))
    assert [reason for _, _, reason in found] == ["crashed"] * 5 + [""]


def test_a_parser_that_does_not_let_the_alarm_through_is_ended(tmp_path, hostile, monkeypatch):
    monkeypatch.setattr(pool, "GRACE", 0.1)
    write(tmp_path, a="stubborn", b="fine")
    assert [reason for _, _, reason in outcomes(load(tmp_path, limits=BRIEF))] == ["timeout", ""]


def test_what_a_parser_prints_is_neither_text_nor_answer(tmp_path, hostile, capfd):
    write(tmp_path, a="print this")
    (file,) = load(tmp_path)
    assert file.documents[0].page_content == "print this"
    assert capfd.readouterr() == ("", "")


def test_what_a_reader_logs_is_logged_here(tmp_path, caplog):
    (tmp_path / "a.json").write_text('{"a": ')
    list(load(tmp_path))
    assert "a.json is read as plain text" in caplog.text


def test_results_come_in_order_however_long_each_takes(tmp_path):
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_text(f"{number} " * (100_000 if number % 7 == 0 else 1))
    found = list(load(tmp_path, workers=3))
    assert [file.source for file in found] == sorted(file.source for file in found)
    assert [file.documents[0].page_content.split()[0] for file in found] == [str(number) for number in range(40)]


def test_isolated_and_not_isolated_reading_give_the_same(tmp_path):
    write(tmp_path, a="text", b="", c="caf\xe9 \U0001f600")
    (tmp_path / "d.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "e.jsonl").write_text('{"_id": "1", "text": "one"}\n{"_id": "2", "text": "two"}\n')
    assert list(load(tmp_path, isolate=True)) == list(load(tmp_path, isolate=False))


def test_no_more_is_looked_at_ahead_than_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "AHEAD", 5)
    write(tmp_path, a="text")
    asked = []

    def items():
        for number in range(100):
            asked.append(number)
            yield number, str(tmp_path / "a.txt")

    found = load_each(items(), workers=2)
    next(found)
    assert len(asked) <= 7
    assert [key for key, _ in found] == list(range(1, 100))


def test_texts_that_wait_for_their_turn_hold_new_reading_back(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "HELD", 1)
    write(tmp_path, a="first", b="second", c="third")
    assert [file.outcome for file in load(tmp_path, workers=2)] == ["text"] * 3


def test_a_run_that_is_given_up_disturbs_no_other(tmp_path, hostile):
    write(tmp_path, a="fine", b="loop", c="fine")
    assert outcomes(islice(load(tmp_path, workers=2), 1)) == [("a", "text", "")]
    assert outcomes([load_file(tmp_path / "c.txt")]) == [("c", "text", "")]


def test_several_threads_read_at_once(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:02}.txt").write_text(f"File {number}.")
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: [file.documents[0].page_content for file in load(tmp_path)], range(8)))
    assert runs == [[f"File {number}." for number in range(30)]] * 8


def test_a_large_file_gets_more_time_and_memory():
    limits = Limits(seconds=10, seconds_per_mb=2, memory_bytes=1000, memory_ratio=3)
    assert (limits.seconds_for(5_000_000), limits.memory_for(100)) == (20, 1300)


def test_limits_come_from_the_settings(tmp_path, monkeypatch):
    write(tmp_path, a="x" * 100)
    monkeypatch.setenv("RAGKIT_LIMITS__FILE_BYTES", "99")
    assert [file.reason for file in load(tmp_path)] == ["too-large"]
    monkeypatch.delenv("RAGKIT_LIMITS__FILE_BYTES")
    monkeypatch.setenv("RAGKIT_LIMITS__BITES", "99")
    with pytest.raises(ConfigError, match="bites = 99 is no limit"):
        list(load(tmp_path))


def test_without_fork_files_are_read_here_and_that_is_said(tmp_path, monkeypatch, caplog):
    monkeypatch.delattr(os, "fork")
    monkeypatch.setattr(parallel, "_said", set())
    write(tmp_path, a="text")
    assert [file.outcome for file in load(tmp_path)] == ["text"]
    assert "this system has no fork" in caplog.text


def test_where_no_process_starts_files_are_read_here_and_that_is_said(tmp_path, monkeypatch, caplog):
    for server in list(parallel._free):
        parallel._close(server)
    parallel._free.clear()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    monkeypatch.setattr(parallel, "_said", set())
    write(tmp_path, a="text", b="more")
    assert [file.outcome for file in load(tmp_path)] == ["text", "text"]
    assert "files are read in this process" in caplog.text


def test_a_reader_that_no_other_process_can_import_reads_its_own_files_here_and_no_others(
    tmp_path, hostile, monkeypatch, caplog
):
    monkeypatch.setattr(parallel, "_said", set())

    def local(raw):
        return read(raw)

    register("loaders", "tide", Format("application/x-tide", local, magic=(b"TIDE1",)))
    try:
        (tmp_path / "a.tide").write_bytes(b"TIDE1 high")
        (tmp_path / "b.bin").write_bytes(b"TIDE1 low")
        write(tmp_path, c="exit 0", d="fine")
        assert outcomes(load(tmp_path, limits=SMALL)) == [
            ("a", "text", ""),
            ("b", "text", ""),
            ("c", "error", "crashed"),
            ("d", "text", ""),
        ]
    finally:
        unregister("loaders", "tide")
    assert "the added readers of tide are in no module" in caplog.text


# -- whole programs --------------------------------------------------------------------------------------------------


def start(code, *arguments):
    prelude = "import sys; from ragkit.load import load, Limits; from ragkit.load.readers import READERS\n"
    path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )


def test_a_program_without_a_main_guard_reads_files(tmp_path):
    write(tmp_path, a="text", b="text")
    (tmp_path / "program.py").write_text(
        f"from ragkit.load import load\nprint([file.outcome for file in load([{str(tmp_path / 'a.txt')!r}])])\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    ran = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("['text']\n", "")


def test_nothing_to_read_starts_nothing(tmp_path):
    (tmp_path / ".hidden").write_text("text")
    code = "print([f.reason for f in load(sys.argv[1])], [m for m in sys.modules if 'pool' in m or 'lxml' in m])"
    out, err = start(code, tmp_path).communicate(timeout=60)
    assert (out, err) == ("['ignored'] []\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_the_program(tmp_path, number):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "a.txt").write_text(f"hold {pipe}")
    code = "READERS['text/plain'] = 'hostile_readers:read'; list(load(sys.argv[1], limits=Limits(seconds=500)))"
    program = start(code, tmp_path / "a.txt")
    with pipe.open("rb") as listening:
        assert listening.read(1) == b"!"
        program.send_signal(number)
        assert listening.read() == b""  # comes when the last process that could write has ended
    program.communicate(timeout=60)
    assert program.returncode != 0


@pytest.fixture
def added():
    yield lambda extension, reader: register("loaders", extension, Format("application/x-added", reader))
    unregister("loaders", "added")


def test_a_reader_that_a_program_registers_is_found_by_the_workers(tmp_path, added):
    added("added", hostile_readers.read)
    (tmp_path / "a.added").write_text("exit 1")
    (tmp_path / "b.added").write_text("text")
    assert outcomes(load(tmp_path)) == [("a", "error", "crashed"), ("b", "text", "")]
    unregister("loaders", "added")
    assert [file.media_type for file in load(tmp_path)] == ["text/plain"] * 2


def test_with_a_reader_that_no_other_process_can_import_files_are_read_here_and_that_is_said(tmp_path, added, caplog):
    def read(raw):
        return hostile_readers.read(raw)

    added("added", read)
    (tmp_path / "a.added").write_text("text")
    assert outcomes(load(tmp_path)) == [("a", "text", "")]
    assert "the added readers of added are in no module" in caplog.text
