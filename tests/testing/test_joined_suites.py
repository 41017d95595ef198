"""The suites for chains, re-rankers, verifiers and stores, run over ragkit's own; and that they find what is wrong."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.documents import BaseDocumentCompressor, Document

from ragkit import Index
from ragkit.chains.registry import built_in
from ragkit.core.errors import ConfigError
from ragkit.core.registry import create_named, register, unregister
from ragkit.core.verdicts import Claim
from ragkit.ground.verify.choose import as_verifier, load_verifier
from ragkit.retrieve.rerank import CrossEncoderReranker, as_reranker
from ragkit.store import EmbeddedStore
from ragkit.testing import (
    ChainConformance,
    RerankerConformance,
    ScriptedChat,
    StoreConformance,
    VerifierConformance,
)
from ragkit.testing.suites import document

QUESTION = "How many days of parental leave are there?"
SHOWN = [{"text": "a boat", "label": "ship"}, {"text": "a rope", "label": "gear"}]
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "answer": ({"mode": "quote"}, QUESTION),
    "chat": ({"mode": "quote", "rewriting": "words"}, {"question": QUESTION, "turns": []}),
    "classify": ({"mode": "nearest", "examples": SHOWN}, "a small boat"),
    "code": ({"mode": "quote"}, QUESTION),
    "compare": ({"model": "said:x"}, ["The boat is red. It sails.", "The ship is blue. It lies in the harbour."]),
    "few_shot": ({"model": "said:x", "instruction": "Say it."}, "hello"),
    "keywords": ({}, "Parental leave is paid. Parental leave is long."),
    "math": ({"model": "said:Answer: 3", "tries": 1}, "What is 1 + 2?"),
    "multi_hop": ({"mode": "quote"}, QUESTION),
    "rewrite": ({"model": "said:Hello.", "instruction": "Be kind."}, "Go away."),
    "search": ({"k": 3}, "parental leave"),
    "summarize": ({"method": "extractive"}, "We propose a boat. It was tested in three harbours."),
    "translate": ({"model": "said:Hallo.", "language": "German"}, "Hello."),
    "write": ({"mode": "quote"}, "# Leave\n\n## Parental leave\nHow many days are there?\n"),
}


@pytest.fixture(autouse=True)
def _said():
    register("generators", "said", lambda spec: ScriptedChat(replies=[spec.model]))
    yield
    unregister("generators", "said")


@pytest.mark.parametrize("name", sorted(CASES))
class TestOwnChains(ChainConformance):
    @pytest.fixture
    def chain(self, name):
        return built_in()[name]

    @pytest.fixture
    def options(self, name):
        return CASES[name][0]

    @pytest.fixture
    def given(self, name):
        return CASES[name][1]

    @pytest.fixture
    def index_folder(self, handbook: Index):
        return handbook.folder


class Longest(BaseDocumentCompressor):
    """Orders documents by their length; of those of one length the one that is first in the alphabet comes first."""

    def compress_documents(self, documents, query, callbacks=None):
        return sorted(documents, key=lambda each: (-len(each.page_content), each.page_content))


class TestLongest(RerankerConformance):
    @pytest.fixture
    def reranker(self):
        return Longest()


def test_a_reranker_is_named_by_its_spec(tmp_path: Path):
    register("rerankers", "longest", lambda spec: Longest())
    register("rerankers", "broken", lambda spec: "nothing")
    try:
        assert isinstance(as_reranker("longest"), Longest)
        with pytest.raises(ConfigError, match="return a LangChain document compressor"):
            as_reranker("broken")
    finally:
        unregister("rerankers", "longest")
        unregister("rerankers", "broken")
    named = as_reranker(f"cross-encoder:{tmp_path}?batch_size=4")
    assert isinstance(named, CrossEncoderReranker)
    assert (named.model, named.batch_size) == (str(tmp_path), 4)
    assert isinstance(as_reranker(str(tmp_path)), CrossEncoderReranker)
    with pytest.raises(ConfigError, match="batch_size"):
        as_reranker(f"cross-encoder:{tmp_path}?batch_size=0")


class TestRules(VerifierConformance):
    @pytest.fixture(params=["rules", "rules?strict=true"])
    def verifier(self, request):
        return load_verifier(request.param)


class TestFunction(VerifierConformance):
    """A plain function of a sentence and its sources is a verifier too."""

    @pytest.fixture(params=[bool, float])
    def verifier(self, request):
        return as_verifier(lambda sentence, sources: request.param(bool(sentence) and sentence in sources))


def test_what_is_no_verifier_is_named():
    with pytest.raises(ConfigError, match="a str is no verifier"):
        as_verifier("rules")
    for wrong in (1.5, -1, None, "often", float("nan")):
        with pytest.raises(ConfigError, match="must return True, False or a number from 0 to 1"):
            as_verifier(lambda *_, wrong=wrong: wrong).judge([Claim("x", ("y",))])
    register("verifiers", "broken", lambda spec: 3)
    try:
        with pytest.raises(ConfigError, match="'broken' cannot be used: a int is no verifier"):
            load_verifier("broken")
    finally:
        unregister("verifiers", "broken")
    for spec in ("rules?strickt=true", "rules?strict=5"):
        with pytest.raises(ConfigError, match="rules takes strict and language_rules"):
            load_verifier(spec)


def test_an_answer_takes_a_registered_verifier(handbook: Index):
    prose = ["There are 80 days of parental leave. [1]"]
    asked = Index(handbook.folder, model=ScriptedChat(replies=prose))
    judged: list[str] = []

    def refuses(sentence: str, sources: Any) -> bool:
        judged.append(sentence)
        return False

    register("verifiers", "refuses", lambda spec: refuses)
    try:
        answer = asked.chain(mode="answer", check=False, verifier="refuses").invoke(QUESTION)
    finally:
        unregister("verifiers", "refuses")
    assert judged
    assert prose[0] not in answer.text
    passed = asked.chain(mode="answer", check=False, verifier="rules").invoke(QUESTION)
    assert passed.text == prose[0]
    with pytest.raises(ConfigError, match=r"unknown provider 'rulez'.*did you mean 'rules'"):
        asked.chain(verifier="rulez")


class TestEmbedded(StoreConformance):
    @pytest.fixture
    def open_store(self, tmp_path: Path):
        return lambda: create_named("stores", f"embedded:{tmp_path / 'index'}")


class TestSpoilt:
    """Each suite fails for a member with one thing wrong."""

    def test_a_reranker_that_writes_scores_is_found(self):
        class Marks(Longest):
            def compress_documents(self, documents, query, callbacks=None):
                for each in documents:
                    each.metadata["score"] = 1
                return documents

        suite = RerankerConformance()
        documents = [Document("b", metadata={"source": "b"}), Document("a", metadata={"source": "a"})]
        with pytest.raises(AssertionError):
            suite.test_it_changes_no_document(Marks(), documents)
        with pytest.raises(AssertionError):
            suite.test_it_gives_the_same_twice_and_in_any_order(Marks(), documents)

    def test_a_verifier_that_lets_all_through_is_found(self):
        suite, all_of_it = VerifierConformance(), as_verifier(lambda *_: True)
        with pytest.raises(AssertionError):
            suite.test_what_evidence_does_not_say_fails(all_of_it, [Claim("x", ("y",))])
        with pytest.raises(AssertionError):
            suite.test_without_evidence_nothing_is_supported(
                SimpleNamespace(judge=lambda claims: [1.0 for _ in claims])
            )

    def test_a_verifier_that_mixes_up_its_claims_is_found(self):
        class Sorts:
            def judge(self, claims):
                return sorted(float(claim.text in claim.evidence) for claim in claims)

        with pytest.raises(AssertionError):
            VerifierConformance().test_each_claim_gets_its_own_probability(
                Sorts(), [Claim("a", ("a",))], [Claim("b", ("a",))]
            )

    def test_a_store_that_keeps_what_was_replaced_is_found(self, tmp_path: Path):
        class Adds(EmbeddedStore):
            def put(self, source, documents):
                if source == "b.txt" and source in self.sources():
                    source = "c.txt"
                super().put(source, documents)

        store = Adds(tmp_path / "index")
        store.remember({"model": "x"}, 16)
        store.put("b.txt", [document("b.txt", "b", ["ropes of hemp"])])
        with pytest.raises(AssertionError):
            StoreConformance().test_a_source_is_replaced_and_removed_whole(store)
        store.close()
