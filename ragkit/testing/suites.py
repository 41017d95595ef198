"""The conformance suites for chains, re-rankers, verifiers and stores."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.documents import Document

from ragkit.chains.options import ChainOptions, Resources
from ragkit.chains.results import result_json, result_text
from ragkit.core.errors import ConfigError
from ragkit.core.types import Chunk, content_id
from ragkit.core.verdicts import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.documents import BaseDocumentCompressor

    from ragkit.chains.registry import RegisteredChain
    from ragkit.core.verdicts import Verifier
    from ragkit.store.protocol import DocumentStore
    from ragkit.store.sqlite.records import NewDocument

VARIES = ("timings", "usage")  # keys of a result that may differ from run to run
SAID = "Parental leave takes 80 days and is paid by the harbour."
HALF = 0.5  # probability from which a claim counts as supported
NEAR = 0.03  # between two probabilities of one claim: other batches, and prompts that are cached, are rounded otherwise


class ChainConformance:
    """What every registered chain owes; a subclass gives the fixtures and runs with pytest.

    Fixtures to override:
        chain: the registration.
        options: options that the chain can run with, without a model that is not on this machine.
        given: what it works on.
        index_folder: folder of an index, for chains over one; the options do not name it.
    """

    @pytest.fixture
    def chain(self) -> RegisteredChain:
        """The registration."""
        pytest.fail("override the fixture `chain`: return a ragkit.chains.RegisteredChain")

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        """Options that the chain can run with."""
        return {}

    @pytest.fixture
    def given(self) -> Any:
        """What the chain works on."""
        return "The gangway is checked at every tide. Nobody boards before that."

    @pytest.fixture
    def index_folder(self) -> Path | None:
        """Folder of an index, for chains over one."""
        return None

    @pytest.fixture
    def resources(self, index_folder: Path | None) -> Resources:
        """What the options are built with."""
        from ragkit.pipelines.building import open_index

        def opened(*folders: str | Path, **options: Any) -> Any:
            return open_index(*(folders or ((index_folder,) if index_folder else ())), **options)

        return Resources("conformance", Path.cwd(), opened)

    def test_its_registration_is_whole(self, chain: RegisteredChain) -> None:
        """Name, summary, options and keys are there, and a wrong option is an error."""
        assert chain.name.isidentifier()
        assert chain.summary.endswith(".")
        assert chain.keys, "name the keys of the result's JSON, the main one first"
        options = chain.load_options()
        assert issubclass(options, ChainOptions)
        assert options.model_config.get("extra") == "forbid"
        assert not {"name", "task", "input", "for_each", "when", "description"} & options.model_fields.keys()

    def test_its_picture_needs_no_model(
        self, chain: RegisteredChain, options: Mapping[str, Any], resources: Resources
    ) -> None:
        """The steps are there before anything is made."""
        blueprint = chain.load_options().model_validate(options).blueprint(resources)
        assert blueprint.steps
        assert all(name and "\n" not in name + what for name, what in blueprint.steps)

    def test_every_way_to_call_it_gives_the_same(
        self, chain: RegisteredChain, options: Mapping[str, Any], resources: Resources, given: Any
    ) -> None:
        """invoke, stream, batch and their async twins agree; parts of a stream add up to the whole."""
        made = chain.load_options().model_validate(options).blueprint(resources).make()

        async def others() -> list[Any]:
            parts = [part async for part in made.astream(given)]
            return [await made.ainvoke(given), sum(parts[1:], parts[0]), *await made.abatch([given])]

        parts = list(made.stream(given))
        found = [sum(parts[1:], parts[0]), *made.batch([given, given]), *asyncio.run(others())]
        whole = _bare(made.invoke(given))
        assert [_bare(each) for each in found] == [whole] * len(found)

    def test_its_result_is_json_and_text(
        self, chain: RegisteredChain, options: Mapping[str, Any], resources: Resources, given: Any
    ) -> None:
        """The result has the keys that the registration names, and can be written for people."""
        found = chain.load_options().model_validate(options).blueprint(resources).make().invoke(given)
        assert type(found).__name__ == chain.result
        assert sorted(json.loads(json.dumps(result_json(found)))) == sorted(chain.keys)
        assert isinstance(result_text(found), str)

    def test_what_it_cannot_work_on_is_one_clear_error(
        self, chain: RegisteredChain, options: Mapping[str, Any], resources: Resources
    ) -> None:
        """None is no input of any chain."""
        made = chain.load_options().model_validate(options).blueprint(resources).make()
        with pytest.raises(ConfigError):
            made.invoke(None)


def _bare(result: Any) -> dict[str, Any]:
    return {key: value for key, value in result_json(result).items() if key not in VARIES}


class RerankerConformance:
    """What every re-ranker owes: it chooses and orders, and changes nothing.

    Fixtures to override:
        reranker: a LangChain document compressor.
        documents: documents to order; those of the suite by default.
    """

    @pytest.fixture
    def reranker(self) -> BaseDocumentCompressor:
        """The re-ranker."""
        pytest.fail("override the fixture `reranker`: return a LangChain document compressor")

    @pytest.fixture
    def documents(self) -> list[Document]:
        """Documents to order."""
        texts = (
            "The ropes are in room 3.",
            "Maps lie on the table.",
            "这是绳子。",
            "x",
            "Sails and ropes, ropes, ropes.",
        )
        return [Document(text, metadata={"source": f"{number}.txt"}) for number, text in enumerate(texts)]

    def test_it_returns_documents_that_it_was_handed_each_once(
        self, reranker: BaseDocumentCompressor, documents: list[Document]
    ) -> None:
        """Nothing is made up, doubled or shortened to nothing."""
        found = reranker.compress_documents(documents, "Where are the ropes?")
        places = [each.metadata["source"] for each in found]
        assert len(places) == len(set(places))
        originals = {each.metadata["source"]: each.page_content for each in documents}
        assert all(each.page_content and each.page_content in originals[each.metadata["source"]] for each in found)

    def test_it_changes_no_document(self, reranker: BaseDocumentCompressor, documents: list[Document]) -> None:
        """The documents handed in are as they were."""
        before = [(each.page_content, dict(each.metadata)) for each in documents]
        reranker.compress_documents(documents, "Where are the ropes?")
        assert [(each.page_content, dict(each.metadata)) for each in documents] == before

    def test_it_gives_the_same_twice_and_in_any_order(
        self, reranker: BaseDocumentCompressor, documents: list[Document]
    ) -> None:
        """The order depends on question and texts, not on what was asked before or stood first."""
        first = reranker.compress_documents(documents, "Where are the ropes?")
        reranker.compress_documents(documents, "maps")
        again = reranker.compress_documents(list(reversed(documents)), "Where are the ropes?")
        assert [each.page_content for each in first] == [each.page_content for each in again]

    def test_no_documents_and_odd_questions_are_no_error(
        self, reranker: BaseDocumentCompressor, documents: list[Document]
    ) -> None:
        """An empty list stays empty; any text is a question."""
        assert list(reranker.compress_documents([], "ropes")) == []
        for question in ("", "C++ AND (", "绳子在哪里？", "rope " * 2000):
            assert len(reranker.compress_documents(documents, question)) <= len(documents)


class VerifierConformance:
    """What every verifier owes: a probability for each claim, and the knowledge that silence is no support.

    Fixtures to override:
        verifier: an object with ``judge(claims)``.
        supported: claims whose evidence says them, each to be above one half.
        unsupported: claims whose evidence does not, each to be below one half; return an empty list for a model that is
            too weak to be held to it.
    """

    @pytest.fixture
    def verifier(self) -> Verifier:
        """The verifier."""
        pytest.fail("override the fixture `verifier`: return an object with judge(claims), see ragkit.core.verdicts")

    @pytest.fixture
    def supported(self) -> list[Claim]:
        """Claims whose evidence says them."""
        return [Claim(SAID, (SAID,)), Claim(SAID, ("The office is closed on Sundays.", SAID))]

    @pytest.fixture
    def unsupported(self) -> list[Claim]:
        """Claims whose evidence does not say them."""
        return [
            Claim("The ferry to Elgin sails at noon on Mondays.", (SAID,)),
            Claim("Parental leave takes 95 days.", (SAID,)),
        ]

    def test_what_evidence_says_word_for_word_passes(self, verifier: Verifier, supported: list[Claim]) -> None:
        """Verbatim support is support."""
        assert [found > HALF for found in verifier.judge(supported)] == [True] * len(supported)

    def test_what_evidence_does_not_say_fails(self, verifier: Verifier, unsupported: list[Claim]) -> None:
        """Other matters and other numbers are not supported."""
        assert [found < HALF for found in verifier.judge(unsupported)] == [True] * len(unsupported)

    def test_no_claims_give_no_probabilities(self, verifier: Verifier) -> None:
        """An empty reply is judged, without an error."""
        assert list(verifier.judge([])) == []

    def test_without_evidence_nothing_is_supported(self, verifier: Verifier) -> None:
        """Silence is no support, whatever a model believes."""
        bare = [Claim(SAID, ()), Claim("Water is wet.", ("",)), Claim("Two and two are four.", (" ", "\n"))]
        assert all(found < HALF for found in verifier.judge(bare))

    def test_each_claim_gets_its_own_probability(
        self, verifier: Verifier, supported: list[Claim], unsupported: list[Claim]
    ) -> None:
        """As many probabilities as claims, from 0 to 1, in the claims' order whatever that is."""
        claims = [*supported, *unsupported, Claim(SAID, ())]
        found = list(verifier.judge(claims))
        assert len(found) == len(claims)
        assert all(0 <= each <= 1 for each in found)
        turned = list(verifier.judge(list(reversed(claims))))
        assert turned == pytest.approx(list(reversed(found)), abs=NEAR)

    def test_it_judges_the_same_twice_and_changes_no_claim(self, verifier: Verifier, supported: list[Claim]) -> None:
        """A judgement depends on nothing else."""
        lists = [replace(claim, evidence=list(claim.evidence)) for claim in supported]
        before = [list(claim.evidence) for claim in lists]
        assert list(verifier.judge(lists)) == pytest.approx(list(verifier.judge(lists)), abs=NEAR)
        assert [claim.evidence for claim in lists] == before

    def test_any_text_is_judged(self, verifier: Verifier) -> None:
        """Odd texts are judged, not an error, in the claim and in its evidence."""
        odd = ("", " ", "…", "100 %", "这是一个句子。", "\x00", "</s> [SEP] <|im_end|>", "word " * 3000)
        claims = [Claim(text, ("A source.",)) for text in odd] + [Claim(SAID, (text, SAID)) for text in odd]
        found = list(verifier.judge(claims))
        assert len(found) == len(claims)
        assert all(0 <= each <= 1 for each in found)


