"""Examples that are shown for a text: which of a pool, how many, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError
from ragkit.prompt.few_shot import FewShot, few_shot
from ragkit.prompt.selecting import ORDERS, SELECTORS, Order, Selector, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.core.types import Example
    from ragkit.prompt.pool import Pool


@dataclass(frozen=True, slots=True)
class Shown:
    """An instruction and the examples that are chosen for each text.

    Attributes:
        instruction: what to do; empty where the examples tell.
        pool: the examples to choose from; None shows none.
        k: how many to show.
        selector: how they are chosen, as :func:`ragkit.prompt.selecting.select` explains.
        balanced: whether no answer is shown twice before the others.
        order: of the examples.
        seed: of the selector ``random``.

    Raises:
        ConfigError: an option is wrong.
    """

    instruction: str
    pool: Pool | None = None
    k: int = 5
    selector: Selector = "coverage"
    balanced: bool = False
    order: Order = "best_last"
    seed: int = 13

    def __post_init__(self) -> None:
        if self.selector not in SELECTORS:
            raise ConfigError(f"unknown selector {self.selector!r}: choose {', '.join(SELECTORS)}")
        if self.order not in ORDERS:
            raise ConfigError(f"unknown order {self.order!r}: choose {', '.join(ORDERS)}")
        if self.k < 0:
            raise ConfigError("the number of examples cannot be below 0")

    def choose(self, text: str) -> list[Example]:
        """Return the examples for a text, in their order."""
        if self.pool is None or not self.k:
            return []
        return select(self.pool, text, self.k, self.selector, balanced=self.balanced, order=self.order, seed=self.seed)

    def prompt(self, text: str, budget: int, count: Callable[[str], int]) -> FewShot:
        """Return the prompt for a text, with as many of its examples as fit.

        Args:
            text: the text.
            budget: tokens for all of it.
            count: tokens of a text in the generator's own tokenizer.

        Raises:
            ContextOverflow: instruction and text alone are too long.
        """
        return few_shot(self.instruction, self.choose(text), text, budget, count)
