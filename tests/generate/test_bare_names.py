"""Models of the catalogue by their names alone, everywhere a spec is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit import Index, load_embedder, load_generator, models
from ragkit.chains import translate
from ragkit.core.errors import ConfigError
from ragkit.generate.generator import as_generator, spec_of, weak

if TYPE_CHECKING:
    from pathlib import Path

NAME = "SmolLM2-135M-Instruct-Q4_1"


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        (NAME, f"llamacpp:{NAME}"),
        (f"{NAME.lower()}?max_tokens=9", f"llamacpp:{NAME}?max_tokens=9"),
        ("all-MiniLM-L6-v2", "sentence-transformers:all-MiniLM-L6-v2"),
        ("openai:gpt-4o-mini", "openai:gpt-4o-mini"),
        ("llamacpp:some.gguf", "llamacpp:some.gguf"),
        ("unheard-of", "unheard-of"),
    ],
)
def test_a_name_of_the_catalogue_is_written_in_full(name: str, spec: str):
    assert models.in_full(name) == spec


def test_generators_are_loaded_by_name(models_dir: Path):
    assert load_generator(f"{NAME}?max_tokens=3").model == NAME
    assert as_generator(NAME).spec == spec_of(NAME) == f"llamacpp:{NAME}"
    assert weak(NAME)
    assert translate("French", NAME).generator.spec == f"llamacpp:{NAME}"


def test_embedders_and_indexes_take_names(models_dir: Path, tmp_path: Path):
    assert load_embedder("all-MiniLM-L6-v2").dimension == 384
    (tmp_path / "a.txt").write_text("The canteen opens at noon.")
    index = Index(tmp_path / "index", embedder="all-MiniLM-L6-v2", model=NAME)
    index.sync(tmp_path / "a.txt")
    assert index.model_spec == f"llamacpp:{NAME}"
    # Recorded in full, so that an older version opens it too.
    assert (index.store.embedder() or {})["spec"] == "sentence-transformers:all-MiniLM-L6-v2"


def test_a_name_that_nobody_knows_is_told_how_specs_are_written():
    with pytest.raises(ConfigError, match="write provider:model"):
        load_generator("unheard-of")
