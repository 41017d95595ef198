"""The command line; answers on standard output, everything else on standard error."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Args:
        arguments: words behind the program's name; None takes those of the process.
    """
    # Importing makes many objects that stay; looking through them again and again takes a tenth of a short command.
    gc.set_threshold(50_000)
    # openvino imports its converter, and with that its telemetry, only to have it at hand; no command needs either.
    sys.modules.setdefault("openvino.tools.ovc", None)  # pyright: ignore[reportArgumentType] - None is Python's own mark
    try:
        from ragkit.cli.app import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
