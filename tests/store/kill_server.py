"""A process with everything imported that forks a child for each run, kills it after a while, and checks what is left.

Reads one JSON request a line from standard input and answers each with one JSON line. A fresh interpreter for each of
hundreds of runs would take minutes.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index_work import SmallEmbedder, contents, embed_anew, pipeline_of, rows_file, settings_of, unsound

from ragkit.core.errors import IndexCorrupt
from ragkit.ingest import reembed
from ragkit.ingest import run as sync
from ragkit.ingest.run import Synchroniser
from ragkit.store import Reader, Store
from ragkit.store.care.compact import compact
from ragkit.store.care.remove import remove
from ragkit.store.care.repair import repair
from ragkit.store.search import lexical, vectors

if TYPE_CHECKING:
    from collections.abc import Callable

REMOVED = ("004.jsonl", "005.jsonl", "009.jsonl")
BATCH = 16  # passages written together; small, so that many moments lie between two writes


def index(folder: Path, files: Path) -> None:
    """Bring the index to what the files hold."""
    store = Store(folder, create=True)
    embedder = SmallEmbedder()
    with store.writing():
        store.set_setting("embedder", settings_of(embedder)["embedder"])
        Synchroniser(store, pipeline_of(embedder)).run(sorted(files.iterdir()), prune=lambda _: True)
        Reader(store).update_caches()
    store.close()


def change_embedder(folder: Path, _: Path) -> None:
    """Bring it to another embedder."""
    store = Store(folder)
    with store.writing():
        embed_anew(store, SmallEmbedder("other", 24))
        Reader(store).update_caches()
    store.close()


def take_out(folder: Path, files: Path) -> None:
    """Remove some files, unless that is done."""
    store = Store(folder)
    gone = {str(files / name) for name in REMOVED}
    if gone & {row.source for row in store.sources()}:
        with store.writing():
            remove(store, sorted(gone))
            Reader(store).update_caches()
    store.close()


def make_small(folder: Path, _: Path) -> None:
    store = Store(folder)
    compact(store)
    store.close()


def mend(folder: Path, _: Path) -> None:
    repair(folder)


ACTIONS: dict[str, Callable[[Path, Path], None]] = {
    "index": index,
    "reembed": change_embedder,
    "remove": take_out,
    "compact": make_small,
    "repair": mend,
}


def with_room(folder: Path, files: Path) -> None:
    """Leave room in the database, and rows without checksums as schema 1 wrote them."""
    store = Store(folder)
    for row in store.sources()[::2]:
        store.delete_source(row.id)
    with store.transaction():
        for table in ("documents", "chunks", "vectors"):
            store.rows(f"UPDATE {table} SET checksum = NULL")
    store.close()


def with_damaged_rows(folder: Path, files: Path) -> None:
    """Change a text behind the back of its checksum, and a file of each cache."""
    store = Store(folder)
    with store.transaction():
        store.rows("UPDATE chunks SET text = 'Nobody' || substr(text, 7) WHERE id % 40 = 1")
    store.close()
    for path in (folder / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"junk" * 100)


def with_damaged_pages(folder: Path, files: Path) -> None:
    """Overwrite pages in the middle of the database."""
    path = folder / "ragkit.sqlite3"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 3 * 4096] = b"junk" * (3 * 1024)
    path.write_bytes(content)


PREPARATIONS: dict[str, Callable[[Path, Path], None]] = {
    "index": index,
    "room": with_room,
    "rows": with_damaged_rows,
    "pages": with_damaged_pages,
}


def check(folder: Path, files: Path) -> dict[str, Any]:
    """Say what the index holds and what is wrong with it."""
    if not (folder / "ragkit.sqlite3").exists():
        return {"contents": None, "unsound": []}
    try:
        store = Store(folder)
        found = {"contents": contents(store, files), "unsound": unsound(store)}
        store.close()
    except IndexCorrupt as error:
        return {"contents": "damaged", "unsound": [str(error)]}
    return found


def finish(action: str, folder: Path, files: Path) -> dict[str, Any]:
    """Look at what a killed run left, do it again to the end, and look again."""
    left = check(folder, files)
    ACTIONS[action](folder, files)
    return {"left": left, "whole": check(folder, files)}


def in_child(work: Callable[[], Any], delay: float | None) -> dict[str, Any]:
    """Run something in a forked child and kill it after ``delay`` seconds unless it is done before."""
    read, write = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if not child:
        os.close(read)
        code = 0
        try:
            said = {"result": work()}
        except BaseException:  # it must not return into the server
            said, code = {"error": traceback.format_exc()}, 1
        with os.fdopen(write, "w") as pipe:
            json.dump(said, pipe)
        os._exit(code)
    os.close(write)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    return {"seconds": time.perf_counter() - began, "killed": killed, **({} if killed else json.loads(said))}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    folder, files = Path(request["folder"]), Path(request["files"])
    if request["do"] == "run":
        return in_child(lambda: ACTIONS[request["action"]](folder, files), request.get("delay"))
    if request["do"] == "prepare":
        return in_child(lambda: PREPARATIONS[request["action"]](folder, files), None)
    if request["do"] == "check":
        return in_child(lambda: check(folder, files), None)
    return in_child(lambda: finish(request["action"], folder, files), None)


def warm_up() -> None:
    """Import what the first run imports, so that no child spends its time on that."""
    import faiss  # noqa: F401
    import tantivy  # noqa: F401

    with tempfile.TemporaryDirectory() as base:
        (Path(base) / "files").mkdir()
        (Path(base) / "files" / "rows.jsonl").write_text(rows_file({"1": "A row."}), "utf-8")
        store = Store(Path(base) / "index", create=True)
        Synchroniser(store, pipeline_of(SmallEmbedder())).run([Path(base) / "files" / "rows.jsonl"])
        store.close()


def main() -> None:
    logging.disable()  # that caches are made again is what happens here all the time
    sync.BATCH = reembed.BATCH = BATCH
    lexical.TAIL_LIMIT, vectors.CACHE_FROM = 20, 40  # caches are written in these small indexes too,
    vectors.APPROXIMATE_FROM = 100  # of both kinds
    warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
