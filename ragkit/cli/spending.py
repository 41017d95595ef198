"""What commands that call a generator share: budgets, estimates, the cache, and the line that says what was spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ragkit.usage.meter import Meter, Spent

MaxCostOption = Annotated[
    float | None, typer.Option("--max-cost", help="Money after which no further call is begun.", metavar="X", min=0)
]
MaxTokensOption = Annotated[
    int | None,
    typer.Option("--max-tokens-total", help="Tokens after which no further call is begun.", metavar="N", min=1),
]
EstimateOption = Annotated[
    bool, typer.Option("--estimate", help="Say how many tokens it would take, and generate nothing.")
]
UsageOption = Annotated[bool, typer.Option("--usage", help="Say what it took: calls, tokens, seconds, money.")]
CacheOption = Annotated[
    Path | None, typer.Option("--cache", help="File in which replies are kept and looked up.", metavar="FILE")
]


def make_meter(spec: str, max_cost: float | None, max_tokens: int | None) -> Meter:
    """Return what counts the calls of a command, within the bounds given or, where none are, the settings'.

    Args:
        spec: of the generator; empty for none.
        max_cost: money, or None.
        max_tokens: tokens, or None.
    """
    from ragkit.config import settings
    from ragkit.usage.meter import Meter
    from ragkit.usage.prices import load_prices

    chosen = settings()
    return Meter(
        spec,
        load_prices(chosen.prices),
        max_cost=chosen.max_cost if max_cost is None else max_cost,
        max_tokens=chosen.max_tokens_total if max_tokens is None else max_tokens,
    )


def tell_estimate(spec: str, estimates: Iterable[tuple[int, int]], *, json: bool, count: int | None = None) -> None:
    """Say how many calls and tokens something would take, and what it would cost at most.

    Args:
        spec: of the generator.
        estimates: tokens to read and to write at most; (0, 0) takes no call.
        json: write one JSON document.
        count: calls in all; None takes one for each estimate.
    """
    from ragkit.config import settings
    from ragkit.usage.prices import load_prices

    calls = [each for each in estimates if each != (0, 0)]
    read, written = sum(a for a, _ in calls), sum(b for _, b in calls)
    prices = load_prices(settings().prices)
    price = prices.of(spec)
    cost = None if price is None else price.of(read, written)
    made = len(calls) if count is None else count
    told: dict[str, Any] = {"calls": made, "input_tokens": read, "output_tokens_at_most": written}
    told |= {"cost_at_most": cost, "currency": prices.currency, "model": spec}
    if json:
        write_json({"estimate": told})
        return
    money = "at a cost that is not known" if cost is None else f"for {cost:.4f} {prices.currency}".strip() + " at most"
    calls_told = f"{made} {'call' if made == 1 else 'calls'} of {spec}"
    typer.echo(f"{calls_told}: {read} tokens to read, {written} to write at most, {money}")


def spent_json(spent: Spent) -> dict[str, Any]:
    """Return what was spent in its stable JSON form."""
    return {
        "calls": spent.calls,
        "input_tokens": spent.input_tokens,
        "cached_tokens": spent.cached_tokens,
        "output_tokens": spent.output_tokens,
        "seconds": round(spent.seconds, 3),
        "cost": None if spent.cost is None else round(spent.cost, 6),
        "currency": spent.currency,
    }
