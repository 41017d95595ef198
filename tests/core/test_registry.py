"""Spec strings: parsed, typed, resolved; what is wrong is said with the nearest right one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.errors import ConfigError
from ragkit.core.registry import BUILT_IN, Spec, create, known, parse_spec, resolve


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("openai:gpt-4o-mini", Spec("openai", "gpt-4o-mini")),
        ("transformers:org/name", Spec("transformers", "org/name")),
        ("llamacpp:C:/models/a b.gguf", Spec("llamacpp", "C:/models/a b.gguf")),
        (
            "a:b?n=3&f=.5&e=1e-3&yes=true&no=False&s=x",
            Spec(
                "a",
                "b",
                {
                    "n": 3,
                    "f": 0.5,
                    "e": 0.001,
                    "yes": True,
                    "no": False,
                    "s": "x",
                },
            ),
        ),
        ("a:b?empty=", Spec("a", "b", {"empty": ""})),
        ("a:b?version=1.2.3", Spec("a", "b", {"version": "1.2.3"})),
    ],
)
def test_a_spec_is_provider_model_and_typed_options(text: str, spec: Spec):
    assert parse_spec(text) == spec


def test_a_written_spec_keeps_the_space_that_a_prefix_ends_in():
    spec = Spec("a", "b", {"query_prefix": "query: "})
    assert parse_spec(str(spec)) == spec


@pytest.mark.parametrize("text", ["", "gpt-4o", ":model", "openai:", "?a=1", "openai:?a=1"])
def test_a_spec_without_provider_or_model_is_refused_with_an_example(text: str):
    with pytest.raises(ConfigError, match="provider:model, for example"):
        parse_spec(text)


@given(
    st.sampled_from(["a", "b-c"]),
    st.from_regex(r"\A[a-zA-Z0-9./:_-]+\Z"),
    st.dictionaries(
        st.from_regex(r"\A[a-z]+\Z"),
        st.integers() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])).map("x{}".format),
    ),
)
def test_a_written_spec_reads_back(provider: str, model: str, options: dict):
    spec = Spec(provider, model, options)
    assert parse_spec(str(spec)) == spec


@pytest.mark.parametrize(("kind", "provider"), [(kind, name) for kind in BUILT_IN for name in BUILT_IN[kind]])
def test_every_built_in_provider_is_there(kind: str, provider: str):
    assert callable(resolve(kind, provider))
    assert provider in known(kind)


def test_an_unknown_provider_names_the_nearest_or_all():
    with pytest.raises(ConfigError, match="did you mean 'llamacpp'"):
        create("generators", "llama.cpp:model")
    with pytest.raises(ConfigError, match=r"known: .*sentence-transformers"):
        create("embedders", "zzz:model")