class StoreConformance:
    """What every store owes: documents whole, searches that see what was put last.

    Fixtures to override:
        open_store: opens the same store each time it is called within a test, empty at first.
    """

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], DocumentStore]:
        """A function that opens the store of this test."""
        pytest.fail("override the fixture `open_store`: return a function that opens the store of a test")

    @pytest.fixture
    def store(self, open_store: Callable[[], DocumentStore]) -> Any:
        """The open store, filled with two sources."""
        opened = open_store()
        opened.remember({"model": "conformance"}, DIMENSION)
        opened.put("a.txt", [document("a.txt", "a", ["ropes and sails", "maps of the north"], {"year": 2024})])
        opened.put(
            "b.txt",
            [document("b.txt", "b", ["ropes of hemp"], {"year": 2025}), document("b.txt", "c", ["绳子在三号房间"])],
        )
        yield opened
        opened.close()

    def test_the_nearest_passages_come_first(self, store: DocumentStore) -> None:
        """Cosines are exact for few passages, and fall."""
        found = store.dense(vector("maps of the north"), 10)
        assert found[0][0].text == "maps of the north"
        assert found[0][1] == pytest.approx(1.0, abs=1e-4)
        assert len(found) == 4
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)

    def test_words_find_passages_in_any_script_and_no_syntax_breaks_them(self, store: DocumentStore) -> None:
        """Raw text of users is searched for as it is."""
        assert {chunk.text for chunk, _ in store.lexical("rope", 10)} == {"ropes and sails", "ropes of hemp"}
        assert [chunk.text for chunk, _ in store.lexical("绳子", 10)] == ["绳子在三号房间"]
        for text in ("C++ AND (", "state-of-the-art", "it's \"", "", "*"):
            assert all(score > 0 for _, score in store.lexical(text, 10))

    def test_filters_hold_for_both_searches(self, store: DocumentStore) -> None:
        """Only passages whose metadata fits are found, as many as there are."""
        for found in (store.lexical("ropes", 10, {"year": 2025}), store.dense(vector("ropes"), 10, {"year": 2025})):
            assert [chunk.text for chunk, _ in found] == ["ropes of hemp"]
        with pytest.raises(ConfigError):
            store.lexical("ropes", 10, {"year": {"$like": 1}})

    def test_passages_are_the_documents_text_at_their_span(self, store: DocumentStore) -> None:
        """Text, span and metadata come back as they were put."""
        for chunk, _ in store.dense(vector("ropes"), 10):
            stored = store.document(chunk.source, chunk.document_id)
            assert stored is not None
            assert stored[0][chunk.start : chunk.end] == chunk.text
        assert store.document("a.txt", "nothing") is None
        assert store.sources() == ["a.txt", "b.txt"]

    def test_a_source_is_replaced_and_removed_whole(self, store: DocumentStore) -> None:
        """What it had before is not found any more, by neither search."""
        store.put("b.txt", [document("b.txt", "d", ["chains of iron"])])
        assert store.document("b.txt", "b") is None
        assert [chunk.text for chunk, _ in store.lexical("hemp", 10)] == []
        assert {chunk.text for chunk, _ in store.dense(vector("x"), 10)} == {
            "ropes and sails", "maps of the north", "chains of iron",
        }  # fmt: skip
        assert store.remove(["b.txt", "never there"]) == 1
        assert store.sources() == ["a.txt"]
        assert [chunk.text for chunk, _ in store.lexical("iron", 10)] == []

    def test_what_cannot_be_written_leaves_all_as_it_was(self, store: DocumentStore) -> None:
        """A source is written whole or not at all."""
        good, bad = document("b.txt", "e", ["new words"]), document("b.txt", "f", ["other words"])
        with pytest.raises(Exception):  # noqa: B017, PT011 - each engine has its own error for a broken document
            store.put("b.txt", [good, replace(bad, vectors=bad.vectors[:0])])
        assert [chunk.text for chunk, _ in store.lexical("hemp", 10)] == ["ropes of hemp"]
        assert [chunk.text for chunk, _ in store.lexical("new", 10)] == []

    def test_all_is_there_when_it_is_opened_again(
        self, store: DocumentStore, open_store: Callable[[], DocumentStore]
    ) -> None:
        """Fingerprint, sources and passages outlive the process."""
        store.close()
        again = open_store()
        assert again.fingerprint() == {"model": "conformance"}
        assert again.sources() == ["a.txt", "b.txt"]
        assert again.dense(vector("ropes of hemp"), 1)[0][0].text == "ropes of hemp"
        again.close()

    def test_an_empty_store_finds_nothing(self, open_store: Callable[[], DocumentStore]) -> None:
        """A new store has no fingerprint, no sources and no passages."""
        new = open_store()
        assert (new.fingerprint(), new.sources(), new.lexical("ropes", 3)) == (None, [], [])
        new.close()


DIMENSION = 16


def vector(text: str) -> Any:
    """Return a vector of a text that another text is unlikely to have: float32 of shape (DIMENSION,), length 1."""
    seed = int(content_id(text), 16) % 2**32
    made = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return made / np.linalg.norm(made)


def document(source: str, uid: str, passages: Sequence[str], metadata: Mapping[str, Any] | None = None) -> NewDocument:
    """Return a document of a source made of passages, a line for each, with their vectors."""
    from ragkit.store.sqlite.records import NewDocument, text_hash

    text, chunks, about = "\n".join(passages), list[Chunk](), {"source": source, **(metadata or {})}
    for passage in passages:
        start = chunks[-1].end + 1 if chunks else 0
        end = start + len(passage)
        chunk_id = content_id(uid, start, end, passage)
        chunks.append(Chunk(chunk_id, uid, passage, start, end, ordinal=len(chunks), metadata=about))
    vectors = np.stack([vector(each) for each in passages])
    hashes = [text_hash(each) for each in passages]
    return NewDocument(uid, text, about, content_id(text), chunks, hashes, vectors)
