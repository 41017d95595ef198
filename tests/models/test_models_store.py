from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ragkit import models
from ragkit.core.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from pathlib import Path

TINY = {"config.json": b'{"a": 1}', "weights/model.bin": bytes(range(256)) * 4}


@pytest.fixture
def pulled(make_model, tmp_path):
    entry = make_model(TINY)
    for name, content in TINY.items():
        place = tmp_path / "given" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    models.pull(entry.name, source=tmp_path / "given")
    return entry


def overwrite(path: Path, content: bytes) -> None:
    """Change a file as a failing disk does: neither its size nor its time tells."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_absent_model_has_no_path_and_the_error_names_the_command(make_model):
    entry = make_model(TINY)
    assert not models.is_present(entry.name)
    assert models.state(entry.name) == "absent"
    with pytest.raises(ModelError, match=f"not on this machine: run ragkit models pull {entry.name}"):
        models.path(f"{entry.name}-alias")


def test_a_model_of_several_files_stands_in_its_folder(pulled, models_dir):
    assert models.path(pulled.name) == models_dir / pulled.name
    assert (models_dir / pulled.name / "weights" / "model.bin").read_bytes() == TINY["weights/model.bin"]


def test_asking_about_an_unknown_model_is_an_error(models_dir):
    for ask in (models.is_present, models.path, models.verify, models.pull):
        with pytest.raises(ConfigError, match="unknown model"):
            ask("zzzz")


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.sampled_from(sorted(TINY)), data=st.data())
def test_verify_finds_any_flipped_bit_and_names_its_file(pulled, which, data):
    file = models.path(pulled.name) / which
    at, bit = data.draw(st.integers(0, len(TINY[which]) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(TINY[which])
    flipped[at] ^= 1 << bit
    overwrite(file, bytes(flipped))
    report = models.verify(pulled.name)
    assert [check.name for check in report.files if check.state == "damaged"] == [which]
    assert report.state == "damaged"
    overwrite(file, TINY[which])
    assert models.verify(pulled.name).ok


def test_a_report_names_both_hashes_of_a_damaged_file(pulled):
    overwrite(models.path(pulled.name) / "config.json", b'{"a": 2}')
    (problem,) = models.verify(pulled.name).problems
    assert pulled.files[0].sha256 in problem
    assert hashlib.sha256(b'{"a": 2}').hexdigest() in problem


def test_a_model_found_damaged_is_refused_until_it_is_pulled_again(pulled, tmp_path):
    overwrite(models.path(pulled.name) / "config.json", b'{"a": 2}')
    models.verify(pulled.name)
    with pytest.raises(ModelError, match=f"damaged.*run ragkit models pull {pulled.name}"):
        models.path(pulled.name)
    models.pull(pulled.name, source=tmp_path / "given")
    assert models.verify(pulled.name).ok


def test_a_missing_file_makes_the_model_damaged_and_the_pull_brings_only_it(pulled, tmp_path):
    (models.path(pulled.name) / "config.json").unlink()
    (tmp_path / "given" / "weights" / "model.bin").unlink()
    assert models.state(pulled.name) == "damaged"
    models.pull(pulled.name, source=tmp_path / "given")
    assert models.is_present(pulled.name)


def test_a_changed_time_is_settled_by_the_hash(pulled):
    file = models.path(pulled.name) / "config.json"
    os.utime(file, (1, 1))
    assert models.is_present(pulled.name)
    file.write_bytes(b'{"a": 2}')
    os.utime(file, (2, 2))
    assert not models.is_present(pulled.name)


def test_a_folder_copied_without_its_record_counts_after_hashing(pulled, models_dir):
    (models_dir / pulled.name / ".verified.json").unlink()
    assert models.is_present(pulled.name)
    assert (models_dir / pulled.name / ".verified.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"files": 3}', '{"files": {"config.json": null}}'])
def test_a_broken_record_is_settled_by_the_hash(pulled, models_dir, text):
    (models_dir / pulled.name / ".verified.json").write_text(text)
    assert models.is_present(pulled.name)


def test_locate_finds_a_catalogue_model_by_alias(pulled, models_dir):
    assert models.locate(f"{pulled.name}-alias") == models_dir / pulled.name


def test_locate_finds_a_local_path(tmp_path, models_dir):
    (tmp_path / "mine.gguf").write_bytes(b"x")
    assert models.locate(tmp_path / "mine.gguf") == tmp_path / "mine.gguf"


def test_locate_finds_the_main_revision_in_the_hugging_face_cache(tmp_path, models_dir):
    repository = tmp_path / "hub" / "models--someone--some.model"
    for revision in ("aaa", "bbb", "ccc"):
        (repository / "snapshots" / revision).mkdir(parents=True)
        (repository / "snapshots" / revision / "config.json").write_text("{}")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("bbb")
    assert models.locate("someone/some.model") == repository / "snapshots" / "bbb"


@pytest.mark.parametrize("name", ["someone/never-fetched", "", "zzzz", "a/b/c", "models--x"])
def test_locate_finds_nothing_where_nothing_is(name, models_dir):
    assert models.locate(name) is None


def test_a_catalogue_model_that_is_absent_is_not_located(make_model):
    assert models.locate(make_model(TINY).name) is None


def test_normal_use_opens_no_connection_and_starts_no_process(models_dir):
    code = """
import sys
def watch(event, args):
    assert not event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")), event
sys.addaudithook(watch)
from ragkit import models
from ragkit.core.errors import ModelError
for name in models.catalogue():
    models.locate(name), models.is_present(name), models.verify(name)
    try:
        models.path(name)
    except ModelError:
        pass
models.locate("someone/else")
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "done", done.stderr


@pytest.fixture
def real_minilm():
    if not models.is_present("all-MiniLM-L6-v2"):
        pytest.skip("all-MiniLM-L6-v2 is not on this machine: run ragkit models pull all-MiniLM-L6-v2")
    return models.path("all-MiniLM-L6-v2")


def test_the_real_minilm_is_whole_and_is_what_its_card_says(real_minilm):
    assert models.verify("all-MiniLM-L6-v2").ok
    card = models.require("all-MiniLM-L6-v2").card
    assert isinstance(card, models.EmbedderCard)
    assert json.loads((real_minilm / "config.json").read_text())["hidden_size"] == card.dimension
    assert json.loads((real_minilm / "sentence_bert_config.json").read_text())["max_seq_length"] == card.max_tokens


@pytest.mark.parametrize("name", ["SmolLM2-135M-Instruct-Q4_1", "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M"])
def test_the_context_length_of_a_real_generator_is_that_of_its_file(name):
    if not models.is_present(name):
        pytest.skip(f"{name} is not on this machine: run ragkit models pull {name}")
    with models.path(name).open("rb") as stream:
        header = stream.read(4096)
    key = b".context_length"
    kind, length = struct.unpack_from("<II", header, header.index(key) + len(key))
    assert kind == 4  # uint32 in GGUF
    assert length == models.require(name).context_length
