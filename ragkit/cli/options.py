"""Options that several commands share, how results are written, and what calls of a generator cost."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ragkit.collection import Collection
    from ragkit.generate.usage.meter import Meter, Spent
    from ragkit.load import WebOptions
    from ragkit.load.web.options import Follow

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default=".ragkit", metavar="DIR")
]
IndexesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--index",
        help="Folder of the index; repeat it to search several as one.",
        show_default=".ragkit",
        metavar="DIR",
    ),
]
EmbedderOption = Annotated[
    str | None, typer.Option("--embedder", help="Embedder, provider:model?option=value.", metavar="SPEC")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Generator, provider:model?option=value, or a name of `ragkit models list`.",
        metavar="SPEC",
    ),
]
CountOption = Annotated[int | None, typer.Option("-k", help="Passages to retrieve.", min=1, max=1000)]
DepthOption = Annotated[
    int, typer.Option("--depth", help="Follow links of web pages this many steps.", metavar="N", min=0)
]
MaxPagesOption = Annotated[
    int, typer.Option("--max-pages", help="Fetch at most this many web pages.", metavar="N", min=1)
]
FollowOption = Annotated[
    str, typer.Option("--follow", help="Links to follow: below the page's folder, prefix; host; any.", metavar="WHICH")
]
DelayOption = Annotated[
    float, typer.Option("--delay", help="Seconds between two requests to a web host.", metavar="SECONDS", min=0)
]
AllowPrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Also fetch from addresses that are not on the public internet.")
]
MainContentOption = Annotated[
    bool, typer.Option("--main-content", help="Leave out what surrounds the text of web pages: menus, footers.")
]
OcrOption = Annotated[bool, typer.Option("--ocr", help="Read words in pictures and scanned pages too (ragkit[ocr]).")]
ModeOption = Annotated[
    str, typer.Option("--mode", help="auto, quote (no model), short (a phrase) or answer (prose).", metavar="MODE")
]
SearchModeOption = Annotated[str, typer.Option("--mode", help="hybrid, dense or lexical.", metavar="MODE")]
FilterOption = Annotated[
    str | None,
    typer.Option(
        "--filter", help='Only passages whose metadata fit, as JSON: \'{"page": {"$lte": 3}}\'.', metavar="JSON"
    ),
]
InOption = Annotated[
    list[str] | None,
    typer.Option("--in", help="Only passages of these files or folders; repeat it for several.", metavar="GLOB"),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Only documents written or changed since: 2026-10-05, 2026.", metavar="DATE"),
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank", help="Re-rank by the cross-encoder of this name, folder or spec; none for none.", metavar="SPEC"
    ),
]
TraceOption = Annotated[
    Path | None, typer.Option("--trace", help="Write each step as a line of JSON here.", metavar="FILE")
]
FormatOption = Annotated[str, typer.Option("--format", help="text, markdown or html.", metavar="FORMAT")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]
# Of commands that call a generator: budgets, estimates, the cache, and what a run took.
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
    Path | None, typer.Option("--cache", help="File in which replies are stored and looked up.", metavar="FILE")
]


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return JSON that UTF-8 and standard output can hold.

    Characters that one of them cannot hold are escaped in the whole document.
    """
    # A file name may have bytes that are no text, and a pipe on Windows takes the characters of one code page.
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    try:
        text.encode()
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, default=str)
    return text


def write_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json_text(value, indent=2))


def shown(source: str) -> str:
    """Return a path relative to the working folder where it lies below it."""
    try:
        return str(Path(source).relative_to(Path.cwd()))
    except ValueError:
        return source


def open_indexes(folders: list[Path] | None, **options: Any) -> Collection:
    """Return one index, or several as one."""
    from ragkit.index import Index, Indexes

    # One folder is an Index even when it was named once with --index: only that has calibrations.
    if not folders or len(folders) == 1:
        return Index(folders[0] if folders else None, **options)
    return Indexes(*folders, **options)


def parsed_filter(text: str | None) -> dict[str, Any] | None:
    """Return the metadata filter of ``--filter``.

    Raises:
        ConfigError: it is no JSON object.
    """
    from ragkit.core.errors import ConfigError

    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"--filter is no JSON ({error}): write it like '{{\"page\": 3}}'") from error
    if not isinstance(value, dict):
        raise ConfigError(f"--filter is a JSON object like '{{\"page\": 3}}', not {text}")
    return cast("dict[str, Any]", value)


def web_options(
    depth: int, max_pages: int, follow: str, delay: float, *, allow_private: bool, main_content: bool
) -> WebOptions:
    """Return the options of web pages; which pages are left out is reported on standard error.

    Raises:
        ConfigError: one of them is wrong.
    """
    from ragkit.load import WebOptions

    return WebOptions(
        depth=depth,
        max_pages=max_pages,
        follow=cast("Follow", follow),
        delay=delay,
        allow_private=allow_private,
        main_content=main_content,
        tell=lambda sentence: typer.echo(f"ragkit: {sentence}", err=True),
    )


def make_meter(spec: str, max_cost: float | None, max_tokens: int | None) -> Meter:
    """Return what counts the calls of a command.

    Args:
        spec: of the generator; empty for none.
        max_cost: money it may cost; None takes the settings'.
        max_tokens: tokens it may take; None takes the settings'.
    """
    from ragkit import models
    from ragkit.core.settings import load_settings
    from ragkit.generate.usage.meter import Meter
    from ragkit.generate.usage.prices import load_prices

    chosen = load_settings()
    return Meter(
        models.in_full(spec),
        load_prices(chosen.prices),
        max_cost=chosen.max_cost if max_cost is None else max_cost,
        max_tokens=chosen.max_tokens_total if max_tokens is None else max_tokens,
    )


def tell_estimate(spec: str, estimates: Iterable[tuple[int, int]], *, json: bool, count: int | None = None) -> None:
    """Write how many calls and tokens something would take, and what it would cost at most.

    Args:
        spec: of the generator.
        estimates: tokens to read and to write at most; (0, 0) takes no call.
        json: write one JSON document.
        count: calls in all; None takes one for each estimate.
    """
    from ragkit.core.settings import load_settings
    from ragkit.generate.usage.prices import load_prices

    # A refusal before the model is called, or a quote, takes no call.
    calls = [each for each in estimates if each != (0, 0)]
    read, written = sum(a for a, _ in calls), sum(b for _, b in calls)
    prices = load_prices(load_settings().prices)
    price = prices.of(spec)
    cost = None if price is None else price.of(read, written)
    number = len(calls) if count is None else count
    if json:
        row = {"calls": number, "input_tokens": read, "output_tokens_at_most": written}
        write_json({"estimate": {**row, "cost_at_most": cost, "currency": prices.currency, "model": spec}})
        return
    money = "at a cost that is not known" if cost is None else f"for {cost:.4f} {prices.currency}".strip() + " at most"
    noun = "call" if number == 1 else "calls"
    typer.echo(f"{number} {noun} of {spec}: {read} tokens to read, {written} to write at most, {money}")


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
