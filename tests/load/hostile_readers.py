"""Readers that do what damaged files make parsers do; the text of a file says what. Worker processes import this."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

from ragkit.load.content import Content, Part

if TYPE_CHECKING:
    from ragkit.load.content import RawFile


class Panic(BaseException):
    """Like pyo3's PanicException: no Exception, so that a plain except does not stop it."""


def read(raw: RawFile) -> Content:
    word, _, rest = raw.data.decode().partition(" ")
    action = globals().get(f"do_{word}")
    if action is not None:
        action(rest)
    return Content((Part(raw.data.decode()),))


def do_exit(rest: str) -> None:
    os._exit(int(rest or 0))


def do_leave(rest: str) -> None:
    sys.exit("enough")


def do_loop(rest: str) -> None:
    while True:
        pass


def do_stubborn(rest: str) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    do_loop(rest)


def do_hold(rest: str) -> None:
    """Open the pipe that a test listens to, say so, and never come back: the test sees when this process ends."""
    pipe = os.open(rest, os.O_WRONLY)
    os.write(pipe, b"!")
    do_loop(rest)


def do_allocate(rest: str) -> None:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def do_segfault(rest: str) -> None:
    ctypes.string_at(0)


def do_abort(rest: str) -> None:
    os.abort()


def do_panic(rest: str) -> None:
    raise Panic("parser gave up")


def do_recurse(rest: str) -> None:
    do_recurse(rest)


def do_print(rest: str) -> None:
    os.write(1, b"nonsense " * 1000)
    print("more", file=sys.stderr)  # noqa: T201 - what parsers do


def do_parricide(rest: str) -> None:
    """End the process that workers are forked from, and this one."""
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(9)
