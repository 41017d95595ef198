"""Counting what calls of a generator take, and stopping before they take more than is allowed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler

from ragkit.core.errors import BudgetExceeded, ConfigError

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.outputs import LLMResult

    from ragkit.generate.usage.prices import Prices


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took.

    Attributes:
        calls: calls that ended.
        input_tokens: tokens of prompts.
        cached_tokens: those among them that the provider remembered.
        output_tokens: tokens of replies.
        seconds: time within calls; calls at the same time count each.
        cost: money; None where a price is not known.
        currency: of ``cost``.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = 0.0
    currency: str = ""

    @property
    def tokens(self) -> int:
        """Tokens of prompts and replies."""
        return self.input_tokens + self.output_tokens

    def line(self) -> str:
        """Say it in one line."""
        calls = f"{self.calls} {'call' if self.calls == 1 else 'calls'}"
        money = "cost unknown" if self.cost is None else f"{self.cost:.4f} {self.currency}".strip()
        tokens = f"{self.input_tokens} tokens read, {self.output_tokens} written"
        return f"{calls}, {tokens}, {self.seconds:.1f} s, {money}"


class Meter(BaseCallbackHandler):
    """A LangChain callback handler that counts, for any chat model and chain; safe to use from several threads.

    A call that is under way is not cut off: the bound is looked at before each call, so that one call more than the
    bound may be spent, and with calls at the same time as many more.

    Args:
        spec: spec of the generator, for its price.
        prices: what tokens cost.
        max_cost: money, in the currency of the prices, after which no further call begins.
        max_tokens: tokens of prompts and replies, after which no further call begins.

    Raises:
        ConfigError: ``max_cost`` is set and the generator's price is not known.
    """

    # Otherwise LangChain would log that the budget is spent, and go on.
    raise_error = True

    def __init__(
        self, spec: str, prices: Prices, *, max_cost: float | None = None, max_tokens: int | None = None
    ) -> None:
        self.spec = spec
        self._price = prices.of(spec)
        if max_cost is not None and self._price is None:
            raise ConfigError(
                f"the price of {spec or 'this model'} is not known, so its cost cannot be bounded: add "
                f'["{spec.partition("?")[0]}"] with input and output, for a million tokens each, to {prices.path}'
            )
        self.max_cost, self.max_tokens = max_cost, max_tokens
        self._spent = Spent(cost=None if self._price is None else 0.0, currency=prices.currency)
        self._began: dict[UUID, float] = {}
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        """What was spent so far."""
        with self._lock:
            return self._spent

    def on_chat_model_start(self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Begin to count a call.

        Raises:
            BudgetExceeded: the calls before it have spent what was allowed.
        """
        spent = self.spent
        if self.max_tokens is not None and spent.tokens >= self.max_tokens:
            raise BudgetExceeded(f"{spent.tokens} tokens are spent of {self.max_tokens} allowed: {_AHEAD}")
        charged = self._price is not None and bool(self._price.input or self._price.output)
        if self.max_cost is not None and charged and (spent.cost or 0.0) >= self.max_cost:
            money = f"{spent.cost or 0.0:.4f} {spent.currency}".strip()
            raise BudgetExceeded(f"{money} is spent of {self.max_cost:g} allowed: {_AHEAD}")
        # Checked without the lock of the count: calls that begin together may pass together, as the class says.
        self._began[run_id] = time.perf_counter()

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Count a call that ended."""
        usages = [
            getattr(getattr(each, "message", None), "usage_metadata", None) or {}
            for batch in response.generations
            for each in batch
        ]
        taken = sum(int(each.get("input_tokens", 0)) for each in usages)
        written = sum(int(each.get("output_tokens", 0)) for each in usages)
        cached = sum(int((each.get("input_token_details") or {}).get("cache_read") or 0) for each in usages)
        took = time.perf_counter() - self._began.pop(run_id, time.perf_counter())
        with self._lock:
            was = self._spent
            cost = None
            if self._price is not None and was.cost is not None:
                cost = was.cost + self._price.of(taken, written, cached)
            self._spent = replace(
                was,
                calls=was.calls + 1,
                input_tokens=was.input_tokens + taken,
                cached_tokens=was.cached_tokens + cached,
                output_tokens=was.output_tokens + written,
                seconds=was.seconds + took,
                cost=cost,
            )

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget a call that failed."""
        self._began.pop(run_id, None)


_AHEAD = "allow more with --max-cost or --max-tokens-total, or ask for less"
