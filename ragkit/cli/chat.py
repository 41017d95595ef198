"""``ragkit chat``: a conversation over an index."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ragkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.callbacks import BaseCallbackHandler

    from ragkit.chains.chat.chain import ChatChain, Rewriting
    from ragkit.chains.chat.sessions import Sessions
    from ragkit.core.types import Answer

HELP = """\
/sources   the last answer's quotes again, as JSON
/why       which sentences moved the last answer (local models)
/mode M    answer by quote, short, answer or auto
/k N       passages to retrieve
/history   the questions so far
/undo      take back the last question
/export F  write the conversation to a file, as JSON
/sessions  the conversations that are kept
/help      this
/quit      end; also Ctrl-D. Ctrl-C stops a reply"""


def chat_command(
    questions: Annotated[
        list[str] | None, typer.Argument(help="Asked one after the other; without any, what is typed.", metavar="TEXT")
    ] = None,
    index: options.IndexesOption = None,
    model: options.ModelOption = None,
    embedder: options.EmbedderOption = None,
    k: options.CountOption = None,
    mode: options.ModeOption = "auto",
    rewriting: Annotated[
        str, typer.Option(help="How follow-up questions are made to stand alone: auto, model, words, off.")
    ] = "auto",
    session: Annotated[
        str | None, typer.Option("--session", help="Name of the conversation to begin or go on with.", metavar="NAME")
    ] = None,
    sessions: Annotated[
        Path | None, typer.Option("--sessions", help="File in which conversations are kept.", metavar="FILE")
    ] = None,
    filter: options.FilterOption = None,
    within: options.InOption = None,
    since: options.SinceOption = None,
    rerank: options.RerankOption = None,
    route: options.RouteOption = "auto",
    max_cost: options.MaxCostOption = None,
    max_tokens_total: options.MaxTokensOption = None,
    cache: options.CacheOption = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="Say which conversations are kept.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Remove the conversation named by --session.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Write each answer as a line of JSON.")] = False,
) -> None:
    """Talk over an index: follow-up questions, every answer with its quotes; /help tells the commands."""
    from ragkit.chains.chat.sessions import Sessions
    from ragkit.core.settings import user_data_dir

    stored = Sessions(sessions or user_data_dir() / "chat.sqlite3")
    if listed:
        _list(stored, json=json)
        return
    if forget:
        if session is None or not stored.remove(session):
            raise typer.BadParameter("name a conversation that is kept; --list shows them", param_hint="'--session'")
        return
    collection = options.open_indexes(index, embedder=embedder, model=model, cache=cache)
    place = str(Path(collection.name).absolute())
    name = session or datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")

    narrowing: dict[str, Any] = {"filter": options.parsed_filter(filter), "within": within, "since": since}
    narrowing["route"] = route
    if rerank is not None:
        from ragkit.retrieve.rerank import as_reranker

        narrowing["rerank"] = as_reranker(rerank) or rerank  # once, whatever /mode and /k make anew

    def chain(mode: str, k: int | None) -> ChatChain:
        return collection.chat(rewriting=cast("Rewriting", rewriting), mode=mode, k=k, **narrowing)

    talk = Talk(
        chain, stored, name, [options.make_meter(collection.model_spec, max_cost, max_tokens_total)], mode, k, json=json
    )
    collection.state()  # raises where there is no index, before the first question is typed
    was = stored.open(name, place)
    if was != place:
        typer.echo(f"ragkit: this conversation was over {was}", err=True)
    talk.run(iter(questions) if questions else _lines())


class Talk:
    """A conversation at a terminal, or from a pipe.

    Args:
        chain: makes the chain for a mode and a number of passages.
        sessions: where it is stored.
        name: under which name.
        callbacks: of every run.
        mode: of the answers.
        k: passages to retrieve.
        json: write each answer as a line of JSON.
    """

    def __init__(
        self,
        chain: Callable[[str, int | None], ChatChain],
        sessions: Sessions,
        name: str,
        callbacks: list[BaseCallbackHandler],
        mode: str,
        k: int | None,
        *,
        json: bool,
    ) -> None:
        self.make, self.sessions, self.name, self.callbacks = chain, sessions, name, callbacks
        self.mode, self.k, self.json = mode, k, json
        self.chain = chain(mode, k)
        self.last: Answer | None = None

    def run(self, lines: Iterator[str]) -> None:
        """Answer line after line, until they end or a command ends it."""
        for line in lines:
            text = line.strip()
            if not text:
                continue
            if text.startswith("/"):
                if not self._command(text):
                    break
                continue
            try:
                self._answer(text)
            except KeyboardInterrupt:
                typer.echo("\nragkit: stopped; the question is not kept", err=True)
        typer.echo(f"ragkit: go on with --session '{self.name}'", err=True)

    def _answer(self, question: str) -> None:
        from ragkit.chains.chat.chain import Conversation, Turn
        from ragkit.core.types import Answer
        from ragkit.ground.rendering import answer_json, sources

        turns, summary = self.sessions.turns(self.name)
        asked = Conversation(question, turns, summary)
        # Turns too old for the prompt are summarised once, and the summary is stored, not made again at each question.
        short = self.chain.condensed(asked, {"callbacks": list(self.callbacks)})
        if len(short.turns) < len(turns):
            self.sessions.condense(self.name, len(turns), short)
        answer = Answer()
        for part in self.chain.stream(short, {"callbacks": list(self.callbacks)}):
            answer += part
            if part.text and not self.json:
                typer.echo(part.text, nl=False)
        row = {**answer_json(answer), "asked": question}
        self.sessions.add(self.name, Turn(question, answer.text), row)
        self.last = answer
        if self.json:
            typer.echo(options.json_text(row))
            return
        typer.echo("")
        if answer.question != question:
            typer.echo(f"(understood as: {answer.question})")
        for line in sources(answer, str(Path.cwd())):
            typer.echo(line)
        typer.echo("")

    def _command(self, text: str) -> bool:
        """Carry out a command; return whether the conversation goes on."""
        name, _, rest = text[1:].partition(" ")
        if name in ("quit", "exit", "q"):
            return False
        # A command is a method `_do_NAME`, so that HELP is the only list to keep in step with them.
        does = getattr(self, f"_do_{name}", None)
        if does is None:
            typer.echo(f"ragkit: there is no command /{name}; /help tells those there are", err=True)
        else:
            does(rest.strip())
        return True

    def _do_help(self, _rest: str) -> None:
        typer.echo(HELP)

    def _do_sources(self, _rest: str) -> None:
        from ragkit.ground.rendering import answer_json

        options.write_json(answer_json(self.last)["citations"] if self.last else [])

    def _do_why(self, _rest: str) -> None:
        from ragkit.chains.answer.why import explanation_lines
        from ragkit.core.errors import RagkitError

        try:
            lines = explanation_lines(self.last.why(), str(Path.cwd())) if self.last else ["nothing was answered yet"]
        except RagkitError as error:
            lines = [str(error)]
        for line in lines:
            typer.echo(line)

    def _do_mode(self, rest: str) -> None:
        self._change(rest, self.k)

    def _do_k(self, rest: str) -> None:
        if not rest.isdigit() or int(rest) < 1:
            typer.echo("ragkit: give a number of passages, such as /k 8", err=True)
            return
        self._change(self.mode, int(rest))

    def _change(self, mode: str, k: int | None) -> None:
        from ragkit.core.errors import ConfigError

        # Made before the mode changes: a mode that is unknown leaves the conversation as it was.
        try:
            self.chain = self.make(mode, k)
        except ConfigError as error:
            typer.echo(f"ragkit: {error}", err=True)
            return
        self.mode, self.k = mode, k

    def _do_history(self, _rest: str) -> None:
        for number, row in enumerate(self.sessions.told(self.name), 1):
            typer.echo(f"{number}. {row['asked']}")

    def _do_undo(self, _rest: str) -> None:
        typer.echo("taken back" if self.sessions.undo(self.name) else "there is nothing to take back")

    def _do_export(self, rest: str) -> None:
        if not rest:
            typer.echo("ragkit: give a file, such as /export talk.json", err=True)
            return
        try:
            Path(rest).write_text(options.json_text(self.sessions.told(self.name), indent=1) + "\n", "utf-8")
        except OSError as error:
            typer.echo(f"ragkit: {rest} cannot be written ({error.strerror})", err=True)
            return
        typer.echo(f"written to {rest}")

    def _do_sessions(self, _rest: str) -> None:
        _list(self.sessions, json=False)


def _list(sessions: Sessions, *, json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"name": each.name, "index": each.place, "turns": each.turns, "used": round(each.used)}
        for each in sessions.all()
    ]
    if json:
        options.write_json({"sessions": rows})
        return
    for row in rows:
        typer.echo(f"{row['name']}  {row['turns']} {'turn' if row['turns'] == 1 else 'turns'}, {row['index']}")


def _lines() -> Iterator[str]:
    """Yield what is typed, or what comes from a pipe, until it ends."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    with suppress(ImportError):
        import_module("readline")  # arrow keys, and the lines typed before
    while True:
        try:
            yield input("> ")
        except KeyboardInterrupt:
            typer.echo("\nragkit: Ctrl-D or /quit ends the conversation", err=True)
        except EOFError:
            typer.echo("", err=True)
            return
