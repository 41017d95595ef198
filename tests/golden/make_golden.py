"""Make a golden index with the ragkit at hand: ``python tests/golden/make_golden.py FOLDER``, once for each schema.

An index and what it must contain are kept for ever; every later version opens or migrates it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

HERE = "/golden"  # stands in for the folder that the files were in
FILES = {
    "notes/tide.txt": "The gangway is checked at every tide. A loose plank is reported to the harbour master.",
    "notes/ropes.md": "# Ropes\n\nRopes are replaced every second year.\n\n## Knots\n\nThe bowline does not slip.\n",
    "fish.html": "<html><head><title>Fish</title></head><body><h1>Herring</h1>\n<p>Herring spawn in spring.</p></body>",
    "boats.csv": "name,length,built\nSeagull,12,1961\nPetrel,9,1974\n",
    "logs.jsonl": '{"_id": "d1", "text": "Fog."}\n{"_id": "d2", "title": "Storm", "text": "A western gale."}\n',
    "scripts.txt": "猫は魚を食べる。 Старый причал скрипит. العربية: البحر هادئ. Naïve café, état-major.",
    "empty.txt": "",
    "broken.pdf": "%PDF-1.4 and nothing more",
}
LONG = "The {0} keeper wrote: on day {0} the lamp burned {1} hours and the sea stood {2} feet above the mark. "
QUESTIONS = ("How often are ropes replaced?", "gangway tide", "When do herring spawn?", "gale storm west", "причал")


def main(folder: Path) -> None:
    from ragkit import Index

    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        for name, text in {**FILES, "diary.txt": "".join(LONG.format(n, n % 9, n % 7) for n in range(60))}.items():
            path = base / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        index = Index(base / "index")
        index.sync(base / "files")
        index.close()
        _without_paths(base / "index" / "ragkit.sqlite3", str((base / "files").absolute()))
        folder.mkdir(parents=True)
        shutil.copy(base / "index" / "ragkit.sqlite3", folder)
        answers = {}
        index = Index(base / "index")
        for question in QUESTIONS:
            answers[question] = {
                mode: index.search(question, 1, mode)[0].chunk.id for mode in ("dense", "lexical", "hybrid")
            }
        index.close()
    contents = {**read(folder / "ragkit.sqlite3"), "answers": answers}
    (folder / "contents.json").write_text(json.dumps(contents, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _without_paths(path: Path, root: str) -> None:
    db = sqlite3.connect(path)
    with db:
        db.execute("UPDATE sources SET source = replace(source, ?, ?)", (root, HERE))
        for table in ("documents", "chunks"):
            db.execute(f"UPDATE {table} SET metadata = replace(metadata, ?, ?)", (root, HERE))
    _sum_again(db)
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert root.encode() not in path.read_bytes()


def _sum_again(db: sqlite3.Connection) -> None:
    from ragkit.store.sqlite.records import checksum

    db.create_function("checksum", -1, checksum)
    with db:
        db.execute("UPDATE documents SET checksum = checksum(uid, metadata, places, text)")
        db.execute(
            "UPDATE chunks SET checksum = (SELECT checksum(documents.uid, documents.metadata, chunks.uid, ordinal,"
            ' start, "end", heading, chunks.text, chunks.metadata) FROM documents WHERE documents.id = document_id)'
        )


def read(path: Path) -> dict[str, object]:
    """Return what must never change: the ledger, texts, spans, metadata, and a hash of every vector."""
    db = sqlite3.connect(path)
    rows = {
        "sources": "SELECT source, outcome, whole, characters, passages, truncated FROM sources ORDER BY source",
        "documents": "SELECT source, uid, text, metadata, places FROM documents"
        " JOIN sources ON sources.id = source_id ORDER BY source, documents.id",
        "chunks": 'SELECT chunks.uid, start, "end", heading, text, metadata FROM chunks ORDER BY id',
        "vectors": "SELECT chunks.uid, vector FROM vectors JOIN chunks ON chunks.id = chunk_id ORDER BY chunk_id",
    }
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'token_vectors'").fetchone():
        rows["tokens"] = "SELECT chunk_id, vectors FROM token_vectors ORDER BY chunk_id"
    found = {name: [list(row) for row in db.execute(sql)] for name, sql in rows.items()}
    db.close()
    for name in ("vectors", "tokens"):
        found[name] = [[row, hashlib.sha256(vector).hexdigest()] for row, vector in found.get(name, ())]
    return {name: value for name, value in found.items() if value}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
