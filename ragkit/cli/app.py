"""All commands together, and how a run of one ends: exit codes, and one sentence for every error."""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.core.errors import RagkitError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
# Loggers whose warnings are for the user, not only for somebody who looks for faults.
WARNING_LOGGERS = ("ragkit.ingest.stages", "ragkit.chains.examples", "ragkit.load.workers.parallel")
STOPPED = "interrupted; what was written is whole, and the next run goes on from there"

# A module is imported when its command is asked for: importing all of them takes as long as a search.
COMMANDS = {
    "load": "ragkit.cli.load:load_command",
    "index": "ragkit.cli.index:index_command",
    "search": "ragkit.cli.ask:search_command",
    "ask": "ragkit.cli.ask:ask_command",
    "chat": "ragkit.cli.chat:chat_command",
    "check": "ragkit.cli.ask:check_command",
    "summarize": "ragkit.cli.summarize:summarize_command",
    "run": "ragkit.cli.run:run_command",
    "status": "ragkit.cli.index:status_command",
    "verify": "ragkit.cli.index:verify_command",
    "compact": "ragkit.cli.index:compact_command",
    "remove": "ragkit.cli.index:remove_command",
    "doctor": "ragkit.cli.doctor:doctor_command",
}
GROUPS = {
    "models": ("ragkit.cli.models:app", "Known model files: list, pull, path, verify."),
    "prompt": ("ragkit.cli.prompt:app", "Choose prompts by score, or bring them along from DSPy."),
    "eval": ("ragkit.cli.evaluate:app", "Measure retrieval, answers and summaries on sets with gold."),
}


def make_app(words: Sequence[str] = ()) -> typer.Typer:
    """Put the commands together.

    Args:
        words: of the command line; where the first names a command, only that one is there.

    Returns:
        The Typer application.
    """
    app = typer.Typer(
        name="ragkit",
        help="Answers over your documents, each sentence backed by a verbatim quote. Works offline.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    # For help on the whole program every module is imported; for one command only its own.
    first = words[0] if words else ""
    alone = first in COMMANDS or first in GROUPS
    for name, target in COMMANDS.items():
        if not alone or name == first:
            app.command(name)(_imported(target))
    for name, (target, about) in GROUPS.items():
        if not alone or name == first:
            app.add_typer(_imported(target), name=name, help=about)
    return app


def _imported(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def _version(value: bool) -> None:
    if value:
        from ragkit import __version__

        typer.echo(f"ragkit {__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and logs; may stand anywhere.")] = False,
) -> None:
    pass


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return for each way a run can end
    """Run one command line.

    Returns:
        The exit code: 0 done, 1 failed, 2 usage, and those of single commands (``docs/cli.md``).
    """
    # Taken out here and not by typer, so that it may stand before or behind the command.
    debug = "--debug" in arguments
    _accept_all_characters()
    logging.basicConfig(
        stream=sys.stderr, level=logging.DEBUG if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    for name in WARNING_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.WARNING)
    try:
        words = [word for word in arguments if word != "--debug"]
        make_app(words)(words, prog_name="ragkit")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        return _end(STOPPED, code) if code == INTERRUPTED else code
    except KeyboardInterrupt:
        return _end(STOPPED, INTERRUPTED)
    except BrokenPipeError:  # the reader of a pipe has seen enough, as with `| head`; that is no failure
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until the process ends
        return 0
    except RagkitError as error:
        if debug:
            raise
        return _end(str(error), error.exit_code)
    except OSError as error:
        if debug:
            raise
        return _end(_system_error(error), 1)
    except Exception as error:  # a defect of ragkit or of a library; still one sentence, as a user can act on it
        if debug:
            raise
        return _end(f"unexpected {type(error).__name__}: {error} (run again with --debug to see where)", 1)
    return 0


def _accept_all_characters() -> None:
    """Have characters escaped that an output cannot hold: a code page of Windows lacks most of them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _system_error(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full{where}: free some space and run this again; nothing that was written is harmed"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no right to read or write{where}: check the file's rights"
    return f"{error.strerror or error}{where}"


def _end(sentence: str, code: int) -> int:
    typer.echo(f"ragkit: {' '.join(sentence.split())}", err=True)
    return code
