"""One spec string for every backend."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ragkit.core.errors import ConfigError
from ragkit.generate import ChatTransformers, load_generator

HEAVY = ("langchain_core", "langchain", "langchain_openai", "openai", "torch", "transformers", "xllamacpp", "numpy")


def test_a_spec_without_a_model_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="not a model spec"):
        load_generator("llamacpp")


def test_a_model_is_not_loaded_before_it_is_needed() -> None:
    assert isinstance(load_generator("transformers:any/name"), ChatTransformers)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import ragkit.generate, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_making_a_local_model_loads_neither_torch_nor_a_client_library() -> None:
    code = (
        "from ragkit.generate import load_generator; import sys; load_generator('transformers:any/name');"
        "print([name for name in ('torch', 'transformers', 'openai') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
