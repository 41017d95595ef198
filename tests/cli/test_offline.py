"""index, search, ask and summarize open no network socket; proved with Python's audit events and the kernel's list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        raise RuntimeError(f"{event} {arguments}")
    if event == "socket.__new__" and arguments[1] not in (-1, 1):  # AF_UNIX is 1
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(refuse)

def inet_sockets():
    mine = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            mine.add(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            pass
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        try:
            lines = open(f"/proc/self/net/{table}").read().splitlines()[1:]
        except OSError:
            continue
        found += [line for line in lines if f"socket:[{line.split()[9]}]" in mine]
    return found

from ragkit.cli.app import run

for words in (
    ["index", "documents"],
    ["search", "How long do repairs take?"],
    ["ask", "How long do repairs take?"],
    ["ask", "How long do repairs take?", "--mode", "answer"],
    ["summarize", "documents/engines.md"],
):
    code = run(words)
    assert code == 0, (words, code)
    assert not inet_sockets(), inet_sockets()
print("no socket")
"""


def test_the_main_commands_open_no_network_socket(documents: Path, models_dir: Path, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "RAGKIT_MODELS_DIR": str(models_dir)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("no socket\n")
