"""One writer and several readers, each a process of its own; says what every reader saw.

Each commit replaces all passages by those of the next generation, in other numbers. An answer that mixes two committed
states, or two searches of one snapshot that disagree, cannot go unseen.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index_work import SmallEmbedder, settings_of

from ragkit.core.types import Chunk, content_id
from ragkit.retrieve.search import Searcher
from ragkit.store import Reader, Store
from ragkit.store.care.compact import compact
from ragkit.store.search import lexical, vectors
from ragkit.store.sqlite.records import NewDocument, text_hash, unit

if TYPE_CHECKING:
    from collections.abc import Callable

CACHES_EACH = 3  # generations; in between readers search the new rows beside the caches
COMPACT_EACH = 25


def passages(generation: int) -> int:
    return 60 + generation % 7


def text_of(generation: int, number: int) -> str:
    return f"Generation {generation} of {passages(generation)}: the herd has member {number}."


def write_generation(store: Store, generation: int) -> None:
    """Replace everything in one transaction."""
    embedder = SmallEmbedder()
    texts = [text_of(generation, number) for number in range(passages(generation))]
    made = unit(embedder.encode(texts))
    with store.transaction():
        source = store.plain_source()
        store.delete_documents(source, [uid for (uid,) in store.rows("SELECT uid FROM documents")])
        for number, text in enumerate(texts):
            uid = content_id(generation, number)
            chunk = Chunk(uid, uid, text, 0, len(text))
            vector = made[number : number + 1]
            store.put_document(source, NewDocument(uid, text, {}, uid, [chunk], [text_hash(text)], vector))


def write(folder: Path, seconds: float) -> dict[str, Any]:
    store = Store(folder)
    reader = Reader(store)
    ends = time.monotonic() + seconds
    generation = 1
    while time.monotonic() < ends:
        generation += 1
        write_generation(store, generation)
        if generation % CACHES_EACH == 0:
            reader.update_caches()
        if generation % COMPACT_EACH == 0:
            compact(store)
    return {"generations": generation}


def read(folder: Path, seconds: float) -> dict[str, Any]:
    store = Store(folder)
    reader = Reader(store)
    embedder = SmallEmbedder()
    searcher = Searcher(reader, embedder)
    vector = unit(embedder.encode_query("herd")[None, :])[0]
    ends = time.monotonic() + seconds
    seen: list[int] = []
    while time.monotonic() < ends:
        with reader.snapshot():
            near = reader.dense(vector, 1_000)[0].tolist()
            matching = reader.lexical("herd", 1_000)[0].tolist()
            chunks = reader.chunks([*near, *matching])
            kept = {uid for (uid,) in store.rows("SELECT uid FROM chunks")}
        generation = one_generation([chunks[row].text for row in near])
        assert sorted(near) == sorted(matching), (sorted(near), sorted(matching))
        assert {chunk.id for chunk in chunks.values()} == kept
        hits = searcher.search("which member has the herd?", 1_000)
        later = one_generation([hit.chunk.text for hit in hits])
        assert (seen[-1] if seen else 0) <= generation <= later, (seen[-1:], generation, later)
        seen += [generation, later]
    return {"searches": len(seen), "states": len(set(seen)), "last": seen[-1]}


def one_generation(texts: list[str]) -> int:
    """Return the generation that all texts are of; there must be all of them."""
    generation = int(texts[0].split()[1])
    assert sorted(texts) == sorted(text_of(generation, number) for number in range(passages(generation))), texts[:3]
    return generation


def forked(work: Callable[[Path, float], dict[str, Any]], folder: Path, seconds: float) -> int:
    """Do something in a child process; returns where its result can be read."""
    read_end, write_end = os.pipe()
    if not os.fork():
        os.close(read_end)
        try:
            said = work(folder, seconds)
        except BaseException:  # it must not return into the parent's work
            said = {"error": traceback.format_exc()}
        with os.fdopen(write_end, "w") as pipe:
            json.dump(said, pipe)
        os._exit(0)
    os.close(write_end)
    return read_end


def main(folder: Path, seconds: float, readers: int) -> None:
    import faiss  # noqa: F401 - imported once, before the children are made
    import tantivy  # noqa: F401

    logging.disable()
    lexical.TAIL_LIMIT, vectors.CACHE_FROM = 20, 40
    store = Store(folder, create=True)
    store.set_setting("embedder", settings_of(SmallEmbedder())["embedder"])
    write_generation(store, 1)
    store.close()
    pipes = [forked(write, folder, seconds), *(forked(read, folder, seconds) for _ in range(readers))]
    said: list[Any] = []
    for pipe in pipes:
        with os.fdopen(pipe) as file:
            said.append(json.load(file))
        os.wait()
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
