"""Caches are checked against the rows they were made from: wrong ones are named, old ones are no fault."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from index_work import Work, rows_file

from ragkit.store.care.describe import describe
from ragkit.store.care.repair import repair
from ragkit.store.care.verify import verify
from ragkit.store.search import vectors
from ragkit.store.search.vector_file import write


@pytest.fixture(params=["exact", "approximate"])
def cached(work: Work, monkeypatch, request) -> Work:
    """An index small enough for a test, with both caches."""
    monkeypatch.setattr(vectors, "CACHE_FROM", 100)
    monkeypatch.setattr(vectors, "APPROXIMATE_FROM", 200 if request.param == "approximate" else 10_000)
    work.write("rows.jsonl", rows_file({str(row): f"Row {row} speaks of subject{row}." for row in range(600)}))
    work.sync()
    assert [path.suffix for path in sorted((work.folder / "cache").iterdir())] == [".faiss", ""]
    return work


def states(work: Work) -> list[str]:
    return [cache["state"] for cache in describe(work.store)["caches"]]


def test_caches_that_are_behind_are_no_fault(cached: Work):
    assert states(cached) == ["current", "current"]
    cached.store.delete_chunks([uid for (uid,) in cached.store.rows("SELECT uid FROM chunks WHERE id % 40 = 0")])
    cached.write("more.jsonl", rows_file({"1": "One more.", "2": "And another."}))
    cached.sync()
    report = verify(cached.folder)
    assert report.ok, report.problems
    assert "behind" in states(cached)


def test_every_damaged_cache_file_is_named_and_made_anew(cached: Work):
    files = [path for path in (cached.folder / "cache").rglob("*") if path.is_file() and path.stat().st_size]
    found = cached.found("speaks", 700), cached.nearest("x", 700)
    assert len(files) > 3
    for path in files:
        if path.name in (".managed.json", "meta.json") or path.suffix == ".lock":
            continue  # tantivy's own notes, which it checks itself
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] + os.urandom(len(whole) - len(whole) // 2))
        report = verify(cached.folder)
        assert {problem.code for problem in report.problems} == {"cache"}, path
        path.write_bytes(whole)
        assert verify(cached.folder).ok
    files[0].write_bytes(b"junk")
    cached.store.close()
    assert repair(cached.folder).ok
    cached.reopen()
    assert (cached.found("speaks", 700), cached.nearest("x", 700)) == found


def test_a_cache_of_other_vectors_is_named(cached: Work):
    (path,) = (cached.folder / "cache").glob("*.faiss")
    with cached.store.transaction():
        others = np.roll(cached.store.vectors_after(0)[1], 1, axis=0)
        ids = cached.store.row_ids().tolist()
        cached.store.put_vectors(dict(zip(ids, others, strict=True)))
    report = verify(cached.folder)
    assert [(problem.code, problem.where) for problem in report.problems] == [("cache", str(path))]
    assert "600 of its vectors" in report.problems[0].what


def test_a_cache_that_lacks_rows_is_named(cached: Work):
    import faiss

    (path,) = (cached.folder / "cache").glob("*.faiss")
    token = path.stem.split("-")[1]
    ids, rows = cached.store.vectors_after(0)
    keep = np.arange(len(ids)) % 100 != 7
    flat = faiss.IndexFlatIP(16)
    flat.add(rows[keep])
    path.unlink()
    checksum = write(path, flat, ids[keep], {"kind": "exact"})
    path.rename(path.with_name(f"dense-{token}-{checksum:08x}.faiss"))
    (problem,) = verify(cached.folder).problems
    assert "lacks 6 passages" in problem.what


def test_files_of_another_state_or_release_are_passed_over(cached: Work):
    (cached.folder / "cache" / "dense-0011223344556677-00000000.faiss").write_bytes(b"old")
    (cached.folder / "cache" / "lexical-0").mkdir()
    assert verify(cached.folder).ok
    assert sorted(states(cached)) == ["current", "current", "stale", "stale"]


def test_a_cache_file_that_cannot_be_deleted_is_left_to_the_next_write(work: Work, monkeypatch, caplog):
    """Windows deletes no file that another process has mapped."""
    monkeypatch.setattr(vectors, "CACHE_FROM", 100)
    delete = Path.unlink

    def refuse(path, missing_ok=False):
        if path.suffix == ".faiss":
            raise PermissionError(13, "used by another process", str(path))
        delete(path, missing_ok=missing_ok)

    def add(name, rows):
        work.write(name, rows_file({f"{name}{row}": f"Row {row} speaks of {name}." for row in range(rows)}))
        work.sync()
        return len(list((work.folder / "cache").glob("*.faiss")))

    assert add("a.jsonl", 600) == 1
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        assert [add(f"b{number}.jsonl", 200) for number in range(4)] == [2, 3, 4, 5]
    assert not caplog.records
    assert vectors.VectorCache(work.store, work.folder / "cache").outline().rows == 1400
    assert add("c.jsonl", 400) == 1
