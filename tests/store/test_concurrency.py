"""One writer, any number of readers, each on one committed state; threads and processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from index_work import Work, rows_file

from ragkit.core.errors import IndexLocked
from ragkit.store import Reader, Store, VectorStore

HERE = Path(__file__).parent
HOLD = """
import sys
from pathlib import Path
from ragkit.store import Store
store = Store(Path(sys.argv[1]))
with store.writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_holds_the_index_and_since_when(work: Work):
    work.write("a.txt", "The cat sleeps.")
    with holding(work.folder) as process:
        with pytest.raises(IndexLocked, match=rf"process {process.pid} since \d{{4}}-"):
            work.sync()
        with pytest.raises(IndexLocked):
            work.store.set_setting("x", 1)
        process.communicate("")
    assert work.outcomes(work.sync()) == {"a.txt": "indexed"}


def test_the_lock_of_a_killed_writer_is_taken_over(work: Work):
    with holding(work.folder) as process:
        process.kill()
        process.wait()
    assert (work.folder / "writer.json").exists()
    work.store.set_setting("x", 1)
    assert work.store.setting("x") == 1
    assert not (work.folder / "writer.json").exists()


def test_two_stores_of_one_process_lock_each_other_out(work: Work):
    other = Store(work.folder)
    with work.store.writing(), pytest.raises(IndexLocked, match=str(os.getpid())):
        other.set_setting("x", 1)
    other.set_setting("x", 1)
    other.close()


def test_searching_needs_no_lock(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    with holding(work.folder) as process:
        work.reopen()
        assert work.found("cat") == work.nearest("cat") == ["The cat sleeps."]
        process.communicate("")


def test_a_search_that_builds_a_cache_keeps_no_writer_out(work: Work):
    work.write("rows.jsonl", rows_file({str(number): f"Row {number} speaks." for number in range(400)}))
    work.sync()
    from ragkit.store.sqlite.lock import cache_lock

    with cache_lock(work.folder) as state:
        assert state == "held"
        work.write("a.txt", "The cat sleeps.")
        other = Store(work.folder)
        other.set_setting("x", 1)
        other.close()


def test_another_process_writes_and_an_open_reader_sees_it(work: Work):
    reader = Reader(Store(work.folder))
    assert len(reader.lexical("cat", 5)[0]) == 0
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    assert len(reader.lexical("cat", 5)[0]) == 1
    work.write("a.txt", "The dog barks.")
    work.sync()
    assert len(reader.lexical("cat", 5)[0]) == 0
    reader.store.close()


def test_a_snapshot_keeps_showing_one_state_while_another_connection_writes(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    other = Store(work.folder)
    reader = Reader(other)
    with reader.snapshot():
        first = reader.lexical("cat", 5)[0].tolist()
        work.write("a.txt", "The dog barks.")
        work.sync()
        assert reader.lexical("cat", 5)[0].tolist() == first
        assert [chunk.text for chunk in reader.chunks(first).values()] == ["The cat sleeps."]
    assert reader.lexical("cat", 5)[0].tolist() == []
    other.close()


SECONDS = float(os.environ.get("RAGKIT_CONCURRENCY_SECONDS", "10"))
READERS = 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
def test_readers_get_answers_of_one_committed_state_each_while_a_process_writes(tmp_path: Path):
    script = str(HERE / "concurrent_work.py")
    process = subprocess.run(
        [sys.executable, script, str(tmp_path / "index"), str(SECONDS), str(READERS)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert process.returncode == 0, process.stderr
    writer, *readers = json.loads(process.stdout)
    for said in (writer, *readers):
        assert "error" not in said, said["error"]
    assert writer["generations"] > 3
    assert all(said["states"] > 1 for said in readers)


WRITE = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from index_work import Work, rows_file
work = Work(Path(sys.argv[1]))
for turn in range(1, 13):
    work.write("rows.jsonl", rows_file({{str(row): f"Turn {{turn}} row {{row}} of the herd." for row in range(300)}}))
    work.sync()
print("done", flush=True)
"""


def test_readers_see_whole_states_while_another_process_rewrites_the_file(work: Work):
    process = subprocess.Popen([sys.executable, "-c", WRITE, str(work.folder.parent)], stdout=subprocess.PIPE)
    seen: list[set[str]] = []

    def read() -> None:
        store = Store(work.folder)
        reader = Reader(store)
        while process.poll() is None:
            with reader.snapshot():
                total = store.count_chunks()
                vector = work.embedder.encode_query("herd")
                dense = reader.chunks(reader.dense(vector / (vector @ vector) ** 0.5, 1000)[0].tolist())
                lexical = reader.chunks(reader.lexical("herd", 1000)[0].tolist())
            assert len(dense) == len(lexical) == total
            assert {chunk.text for chunk in dense.values()} == {chunk.text for chunk in lexical.values()}
            seen.append({chunk.text.split(" row")[0] for chunk in dense.values()})
        store.close()

    with process, ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(read), pool.submit(read)]:
            future.result()
    assert process.returncode == 0
    assert any(seen)


def test_threads_search_while_a_thread_of_the_same_store_writes(work: Work):
    work.write("0.txt", "The herd grows to 0.")
    work.sync()
    done = threading.Event()

    def search() -> int:
        most = 0
        while not done.is_set():
            found = work.found("herd", 50)
            assert len(found) >= most
            most = len(found)
            assert len(work.nearest("herd", 50)) >= most
        return most

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(search) for _ in range(3)]
        for number in range(1, 20):
            work.write(f"{number}.txt", f"The herd grows to {number}.")
            work.sync()
        done.set()
        assert all(future.result() <= 20 for future in futures)
    assert len(work.found("herd", 50)) == 20


def test_threads_add_to_one_vector_store(tmp_path: Path):
    from langchain_core.embeddings import DeterministicFakeEmbedding

    store = VectorStore(DeterministicFakeEmbedding(size=8), tmp_path / "store")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: store.add_texts([f"text {number}"], ids=[str(number)]), range(40)))
    assert len(store.similarity_search("text", k=100)) == 40
    store.close()
