"""index, search, ask and summarize open no network socket; proved with Python's audit events and the kernel's list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys

seen = []

def watch(event, arguments):
    if not event.startswith("socket.") or event == "socket.gethostname":
        return
    if event == "socket.__new__" and arguments[1] in (-1, 1):  # AF_UNIX
        return
    callers = [frame.f_code for frame in frames()]
    # Importing urllib3, which LangChain does, asks the kernel whether it speaks IPv6: that socket is never connected.
    if any(code.co_name == "_has_ipv6" and "urllib3" in code.co_filename for code in callers):
        return
    seen.append(f"{event} {arguments} in {[code.co_filename for code in callers]}")

def frames():
    frame = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back

sys.addaudithook(watch)

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
    assert not seen, seen
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
