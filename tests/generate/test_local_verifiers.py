"""Verifiers in a folder, with tiny weights of each architecture: how they are read, not how good they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragkit.core.errors import ConfigError, ModelError
from ragkit.core.verdicts import Claim
from ragkit.generate.transformers.judging import LocalVerifier, packed, reading_of
from ragkit.ground.verify.choose import load_verifier
from ragkit.testing import VerifierConformance

NLI = {0: "contradiction", 1: "entailment", 2: "neutral"}
TWO = {0: "LABEL_0", 1: "LABEL_1"}
CLAIM = Claim("the heron waits", ("the heron waits in the water",))
CLAIMS = (CLAIM, Claim("the ship sails", ("the harbour is old", "the ship lies there")), Claim("the heron waits", ()))
WORDS = "the heron waits in water ship sails harbour is old lies there predict : passage 1 2 3 .".split()
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


def _tokenizer(folder: Path, limit: int) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    names = ["<pad>", "<s>", "</s>", "<unk>", *WORDS]
    fast = Tokenizer(models.WordLevel({name: place for place, name in enumerate(names)}, unk_token="<unk>"))
    fast.pre_tokenizer = pre_tokenizers.Whitespace()
    fast.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=fast,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        model_max_length=limit,
    ).save_pretrained(folder)


def _classifier(kind: str, labels: dict[int, str], limit: int) -> Any:
    import transformers

    common = {"id2label": labels, "label2id": {name: place for place, name in labels.items()}, "pad_token_id": 0}
    if kind == "t5":
        config = transformers.T5Config(
            vocab_size=256, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, tie_word_embeddings=False
        )
        return transformers.T5ForConditionalGeneration(config)
    if kind == "modernbert":
        config = transformers.ModernBertConfig(
            vocab_size=64,
            max_position_embeddings=limit,
            bos_token_id=1,
            eos_token_id=2,
            cls_token_id=1,
            sep_token_id=2,
            **SMALL,
            **common,
        )
        return transformers.ModernBertForTokenClassification(config)
    made = {
        "bert": (transformers.BertConfig, transformers.BertForSequenceClassification),
        "roberta": (transformers.RobertaConfig, transformers.RobertaForSequenceClassification),
        "deberta": (transformers.DebertaV2Config, transformers.DebertaV2ForSequenceClassification),
    }[kind]
    positions = limit + 2 if kind == "roberta" else limit
    return made[1](made[0](vocab_size=64, max_position_embeddings=positions, **SMALL, **common))


Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write a model with its tokenizer into a folder; ``change`` may set its weights before."""

    def built(
        kind: str,
        labels: dict[int, str] = TWO,
        *,
        name: str = "model",
        limit: int = 64,
        change: Callable[[Any], None] = lambda model: None,
    ) -> Path:
        import torch

        torch.manual_seed(7)
        model, folder = _classifier(kind, labels, limit), tmp_path / name
        with torch.no_grad():
            change(model)
        model.save_pretrained(folder)
        _tokenizer(folder, limit)
        return folder

    return built


def _bias(amounts: list[float]) -> Callable[[Any], None]:
    """Set the bias of a classifier's last layer, by label."""

    def change(model: Any) -> None:
        import torch

        last = getattr(model.classifier, "out_proj", model.classifier)
        last.bias.copy_(torch.tensor(amounts))

    return change


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta", "modernbert", "t5"])
class TestEachArchitecture(VerifierConformance):
    @pytest.fixture
    def verifier(self, kind, build):
        return load_verifier(f"local:{build(kind)}")

    @pytest.fixture
    def unsupported(self):
        return []

    @pytest.fixture
    def supported(self):
        return [CLAIM]

    def test_what_evidence_says_word_for_word_passes(self, verifier, supported):
        """Random weights know nothing; each claim is judged by the model all the same."""
        assert all(0 < found < 1 for found in verifier.judge(supported))


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta"])
def test_entailment_is_found_by_its_name_wherever_it_stands(build: Build, kind: str):
    orders = [NLI, {0: "ENTAILMENT", 1: "neutral", 2: "contradiction"}, {0: "neutral", 1: "x", 2: "Entailment"}]
    found = [load_verifier(f"local:{build(kind, labels)}").judge(CLAIMS) for labels in orders]
    # The same weights, and one label of each: together they are all there is.
    assert [sum(each) for each in zip(*found, strict=True)] == pytest.approx([1, 1, 0], abs=1e-4)


@pytest.mark.parametrize("kind", ["bert", "roberta", "deberta"])
@pytest.mark.parametrize(
    ("labels", "more", "less"),
    [
        (NLI, [0, 3, 0], [3, 0, 0]),
        ({0: "entailment", 1: "not_entailment"}, [3, 0], [0, 3]),
        (TWO, [0, 3], [3, 0]),  # MiniCheck, HHEM
        ({0: "hallucinated", 1: "consistent"}, [0, 3], [3, 0]),
        ({0: "LABEL_0"}, [3], [-3]),  # HHEM: one logit
    ],
)
def test_weights_that_favour_support_raise_the_probability(
    build: Build, kind: str, labels: dict[int, str], more: list[float], less: list[float]
):
    high = load_verifier(f"local:{build(kind, labels, name='more', change=_bias(more))}").judge(CLAIMS)
    low = load_verifier(f"local:{build(kind, labels, name='less', change=_bias(less))}").judge(CLAIMS)
    assert all(above > 0.6 and below < 0.4 for above, below in list(zip(high, low, strict=True))[:2])
    assert (high[2], low[2]) == (0, 0)  # nothing is known without evidence


