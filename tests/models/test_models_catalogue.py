from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from ragkit import models
from ragkit.core.errors import ConfigError

NAMES = ["all-MiniLM-L6-v2", "SmolLM2-135M-Instruct-Q4_1", "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M"]
RERANKER = "ms-marco-MiniLM-L12-v2"


def test_the_built_in_models_come_first_in_the_catalogue():
    assert list(models.catalogue())[:3] == NAMES


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("ALL-minilm-l6-V2", NAMES[0]),
        ("sentence-transformers/all-MiniLM-L6-v2", NAMES[0]),
        ("smollm2", NAMES[1]),
        ("Qwen2.5-Coder-1.5B", NAMES[2]),
        ("cross-encoder/ms-marco-MiniLM-L12-v2", RERANKER),
    ],
)
def test_a_model_is_found_by_name_and_alias_in_any_case(spelling, name):
    entry = models.find(spelling)
    assert entry is not None
    assert entry.name == name


def test_a_cross_encoder_may_be_named_alone_where_a_spec_is_wanted():
    entry = models.require(RERANKER)
    assert (entry.kind, entry.context_length) == ("reranker", 512)
    assert models.in_full(f"{RERANKER}?depth=20") == f"cross-encoder:{RERANKER}?depth=20"


def test_an_unknown_name_finds_nothing():
    assert models.find("gpt-17") is None


def test_requiring_an_unknown_model_suggests_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean 'smollm2'"):
        models.require("smolm2")


def test_requiring_a_name_near_no_other_lists_the_catalogue():
    with pytest.raises(ConfigError, match="all-MiniLM-L6-v2, SmolLM2"):
        models.require("zzzz")


@pytest.mark.parametrize("name", [*NAMES, RERANKER])
def test_every_file_of_a_built_in_model_is_pinned_whole_and_in_parts(name):
    for file in models.catalogue()[name].files:
        for pin in (file, *file.parts):
            assert len(pin.sha256) == 64
            assert set(pin.sha256) <= set("0123456789abcdef")
        assert sum(part.size for part in file.parts) == file.size
        if len(file.parts) == 1:
            assert file.parts[0].sha256 == file.sha256


def test_a_registered_model_is_found_until_it_is_taken_out_again(make_model):
    entry = make_model({"a.bin": b"a"})
    assert models.find(f"{entry.name}-ALIAS") == entry
    assert models.catalogue()[entry.name] == entry


def test_registering_the_same_model_twice_changes_nothing(make_model):
    entry = make_model({"a.bin": b"a"})
    before = dict(models.catalogue())
    models.register(entry)
    assert dict(models.catalogue()) == before


def test_a_taken_name_cannot_be_registered_for_another_model(make_model):
    entry = make_model({"a.bin": b"a"})
    with pytest.raises(ConfigError, match="already belongs to all-MiniLM-L6-v2"):
        models.register(replace(entry, name="other", aliases=("minilm",)))


def test_a_built_in_model_cannot_be_taken_out():
    with pytest.raises(ConfigError, match="was not added"):
        models.unregister("all-MiniLM-L6-v2")


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "", "a\\b"])
def test_a_file_outside_the_models_folder_cannot_be_pinned(name):
    with pytest.raises(ValueError, match="no path inside"):
        models.PinnedFile(name, "0" * 64, 1)


@pytest.mark.parametrize("name", ["", ".partial", "a/b", "..", "a\\b"])
def test_a_name_that_is_no_folder_name_is_refused(name, make_model):
    entry = make_model({"a.bin": b"a"})
    with pytest.raises(ValueError, match="cannot be the name of a folder"):
        replace(entry, name=name)


def test_parts_that_do_not_add_up_are_refused():
    part = models.WheelPart("p", "1", "m", "0" * 64, 2)
    with pytest.raises(ValueError, match="do not add up"):
        models.PinnedFile("a", "0" * 64, 3, (part,))


def test_importing_the_catalogue_loads_nothing_heavy():
    heavy = "{'pydantic', 'huggingface_hub', 'rich', 'requests', 'httpx', 'filelock', 'typer', 'zipfile', 'numpy'}"
    code = f"import sys, ragkit.models; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
