"""A pipeline over many rows: several at the same time, each failure a row, and a run that was cut off goes on."""

from __future__ import annotations

import json
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import result_json
from ragkit.core.errors import BudgetExceeded, ConfigError, RagkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from langchain_core.callbacks import BaseCallbackHandler

    from ragkit.pipelines.building import Built

# Rows are read as they are needed, not all at once; enough are begun that no worker waits for the oldest row.
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
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Before:
    """A row of an earlier run.

    Attributes:
        ok: whether it has a result.
        of: fingerprint of its input and pipeline; empty where the file does not have it.
    """

    ok: bool
    of: str


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file, each with an ``id``: its own, or the number of its line.

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
            own = next((row[key] for key in ("id", "_id") if row.get(key) is not None), number)
            yield {**row, "id": str(own)}


def finished(path: Path) -> dict[str, Before]:
    """Return the rows that a file of results holds, by their ids; a last line that was cut off is taken away.

    Args:
        path: the file; it need not be there.

    Raises:
        ConfigError: it holds something else than results.
    """
    if not path.exists():
        return {}
    ids: dict[str, Before] = {}
    lines = _lines(path)
    for number, line in enumerate(lines, 1):
        row = _result(line)
        # A run that was killed may leave half a last line: only that one is dropped, any other is an error.
        if row is None and number == len(lines) and not line.endswith("\n"):
            _write(path, lines[:-1])
        elif row is not None:
            ids[str(row["id"])] = Before(bool(row["ok"]), str(row.get("of", "")))
        elif line.strip():
            raise ConfigError(
                f"{path}, line {number} is no result of a pipeline, so nothing is written to this file: give another "
                "one for the results, or move it away"
            )
    if lines and not lines[-1].endswith("\n") and _result(lines[-1]) is not None:
        _write(path, [*lines[:-1], f"{lines[-1]}\n"])
    return ids


def _result(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "id" in row and "ok" in row else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as results ({error}): give another file for them") from error


def _write(path: Path, lines: Iterable[str]) -> None:
    """Put lines in the place of a file, at once."""
    # Through a second file that replaces the first at once: a crash leaves the old results, never half of the new ones.
    beside = path.with_name(f"{path.name}.new")
    beside.write_text("".join(lines), "utf-8")
    beside.replace(path)


def _tidied(path: Path, order: Sequence[str]) -> None:
    """Of rows that were done again keep the last, and bring all to the order of the input; others stay behind them."""
    by_id: dict[str, str] = {}
    lines = _lines(path)
    for line in lines:
        row = _result(line)
        if row is not None:
            by_id[str(row["id"])] = line
    places = {name: place for place, name in enumerate(order)}
    tidy = [by_id[name] for name in sorted(by_id, key=lambda name: places.get(name, len(places)))]
    if tidy != lines:
        _write(path, tidy)


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

    A row also has ``of``, a fingerprint of its input and of what the pipeline says. Ids that the file has already are
    not done again, unless their fingerprint is another. Rows are written in their order as soon as those before them
    are; the file is in the order of the input when a run has come to its end.

    Args:
        built: the pipeline.
        rows: with ``id`` and the field that the pipeline works on.
        output: file of results; rows are added to what it holds.
        concurrency: rows worked on at the same time.
        retry_failed: do rows again that failed.
        callbacks: LangChain callbacks of every run.
        progress: called after each row.

    Raises:
        ConfigError: the file cannot be written or holds something else, or two rows have the same id.
    """
    before = finished(output)
    order: list[str] = []
    try:
        file = output.open("a", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written ({error.strerror}): give another place") from error
    with file, ThreadPoolExecutor(concurrency) as pool:
        run = _RowsRun(file, progress)
        try:
            for row in _different(rows):
                name, of = str(row["id"]), _fingerprint(built, row)
                order.append(name)
                known = before.get(name)
                # Files of results without fingerprints ("") are taken as they are: nothing shows that they are stale.
                changed = known is not None and known.of not in ("", of)
                if known is not None and not changed and (known.ok or not retry_failed):
                    run.count(Ran(before=1, failed_before=int(not known.ok)))
                elif run.spent:
                    run.count(Ran(unasked=1))
                else:
                    if changed:
                        run.count(Ran(changed=1))
                    run.waiting.append((name, of, pool.submit(_one, built, row, callbacks)))
                run.write(concurrency + AHEAD)
            run.write(0)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if before:
        _tidied(output, order)
    return run.ran


class _RowsRun:
    """Rows under way, and what became of those before them."""

    def __init__(self, file: TextIO, progress: Callable[[Ran], None] | None) -> None:
        self.file, self.progress = file, progress
        self.waiting: deque[tuple[str, str, Future[dict[str, Any]]]] = deque()
        self.ran = Ran()
        self.spent = False

    def count(self, more: Ran) -> None:
        self.ran = Ran(*(ours + theirs for ours, theirs in zip(astuple(self.ran), astuple(more), strict=True)))
        if self.progress:
            self.progress(self.ran)

    def write(self, most: int) -> None:
        """Write what is done, and wait until no more than so many are under way."""
        while self.waiting and (len(self.waiting) > most or self.waiting[0][2].done()):
            # The oldest first, though others may be done: rows stand in the file in the order of the input.
            name, of, future = self.waiting.popleft()
            row = future.result()
            # Once the budget is spent no further row is begun; this one is left for a later run and not recorded.
            if row.pop("spent", False):
                self.spent = True
                self.count(Ran(unasked=1))
                continue
            line = json.dumps({"id": name, "of": of, **row}, ensure_ascii=False, default=str)
            print(line, file=self.file, flush=True)
            self.count(Ran(done=int(row["ok"]), failed=int(not row["ok"])))


def _different(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield rows whose ids are all different.

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


def _fingerprint(built: Built, row: Mapping[str, Any]) -> str:
    # Sorted keys: the same row written in another order is the same row.
    value = json.dumps(row.get(built.input), ensure_ascii=False, default=str, sort_keys=True)
    return sha256(f"{built.said}\0{value}".encode()).hexdigest()[:16]


def _one(built: Built, row: Mapping[str, Any], callbacks: Sequence[BaseCallbackHandler]) -> dict[str, Any]:
    if built.input not in row:
        return _failed("ConfigError", f"the row has no field {built.input!r}")
    try:
        result = built.chain.invoke(row[built.input], {"callbacks": list(callbacks)})
    except BudgetExceeded:
        return {"spent": True}
    except RagkitError as error:
        return _failed(type(error).__name__, str(error))
    except Exception as error:  # noqa: BLE001 - one row must not cost the others; it is recorded in its place
        return _failed(type(error).__name__, str(error) or repr(error))
    return {"ok": True, "result": result_json(result)}


def _failed(kind: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"type": kind, "message": message}}
