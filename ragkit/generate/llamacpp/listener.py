"""Keep the llama.cpp server inside this process: no network port, and no socket once the model is loaded.

xllamacpp can only be used through llama.cpp's server object, which insists on listening for HTTP. It is given a
Unix-domain address in a folder that only this user can enter, and when the model is loaded the listener is shut and the
folder removed. Requests go through function calls, never through the socket. Windows has no such address: there the
server keeps a loopback port, and a key that nobody knows.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_LONGEST_ADDRESS = 100  # bytes; Linux allows 107, macOS 103
_SHUT_BOTH_WAYS = 2
_PATH_OFFSET = 2  # of the path within sockaddr_un, behind the address family


@contextmanager
def private_listener() -> Generator[str, None, None]:
    """Lend an address that only this user could reach, and close whatever listens there when the block ends.

    Yields:
        A path for a Unix-domain socket, which llama.cpp knows by its suffix ``.sock``; on Windows the loopback address.
    """
    if sys.platform == "win32":
        yield "127.0.0.1"
        return
    folder = Path(tempfile.mkdtemp(prefix="ragkit-"))
    if len(os.fsencode(folder)) + len("/s.sock") > _LONGEST_ADDRESS:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="ragkit-", dir="/tmp"))
    address = str(folder / "s.sock")
    try:
        yield address
    finally:
        _shut(address)
        shutil.rmtree(folder, ignore_errors=True)


def _shut(address: str) -> None:
    """Shut the socket of this process that is bound to ``address``, so that llama.cpp's listening thread ends."""
    listing = Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
    if not listing.is_dir():  # the socket then stays open, without a name by which anybody could reach it
        return
    library = ctypes.CDLL(None)
    wanted = os.fsencode(address)
    for descriptor in [int(entry.name) for entry in listing.iterdir()]:
        if _bound_to(library, descriptor) == wanted:
            library.shutdown(descriptor, _SHUT_BOTH_WAYS)


def _bound_to(library: ctypes.CDLL, descriptor: int) -> bytes:
    # Python's own socket module is left out of this: programs that forbid sockets do it by replacing that module.
    buffer = ctypes.create_string_buffer(256)
    length = ctypes.c_uint32(len(buffer))
    if library.getsockname(descriptor, buffer, ctypes.byref(length)) != 0:
        return b""
    return buffer.raw[_PATH_OFFSET : length.value].split(b"\0", 1)[0]
