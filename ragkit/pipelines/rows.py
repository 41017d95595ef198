"""A pipeline over many rows: several at the same time, each failure a row, and a run that was cut off goes on."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from ragkit.errors import BudgetExceeded, ConfigError, RagkitError
from ragkit.pipelines.results import result_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from langchain_core.callbacks import BaseCallbackHandler

    from ragkit.pipelines.built import Built

AHEAD = 4  # rows begun beyond those that are worked on at the same time


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of the rows.

    Attributes:
        done: rows with a result, of this run.
        failed: rows with an error, of this run.
        before: rows that were there from an earlier run.
        failed_before: those of them that had failed.
        unasked: rows that were not begun because a budget was spent.
    """

    done: int = 0
    failed: int = 0
    before: int = 0
    unasked: int = 0
    failed_before: int = 0


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Give out the rows of a JSONL file, each with an ``id``: its own, or the number of its line.

    Raises:
        ConfigError: there is no such file, or a line is no JSON object.
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}: give a JSONL file, an object on each line")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ConfigError(f"{path}, line {number} is no JSON ({error}): correct or remove it") from error
            if not isinstance(row, dict):
                raise ConfigError(f"{path}, line {number} is no JSON object: correct or remove it")
            yield {**row, "id": str(row.get("id", row.get("_id", number)))}


def finished(path: Path, *, retry_failed: bool = False) -> dict[str, bool]:
    """Return the ids of rows that a file of results holds, and whether they succeeded.

    A last line that was cut off is taken away.

    Args:
        path: the file; it need not be there.
        retry_failed: leave out rows that failed, and take them out of the file.
    """
    if not path.is_file():
        return {}
    kept: list[str] = []
    ids: dict[str, bool] = {}
    lines = path.read_text("utf-8").splitlines(keepends=True)
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if not line.endswith("\n") or (retry_failed and not row.get("ok")):
            continue
        kept.append(line)
        ids[str(row["id"])] = bool(row.get("ok"))
    if kept != lines:
        beside = path.with_name(f"{path.name}.new")
        beside.write_text("".join(kept), "utf-8")
        beside.replace(path)
    return ids


def run_rows(
    built: Built,
    rows: Iterable[Mapping[str, Any]],
    output: Path,
    *,
    concurrency: int = 1,
    retry_failed: bool = False,
    callbacks: Sequence[BaseCallbackHandler] = (),
    progress: Callable[[Ran], None] | None = None,
) -> Ran:
    """Run a pipeline over rows, and write a row for each: ``{"id", "ok", "result"}`` or ``{"id", "ok", "error"}``.

    Rows are written in their order as soon as those before them are; ids that the file has already are not done again.

    Args:
        built: the pipeline.
        rows: with ``id`` and the field that the pipeline works on.
        output: file of results; rows are added to what it holds.
        concurrency: rows worked on at the same time.
        retry_failed: do rows again that failed.
        callbacks: LangChain callbacks of every run.
        progress: told after each row.

    Raises:
        ConfigError: the file cannot be written, or two rows have the same id.
    """
    before = finished(output, retry_failed=retry_failed)
    try:
        file = output.open("a", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written ({error.strerror}): give another place") from error
    with file, ThreadPoolExecutor(concurrency) as pool:
        run = _Run(file, progress)
        try:
            for row in _different(rows):
                name = str(row["id"])
                if name in before:
                    run.count(Ran(before=1, failed_before=int(not before[name])))
                elif run.spent:
                    run.count(Ran(unasked=1))
                else:
                    run.waiting.append((name, pool.submit(_one, built, row, callbacks)))
                run.write(concurrency + AHEAD)
            run.write(0)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return run.ran


class _Run:
    """Rows under way, and what became of those before them."""

    def __init__(self, file: TextIO, progress: Callable[[Ran], None] | None) -> None:
        self.file, self.progress = file, progress
        self.waiting: deque[tuple[str, Future[dict[str, Any]]]] = deque()
        self.ran = Ran()
        self.spent = False

    def count(self, more: Ran) -> None:
        self.ran = Ran(*(ours + theirs for ours, theirs in zip(astuple(self.ran), astuple(more), strict=True)))
        if self.progress:
            self.progress(self.ran)

    def write(self, most: int) -> None:
        """Write what is done, and wait until no more than so many are under way."""
        while self.waiting and (len(self.waiting) > most or self.waiting[0][1].done()):
            name, future = self.waiting.popleft()
            row = future.result()
            if row.pop("spent", False):
                self.spent = True
                self.count(Ran(unasked=1))
                continue
            print(json.dumps({"id": name, **row}, ensure_ascii=False, default=str), file=self.file, flush=True)
            self.count(Ran(done=int(row["ok"]), failed=int(not row["ok"])))


def _different(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give out rows whose ids are all different.

    Raises:
        ConfigError: two have the same.
    """
    seen: set[str] = set()
    for row in rows:
        name = str(row["id"])
        if name in seen:
            raise ConfigError(f"two rows have the id {name!r}: give each its own")
        seen.add(name)
        yield row


def _one(built: Built, row: Mapping[str, Any], callbacks: Sequence[BaseCallbackHandler]) -> dict[str, Any]:
    if built.input not in row:
        return _failed("ConfigError", f"the row has no field {built.input!r}")
    try:
        result = built.chain.invoke(row[built.input], {"callbacks": list(callbacks)})
    except BudgetExceeded:
        return {"spent": True}
    except RagkitError as error:
        return _failed(type(error).__name__, str(error))
    except Exception as error:  # noqa: BLE001 - one row must not cost the others; it is told in its place
        return _failed(type(error).__name__, str(error) or repr(error))
    return {"ok": True, "result": result_json(result)}


def _failed(kind: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"type": kind, "message": message}}
