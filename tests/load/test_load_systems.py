"""Systems without fork and without the modules of POSIX: everything loads, and one warning says what is lost."""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from load_builders import make_pdf

import ragkit
from ragkit.core import errors
from ragkit.load.walk import _Walk
from ragkit.load.workers import worker

POSIX_ONLY = frozenset({"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "readline"})
PACKAGE = Path(ragkit.__file__).parent

# asyncio is imported first: its own choice of modules goes by sys.platform, which stays as it is.
HIDDEN = """
import asyncio, os, sys
for name in ("resource", "fcntl", "pwd", "grp", "termios", "readline"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "register_at_fork", "sched_getaffinity", "set_blocking", "memfd_create", "wait4"):
    if hasattr(os, name):
        delattr(os, name)
"""
ONLY_RESOURCE = "import sys; sys.modules['resource'] = None\n"
COMMAND = "from ragkit.cli.app import run; sys.exit(run(sys.argv[1:]))"
WARNING = "files are read in this process"


def start(code, *arguments, hidden=HIDDEN, **environment):
    return subprocess.run(
        [sys.executable, "-c", hidden + code, *map(str, arguments)],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "files"
    (root / "below").mkdir(parents=True)
    (root / "a.pdf").write_bytes(make_pdf([[(72, 700, "The pump is blue.")]]))
    (root / "b.txt").write_text("The valve is red.")
    (root / "below" / "c.html").write_text("<p>The tank is green.</p>")
    (root / "d.csv").write_text("part,colour\nhose,black\n")
    (root / "e.pdf").write_bytes(b"%PDF-1.4 broken")
    return root


def outcomes(rows):
    return [(Path(row["source"]).name, row["outcome"], row["reason"]) for row in rows]


EXPECTED = [
    ("a.pdf", "text", ""),
    ("b.txt", "text", ""),
    ("c.html", "text", ""),
    ("d.csv", "text", ""),
    ("e.pdf", "error", "corrupt"),
]


@pytest.mark.parametrize(
    ("hidden", "reason"),
    [(HIDDEN, "this system has no fork"), (ONLY_RESOURCE, "this Python has no module resource")],
    ids=["as on Windows", "without resource"],
)
def test_a_folder_is_loaded_and_one_warning_says_how(folder, hidden, reason):
    code = """
import json
from ragkit.load import load
for _ in range(2):
    rows = [{"source": f.source, "outcome": f.outcome, "reason": f.reason} for f in load(sys.argv[1], workers=4)]
print(json.dumps(rows))
"""
    ran = start(code, folder, hidden=hidden)
    assert ran.returncode == 0, ran.stderr
    assert sorted(outcomes(json.loads(ran.stdout))) == EXPECTED
    assert ran.stderr.count(WARNING) == 1
    assert ran.stderr.startswith(f"{reason}: ")
    assert len(ran.stderr.splitlines()) == 1


def test_limits_that_need_no_worker_hold(folder):
    (folder / "long.txt").write_text("x" * 5000)
    ran = start(COMMAND, "load", folder, "--json", RAGKIT_LIMITS__FILE_BYTES="4000")
    assert [row["reason"] for row in json.loads(ran.stdout) if row["source"].endswith("long.txt")] == ["too-large"]


def test_who_asks_for_reading_without_workers_gets_no_warning(folder):
    ran = start(COMMAND, "load", folder / "b.txt", RAGKIT_ISOLATE="false")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_index_is_made_and_searched(folder, tmp_path, models_dir):
    code = """
from ragkit import Index
index = Index(sys.argv[2])
report = index.sync(sys.argv[1])
print([(file.outcome, file.reason) for file in report.files])
print(index.search("Which colour is the valve?", k=1)[0].chunk.text)
"""
    ran = start(code, folder, tmp_path / "parts.index", RAGKIT_MODELS_DIR=str(models_dir.absolute()))
    assert ran.returncode == 0, ran.stderr
    told, found = ran.stdout.splitlines()
    assert sorted(ast.literal_eval(told)) == [("failed", "corrupt"), *[("indexed", "")] * 4]
    assert found == "The valve is red."
    assert ran.stderr.count(WARNING) == 1


def test_the_command_line_loads_and_indexes(folder, tmp_path, models_dir):
    loaded = start(COMMAND, "load", folder, "--json")
    assert loaded.returncode == 0, loaded.stderr
    assert sorted(outcomes(json.loads(loaded.stdout))) == EXPECTED
    assert loaded.stderr.count(WARNING) == 1
    place, models = tmp_path / "parts.index", str(models_dir.absolute())
    made = start(COMMAND, "index", folder, "--index", place, "--json", RAGKIT_MODELS_DIR=models)
    assert made.returncode == 3, made.stderr  # one file is damaged
    assert json.loads(made.stdout)["indexed"] == 4
    assert made.stderr.count(WARNING) == 1
    again = start(COMMAND, "index", folder, "--index", place, "--json", RAGKIT_MODELS_DIR=models)
    assert json.loads(again.stdout)["unchanged"] >= 4
    assert WARNING not in again.stderr  # nothing had to be read


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_what_a_code_page_lacks_ends_no_command(tmp_path, encoding):
    text = "An arrow \u2192 and a face \U0001f600."
    (tmp_path / "a.txt").write_text(text, "utf-8")
    for options in ([], ["--json"]):
        ran = start(COMMAND, "load", tmp_path / "a.txt", *options, hidden="import sys\n", PYTHONIOENCODING=encoding)
        assert ran.returncode == 0, ran.stderr
        if options:
            assert json.loads(ran.stdout)[0]["text"] == text
        else:
            assert "An arrow " in ran.stdout


def test_a_memory_limit_that_macos_refuses_ends_no_worker(monkeypatch):
    def refuse(which, limits):
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(ValueError, match="current limit"):
        worker._set_memory(1 << 30)
    monkeypatch.setattr(sys, "platform", "darwin")
    worker._set_memory(1 << 30)


def test_advised_commands_are_quoted_for_the_shells_of_the_system(monkeypatch):
    assert errors.shell_word("/a folder/it's") == "'/a folder/it'\"'\"'s'"
    monkeypatch.setattr(sys, "platform", "win32")
    assert errors.shell_word("C:\\Users\\me\\docs.index") == "C:\\Users\\me\\docs.index"
    assert errors.shell_word("C:\\Program Files\\x") == '"C:\\Program Files\\x"'


def test_paths_below_a_folder_are_written_as_the_system_writes_them(monkeypatch):
    monkeypatch.setattr(os, "sep", "\\")
    walk = _Walk("C:\\docs", "D:\\real", None, None)
    assert walk._path("below/a.txt") == "C:\\docs\\below\\a.txt"
    assert walk._path("below/") == "C:\\docs\\below"
    assert walk._real_path("below/a.txt") == "D:\\real\\below\\a.txt"


def _top_level(tree):
    """List the modules that a module imports whenever it is imported, unguarded."""
    waiting, found = list(tree.body), []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
        elif isinstance(node, ast.Try):
            waiting += [*node.orelse, *node.finalbody]  # what stands in the block itself is guarded
        elif isinstance(node, ast.With | ast.ClassDef | ast.For):
            waiting += node.body
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            waiting += [*node.orelse, *([] if "sys.platform" in ast.unparse(node.test) else node.body)]
    return {name.partition(".")[0] for name in found}


def test_no_module_needs_a_module_that_only_some_systems_have():
    found = {
        str(path.relative_to(PACKAGE)): needed
        for path in PACKAGE.rglob("*.py")
        if (needed := _top_level(ast.parse(path.read_text("utf-8"))) & POSIX_ONLY)
    }
    assert found == {}


def test_an_unguarded_import_is_found_and_a_guarded_one_is_not():
    assert _top_level(ast.parse("import os\nif os.name:\n    import resource")) == {"os", "resource"}
    assert _top_level(ast.parse("class A:\n    from fcntl import flock")) == {"fcntl"}
    guarded = "try:\n    import resource\nexcept ImportError:\n    pass\ndef f():\n    import fcntl"
    assert _top_level(ast.parse(guarded)) == set()
