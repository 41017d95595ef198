"""A real OpenAI-style server on this machine: llama.cpp's own, in a process of its own, with a model file."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

# It ends with its input, so that none is left behind however the caller ends.
_SERVE = """
import sys
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
params.verbosity = -1
params.warmup = params.fit_params = params.ui = False
params.hostnames = ["127.0.0.1"]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def openai_server(path: Path, *, context: int = 512, parallel: int = 1) -> Generator[str, None, None]:
    """Serve a GGUF file on a free port of 127.0.0.1 until the block ends.

    Args:
        path: the model file.
        context: tokens of context, shared by all requests that are worked on at once.
        parallel: requests that are worked on at the same time.

    Yields:
        The base URL, as the option ``base_url=`` of an ``openai:`` spec takes it.

    Raises:
        ModelError: the server did not start.
    """
    command = [sys.executable, "-c", _SERVE, str(path), str(context), str(parallel)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin
        assert process.stdout
        # The server prints its address once it listens, so that no port need be guessed and nothing polled.
        address = process.stdout.readline().strip()
        if not address:
            raise ModelError(f"the OpenAI-style server with {path} did not start: see what it wrote above")
        try:
            yield f"{address}/v1"
        finally:
            process.stdin.close()
