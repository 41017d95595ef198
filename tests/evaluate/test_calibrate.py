"""Confidence fitted to questions, thresholds for a share of wrong answers, and both kept with an index."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from ragkit import Index
from ragkit.chains.answer.sufficiency import RETRIEVAL_ALONE, WITH_CHECK
from ragkit.core.errors import ConfigError
from ragkit.evaluate.calibrate import calibrate, curve, fit
from ragkit.evaluate.made import make_questions
from ragkit.ground.abstain import Bound, Calibration, bound
from ragkit.index import Indexes

if TYPE_CHECKING:
    from pathlib import Path

BOUNDS = curve([0.9, 0.8, 0.6, 0.3], [0.7, 0.2])
QUESTION = "How many days of parental leave are there?"


def drawn(mean: float, count: int, seed: int) -> list[tuple[float, float]]:
    """Signals of which the second tells the kinds apart and the first tells nothing."""
    chance = random.Random(seed)
    return [(chance.uniform(0.2, 0.8), min(max(chance.gauss(mean, 0.15), 0.01), 0.99)) for _ in range(count)]


def test_the_bound_answers_most_among_those_that_keep_the_share_of_wrong_answers() -> None:
    assert bound(BOUNDS, 0.0) == Bound(0.8, 0.0, 0.5)
    assert bound(BOUNDS, 0.2) == Bound(0.3, 0.2, 1.0)


def test_a_share_that_no_threshold_keeps_is_an_error() -> None:
    with pytest.raises(ConfigError, match="allow more"):
        bound(curve([0.1], [0.9]), 0.1)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_zero_to_one_is_an_error(share: float) -> None:
    with pytest.raises(ConfigError, match="from 0 to 1"):
        bound(BOUNDS, share)


def test_questions_of_both_kinds_are_needed() -> None:
    with pytest.raises(ConfigError, match="unanswerable"):
        curve([0.5], [])
    with pytest.raises(ConfigError, match="unanswerable"):
        fit([], [(0.5,)], RETRIEVAL_ALONE)


def test_a_fit_finds_the_signal_that_tells_and_its_bounds_hold_for_questions_it_has_not_seen() -> None:
    made = fit(drawn(0.75, 300, 1), drawn(0.35, 300, 2), WITH_CHECK)
    assert abs(made.weights[0]) < 0.4
    assert made.weights[1] > 1
    limit = made.bound(0.1)
    right = [made.confidence(*each) >= limit.threshold for each in drawn(0.75, 1000, 3)]
    wrong = [made.confidence(*each) >= limit.threshold for each in drawn(0.35, 1000, 4)]
    assert sum(wrong) / (sum(right) + sum(wrong)) == pytest.approx(0.1, abs=0.04)
    assert sum(right) / 1000 == pytest.approx(limit.coverage, abs=0.06)


def test_few_questions_stay_close_to_the_weights_that_are_brought_along() -> None:
    made = fit([(0.9,)], [(0.1,)], RETRIEVAL_ALONE)
    assert made.weights[0] == pytest.approx(1.0, abs=0.2)
    assert made.questions == 2


def test_a_calibration_survives_being_written_down() -> None:
    made = fit(drawn(0.75, 20, 1), drawn(0.35, 20, 2), WITH_CHECK)
    assert Calibration.from_json(made.to_json()) == made


@pytest.mark.parametrize("told", [{}, {"weights": "x"}, {"weights": [1], "bias": 0, "bounds": [[1]]}])
def test_a_calibration_that_cannot_be_read_says_what_to_do(told: dict) -> None:
    with pytest.raises(ConfigError, match="--calibrate"):
        Calibration.from_json(told)


@pytest.fixture(scope="module")
def copy(handbook: Index, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The handbook's index, to write to."""
    folder: Path = tmp_path_factory.mktemp("calibrated") / "index"
    shutil.copytree(handbook.folder, folder)
    return Index(folder)


def test_an_index_is_calibrated_by_its_own_sentences_and_keeps_it(copy: Index) -> None:
    with pytest.raises(ConfigError, match="--calibrate"):
        copy.chain(mode="quote", max_wrong=0.1)
    fitted = calibrate(copy, make_questions(copy, 60), mode="quote")
    copy.keep_calibrations(fitted)
    assert Index(copy.folder).calibrations() == fitted
    assert fitted[""].passages == copy.store.count_chunks()
    loose, tight = fitted[""].bound(0.5), fitted[""].bound(0.2)
    assert tight.threshold > loose.threshold
    assert tight.coverage < loose.coverage
    answer = copy.ask(QUESTION, mode="quote", max_wrong=0.5)
    assert answer.confidence == pytest.approx(fitted[""].confidence(handbook_signal(copy)))
    assert not answer.abstained


def handbook_signal(index: Index) -> float:
    return index.chain(mode="quote").signals(QUESTION).retrieval


def test_a_refusal_tells_the_risk_that_was_set_and_what_it_costs(copy: Index) -> None:
    answer = copy.ask("Who invented the steam engine?", mode="quote", max_wrong=0.2)
    assert answer.abstained
    assert "for 20% wrong answers" in answer.reason


def test_a_generator_that_was_not_calibrated_for_is_named(copy: Index) -> None:
    with pytest.raises(ConfigError, match="not calibrated for llamacpp:SmolLM2"):
        copy.ask(QUESTION, check=True, max_wrong=0.2)


def test_several_indexes_have_no_calibration_together(copy: Index, handbook: Index) -> None:
    with pytest.raises(ConfigError, match="no calibration together"):
        Indexes(copy.folder, handbook.folder).ask(QUESTION, mode="quote", max_wrong=0.2)


def test_without_its_passage_a_question_is_less_sure(handbook: Index) -> None:
    made = make_questions(handbook, 30)
    chain = handbook.chain(mode="quote")
    with_it = [chain.signals(each.question).retrieval for each in made]
    without = [chain.signals(each.question, without=each.holds).retrieval for each in made]
    assert sum(with_it) > sum(without)
    assert sum(a >= b for a, b in zip(with_it, without, strict=True)) > 25
