"""Indexes that older releases wrote are brought up to date when they are opened, or left exactly as they were."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragkit import Index
from ragkit.core.errors import IndexMismatch, RagkitError
from ragkit.store import Store
from ragkit.store.care.verify import verify
from ragkit.store.sqlite import migrate

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMAS = sorted(path.name for path in GOLDEN.glob("schema-*"))
sys.path.insert(0, str(GOLDEN))
from make_golden import read  # noqa: E402 - the folder of the golden indexes is no package


@pytest.fixture
def oldest(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    shutil.copy(GOLDEN / "schema-1" / "ragkit.sqlite3", folder)
    return folder


def schema(folder: Path) -> int:
    db = sqlite3.connect(folder / "ragkit.sqlite3")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return version


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_index_of_each_schema_opens_whole_and_gives_its_answers(models_dir, tmp_path: Path, name: str):
    folder = tmp_path / "index"
    folder.mkdir()
    shutil.copy(GOLDEN / name / "ragkit.sqlite3", folder)
    contents = json.loads((GOLDEN / name / "contents.json").read_text("utf-8"))
    index = Index(folder)
    for question, answers in contents.pop("answers").items():
        for mode, chunk in answers.items():
            assert index.search(question, 1, mode)[0].chunk.id == chunk
    index.close()
    assert read(folder / "ragkit.sqlite3") == contents
    report = verify(folder)
    assert report.ok, report.problems
    assert schema(folder) == migrate.SCHEMA_VERSION


def test_a_migrated_database_has_the_tables_of_a_new_one(oldest: Path, tmp_path: Path):
    shapes = []
    for folder in (oldest, tmp_path / "new"):
        store = Store(folder, create=True)
        tables = [name for (name,) in store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        shapes.append({name: store.rows("SELECT * FROM pragma_table_info(?)", (name,)) for name in tables})
        store.close()
    assert [(name, sorted(row[1:] for row in rows)) for name, rows in shapes[0].items()] == [
        (name, sorted(row[1:] for row in rows)) for name, rows in shapes[1].items()
    ]


KILLED = """
import os, signal, sys
from pathlib import Path
from ragkit.store import Store
from ragkit.store.sqlite import migrate

def steps():
    yield from statements
    os.kill(os.getpid(), signal.SIGKILL)

statements = migrate.MIGRATIONS[2]
migrate.MIGRATIONS[2] = steps()
Store(Path(sys.argv[1]))
"""


def test_a_migration_that_is_killed_leaves_the_older_schema(oldest: Path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(oldest)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert schema(oldest) == 1
    Store(oldest).close()
    assert schema(oldest) == 2
    assert verify(oldest).ok


def test_a_migration_that_fails_changes_nothing(oldest: Path, monkeypatch):
    good = migrate.MIGRATIONS[2]
    monkeypatch.setitem(migrate.MIGRATIONS, 2, (*good, "SELECT nonsense"))
    with pytest.raises(RagkitError, match="nonsense"):
        Store(oldest)
    assert schema(oldest) == 1
    monkeypatch.setitem(migrate.MIGRATIONS, 2, good)
    Store(oldest).close()
    assert verify(oldest).ok


def test_several_that_open_an_older_index_at_once_all_get_it(oldest: Path):
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store(oldest), range(8)))
    assert {store.count_chunks() for store in stores} == {15}
    for store in stores:
        store.close()


def test_a_writer_of_an_older_release_is_waited_for(oldest: Path, monkeypatch):
    from ragkit.core.errors import IndexLocked
    from ragkit.store.sqlite.lock import WriterLock

    monkeypatch.setattr(migrate, "WAIT", 0.1)
    with WriterLock(oldest).held(), pytest.raises(IndexLocked):
        Store(oldest)
    Store(oldest).close()
    assert schema(oldest) == 2


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only the superuser can become somebody else")
def test_an_older_index_that_cannot_be_written_says_where_to_open_it():
    import tempfile

    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    shutil.copy(GOLDEN / "schema-1" / "ragkit.sqlite3", folder)
    child = os.fork()
    if not child:
        os.setgid(65534)
        os.setuid(65534)
        try:
            Store(folder)
        except IndexMismatch as error:
            os._exit(7 if "schema 1" in str(error) and "ragkit status --index" in str(error) else 8)
        except BaseException:
            os._exit(9)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert schema(folder) == 1
    shutil.rmtree(folder)
