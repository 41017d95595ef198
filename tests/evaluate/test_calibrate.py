"""Thresholds for a share of wrong answers."""

import pytest

from ragkit.errors import ConfigError
from ragkit.evaluate.calibrate import Bound, bound, curve

BOUNDS = curve([0.9, 0.8, 0.6, 0.3], [0.7, 0.2])


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


def test_a_curve_takes_questions_of_both_kinds() -> None:
    with pytest.raises(ConfigError, match="unanswerable"):
        curve([0.5], [])