def test_of_tokens_the_one_most_likely_invented_decides(build: Build):
    calm = load_verifier(f"local:{build('modernbert', change=_bias([3, 0]))}").judge(CLAIMS)
    wary = load_verifier(f"local:{build('modernbert', name='wary', change=_bias([0, 3]))}").judge(CLAIMS)
    assert all(above > below for above, below in list(zip(calm, wary, strict=True))[:2])
    turned = {0: "hallucinated", 1: "supported"}
    named = load_verifier(f"local:{build('modernbert', turned, name='named', change=_bias([3, 0]))}").judge(CLAIMS)
    assert named[0] < 0.5 < calm[0]
    (one,) = LocalVerifier(build("modernbert", name="again")).judge([Claim("heron", ("water",))])
    assert 0 < one < 1


def test_a_text_model_is_read_by_its_two_replies(build: Build):
    def swap(model: Any) -> None:
        weight = model.lm_head.weight
        weight[[3, 209]] = weight[[209, 3]]

    straight = load_verifier(f"local:{build('t5')}").judge(CLAIMS)
    swapped = load_verifier(f"local:{build('t5', name='swapped', change=swap)}").judge(CLAIMS)
    assert straight[:2] == pytest.approx([1 - each for each in swapped[:2]], abs=1e-4)
    assert straight[0] != pytest.approx(0.5, abs=1e-6)


def test_minicheck_joins_evidence_and_claim_to_one_text(build: Build):
    assert reading_of(build("roberta", name="MiniCheck-RoBERTa-Large")).joined
    assert not reading_of(build("bert")).joined


def test_long_evidence_is_read_in_windows_of_which_the_best_counts(build: Build):
    folder = build("bert", limit=40)
    pieces = ("the harbour is old . " * 4, "the heron waits in the water", "the ship lies there . " * 4)
    verifier = LocalVerifier(folder)
    (whole,) = verifier.judge([Claim(CLAIM.text, pieces)])
    alone = [found for piece in pieces for found in verifier.judge([Claim(CLAIM.text, (piece,))])]
    assert verifier.truncated == 0
    assert whole >= max(alone) - 1e-5
    verifier.judge([Claim(CLAIM.text, ("heron " * 90,))])
    assert verifier.truncated == 1
    assert verifier.judge([Claim("heron " * 90, ("the heron",))]) == [0.0]
    assert verifier.truncated == 2


def test_batches_of_any_size_give_the_same(build: Build):
    folder = build("roberta")
    claims = [Claim(f"the heron {'waits ' * number}", ("the ship", "the heron " * number)) for number in range(1, 8)]
    one = LocalVerifier(folder, batch_size=1).judge(claims)
    assert LocalVerifier(folder, batch_size=5).judge(claims) == pytest.approx(one, abs=1e-4)


def test_windows_hold_pieces_whole_and_in_their_order():
    def words(text: str) -> int:
        return len(text.split())

    assert packed(["a b", "c d", "e f g"], 4, words) == ([["a b", "c d"], ["e f g"]], True)
    assert packed(["Here it is. There it was. Now it goes."], 6, words) == (
        [["Here it is.", "There it was."], ["Now it goes."]],
        True,
    )
    assert packed(["a " * 20, "b"], 6, words) == ([["a a a a a", "b"]], False)


def test_what_no_model_can_be_is_said_clearly(build: Build, tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no model in"):
        load_verifier(f"local:{tmp_path / 'nowhere'}")
    folder = build("bert", {0: "joy", 1: "anger", 2: "fear"})
    with pytest.raises(ConfigError, match=r"which label .* means entailment \(joy, anger, fear\): name it with"):
        load_verifier(f"local:{folder}")
    assert 0 < load_verifier(f"local:{folder}?positive=2").judge([CLAIM])[0] < 1
    for option, message in (
        ("positive=3", "positive=3 is no label"),
        ("batch_size=0", "batch_size cannot be 0"),
        ("max_tokens=many", "max_tokens cannot be 'many'"),
        ("labels=2", "labels"),
    ):
        with pytest.raises(ConfigError, match=message):
            load_verifier(f"local:{folder}?{option}")
    config = json.loads((folder / "config.json").read_text())
    for change, message in (
        ({"architectures": ["BertForMaskedLM"]}, "holds a BertForMaskedLM, which does not judge claims"),
        ({"architectures": None}, "an unnamed architecture"),
        ({"auto_map": {"AutoModel": "x.Y"}, "model_type": "HHEMv2"}, r"needs code of its maker's \(HHEMv2\)"),
    ):
        (folder / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(ConfigError, match=message):
            load_verifier(f"local:{folder}")
    (folder / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="is no JSON"):
        load_verifier(f"local:{folder}")


def test_pickled_weights_are_not_loaded(build: Build):
    import torch

    folder = build("bert")
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_verifier(f"local:{folder}").judge([CLAIM])
