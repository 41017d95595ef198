"""Metadata filters: what they mean, and that SQL and Python mean the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_work import Work, rows_file
from langchain_core.embeddings import DeterministicFakeEmbedding

from ragkit.core.errors import ConfigError
from ragkit.store import VectorStore
from ragkit.store.search import lexical, lexical_cache
from ragkit.store.search.filters import OPERATORS, matches

ABOUT = {
    "lang": "en",
    "year": 2004,
    "score": 0.5,
    "open": True,
    "none": None,
    "tags": ["law", 3, True],
    "deep": {"a": {"b": "x"}},
    "a.b": "dotted",
    "a": {"b": "nested"},
}
CASES = [
    ({}, True),
    ({"lang": "en"}, True),
    ({"lang": "EN"}, False),
    ({"year": 2004.0}, True),
    ({"year": "2004"}, False),
    ({"open": 1}, False),
    ({"open": True}, True),
    ({"none": None}, True),
    ({"absent": None}, False),
    ({"absent": {"$exists": False}}, True),
    ({"none": {"$exists": True}}, True),
    ({"absent": {"$ne": 1}}, True),
    ({"absent": {"$nin": [1]}}, True),
    ({"absent": {"$gt": 0}}, False),
    ({"$not": {"absent": {"$gt": 0}}}, True),
    ({"year": {"$gte": 2004, "$lt": 2005}}, True),
    ({"year": {"$gt": 2004}}, False),
    ({"year": {"$gt": "1"}}, False),
    ({"lang": {"$gt": "de", "$lte": "en"}}, True),
    ({"lang": {"$in": ["de", "en"]}}, True),
    ({"lang": {"$in": []}}, False),
    ({"year": {"$in": ["x", None, 2004]}}, True),
    ({"none": {"$in": ["x", None]}}, True),
    ({"lang": {"$nin": ["de", "en"]}}, False),
    ({"tags": {"$contains": "law"}}, True),
    ({"tags": {"$contains": "la"}}, False),
    ({"tags": {"$contains": True}}, True),
    ({"tags": {"$contains": 1}}, False),
    ({"lang": {"$contains": "n"}}, True),
    ({"year": {"$contains": 2004}}, False),
    ({"lang": {"$glob": "e?"}}, True),
    ({"lang": {"$glob": "n*"}}, False),
    ({"lang": {"$glob": "[a-e]*"}}, True),
    ({"year": {"$glob": "*"}}, False),
    ({"tags": "law"}, False),
    ({"deep.a.b": "x"}, True),
    ({"deep.a.c": {"$exists": False}}, True),
    ({"a.b": "dotted"}, True),
    ({"a.b": "nested"}, False),
    ({"$or": [{"lang": "de"}, {"year": 2004}]}, True),
    ({"$and": [{"lang": "en"}, {"year": 2005}]}, False),
    ({"lang": "en", "$not": {"year": 2005}}, True),
]


@pytest.fixture
def store(tmp_path: Path):
    made = VectorStore(DeterministicFakeEmbedding(size=8), tmp_path / "store")
    yield made
    made.close()


@pytest.mark.parametrize(("filter", "expected"), CASES, ids=[json.dumps(case) for case, _ in CASES])
def test_a_filter_means_what_the_language_says(filter, expected):
    assert matches(filter, ABOUT) is expected


def test_the_search_means_the_same(store: VectorStore):
    store.add_texts(["text"], [ABOUT])
    assert [bool(store.similarity_search("x", filter=asked)) for asked, _ in CASES] == [
        expected for _, expected in CASES
    ]


@pytest.mark.parametrize(
    ("filter", "named"),
    [
        ({"x": {"$regex": "a"}}, r"\$regex.*\$eq, \$ne, \$gt"),
        ({"x": {"a": 1}}, "unknown operator 'a'"),
        ({"$nor": []}, r"\$nor.*\$and, \$or, \$not"),
        ({"$and": []}, r"\$and needs a list"),
        ({"$or": {"a": 1}}, r"\$or needs a list"),
        ({"x": {"$in": "abc"}}, r"\$in.*needs a list"),
        ({"x": {"$gt": True}}, "numbers or texts"),
        ({"x": {"$exists": 1}}, "True or False"),
        ({"x": [1, 2]}, r"\$in"),
        ({"x": float("nan")}, "cannot be compared"),
        ({"x": {}}, "is empty"),
        ({1: 2}, "unknown filter 1"),
        ("lang = en", "a filter is a dict"),
        (json.loads('{"$not":' * 60 + "{}" + "}" * 60), "deep"),
    ],
)
def test_what_is_no_filter_is_refused_with_what_is_known(store: VectorStore, filter, named):
    store.add_texts(["text"])
    with pytest.raises(ConfigError, match=named):
        matches(filter, {})
    if not isinstance(filter, str):
        with pytest.raises(ConfigError, match=named):
            store.similarity_search("x", filter=filter)


def test_a_passage_has_its_files_metadata_and_its_own(work: Work):
    work.write("a.md", "# Leave\n\nNinety days.\n\n" + "Sentence follows sentence. " * 40 + "\n\n# Canteen\n\nAt noon.")
    work.write("b.txt", "The cat sleeps.")
    work.sync()
    source = str(work.files / "a.md")
    rows = work.reader.rows_where({"source": source})
    assert {chunk.metadata["source"] for chunk in work.reader.chunks(rows.tolist()).values()} == {source}
    assert len(rows) == work.store.count_chunks() - 1
    below = work.reader.rows_where({"heading": {"$contains": "eave"}, "source": source})
    assert {chunk.heading for chunk in work.reader.chunks(below.tolist()).values()} == {"Leave"}
    assert 0 < len(below) < len(rows)
    assert len(work.reader.rows_where({"start": 0})) == 2


@pytest.mark.parametrize(("tail", "lookup"), [(1_000, 10), (0, 1e9), (0, 0)], ids=["tail", "sifted", "looked up"])
def test_k_passages_that_pass_come_back_from_both_searches_when_k_exist(work: Work, monkeypatch, tail, lookup):
    monkeypatch.setattr(lexical, "TAIL_LIMIT", tail)
    monkeypatch.setattr(lexical_cache, "LOOKUP", lookup)
    work.write("good.jsonl", rows_file({str(n): f"{'cat ' * (1 + n % 50)} {n}" for n in range(250)}))
    work.write("few.jsonl", rows_file({str(n): f"a dog and one cat {n}" for n in range(30)}))
    work.sync()
    for how_many in (30, 250):
        name = "few.jsonl" if how_many == 30 else "good.jsonl"
        allowed = work.reader.rows_where({"source": str(work.files / name)})
        assert len(allowed) == how_many
        rows, scores = work.reader.lexical("cat", 20, allowed)
        assert len(rows) == 20
        assert np.isin(rows, allowed).all()
        assert (np.diff(scores) <= 0).all()
        everything, all_scores = work.reader.lexical("cat", 1000)
        kept = np.isin(everything, allowed)
        np.testing.assert_allclose(scores, all_scores[kept][:20], rtol=1e-5)
        vector = work.embedder.encode_query("x")
        rows, scores = work.reader.dense(vector / np.linalg.norm(vector), 20, allowed)
        everything, all_scores = work.reader.dense(vector / np.linalg.norm(vector), 1000)
        kept = np.isin(everything, allowed)
        assert rows.tolist() == everything[kept][:20].tolist()
        np.testing.assert_allclose(scores, all_scores[kept][:20], atol=1e-6)


def test_a_filter_sees_what_was_written_since(store: VectorStore):
    store.add_texts(["one"], [{"n": 1}], ids=["1"])
    assert len(store.similarity_search("x", filter={"n": 1})) == 1
    store.add_texts(["two"], [{"n": 1}], ids=["2"])
    assert len(store.similarity_search("x", filter={"n": 1})) == 2
    store.delete(["1"])
    assert [document.id for document in store.similarity_search("x", filter={"n": 1})] == ["2"]


def test_more_conditions_than_sqlite_takes_at_once_are_no_error(store: VectorStore):
    store.add_texts(["one", "two"], [{"n": 1}, {"n": 5000}])
    many = {"$or": [{"n": number} for number in range(3000)]}
    assert [document.page_content for document in store.similarity_search("x", filter=many)] == ["one"]
    listed = {"n": {"$in": list(range(3000))}}
    assert [document.page_content for document in store.similarity_search("x", filter=listed)] == ["one"]


KEYS = st.sampled_from(["a", "b", "a.b", "a.b.c", "ä", "q'\\u", 'q"', "", "x y", "\0", "😀", "start"])
TEXTS = st.text(st.sampled_from("abäx'\"\\\0\ud800\U0001f600%_ "), max_size=3)
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 1.0, -2.5, 2**53, 2**62, 10**30, 1e300])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS | st.sampled_from([float("nan"), float("inf")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(KEYS, VALUES, max_size=5)
CONDITIONS = (
    st.builds(lambda glob: {"$glob": glob}, st.sampled_from(["*", "?", "a*", "*b?", "[ab]*", "[!a]*", "[", "a[", "A*"]))
    | st.builds(lambda name, value: {name: value}, st.sampled_from(["$eq", "$ne", "$contains"]), SCALARS)
    | st.builds(lambda name, value: {name: value}, st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), NUMBERS | TEXTS)
    | st.builds(lambda name, value: {name: value}, st.sampled_from(["$in", "$nin"]), st.lists(SCALARS, max_size=4))
    | st.builds(lambda value: {"$exists": value}, st.booleans())
)
FILTERS = st.recursive(
    st.dictionaries(KEYS, SCALARS | CONDITIONS, max_size=2),
    lambda inner: (
        st.builds(
            lambda name, parts: {name: parts}, st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3)
        )
        | st.builds(lambda part: {"$not": part}, inner)
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(metadatas=st.lists(METADATA, min_size=1, max_size=5), filters=st.lists(FILTERS, min_size=1, max_size=12))
def test_sql_and_python_agree(metadatas, filters):
    with tempfile.TemporaryDirectory() as folder:
        store = VectorStore(DeterministicFakeEmbedding(size=8), folder)
        store.add_texts(
            [f"text {n}" for n in range(len(metadatas))], metadatas, ids=list(map(str, range(len(metadatas))))
        )
        for asked in filters:
            found = store.similarity_search("x", k=10, filter=asked)
            expected = {str(n) for n, metadata in enumerate(metadatas) if matches(asked, metadata)}
            assert {document.id for document in found} == expected, asked
        store.close()


def test_every_operator_is_in_a_case():
    assert all(any(name in json.dumps(asked) for asked, _ in CASES) for name in OPERATORS if name != "$eq")
