"""Quarterly reports: are company, period, revenue and net income extracted right, and does each quote hold its value?

    python benchmarks/extracting.py DATA [-m SPEC] [--json FILE] [--show]

DATA is a folder with ``pdfs/`` of the twelve reports whose figures are below, from the reports themselves: the revenue
and net income of the quarter, in millions of dollars.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from pydantic import BaseModel, Field

from ragkit.chains import extract
from ragkit.chains.extract.values import dates, states
from ragkit.load import load

GOLD = {  # company, end of the quarter, revenue, net income
    "2022 Q3 AAPL": ("Apple", "2022-06-25", 82959, 19442),
    "2023 Q1 AAPL": ("Apple", "2022-12-31", 117154, 29998),
    "2023 Q2 AAPL": ("Apple", "2023-04-01", 94836, 24160),
    "2023 Q3 AAPL": ("Apple", "2023-07-01", 81797, 19881),
    "2022 Q3 AMZN": ("Amazon", "2022-09-30", 127101, 2872),
    "2023 Q1 AMZN": ("Amazon", "2023-03-31", 127358, 3172),
    "2023 Q2 AMZN": ("Amazon", "2023-06-30", 134383, 6750),
    "2023 Q3 AMZN": ("Amazon", "2023-09-30", 143083, 9879),
    "2022 Q3 NVDA": ("NVIDIA", "2022-10-30", 5931, 680),
    "2023 Q1 NVDA": ("NVIDIA", "2023-04-30", 7192, 2043),
    "2023 Q2 NVDA": ("NVIDIA", "2023-07-30", 13507, 6188),
    "2023 Q3 NVDA": ("NVIDIA", "2023-10-29", 18120, 9243),
}


class Report(BaseModel):
    """What is wanted of a report."""

    company: str = Field(description="name of the company that files the report")
    period: str = Field(description="date on which the quarterly period ended")
    revenue: float = Field(description="total revenue or total net sales of the quarter, three months ended")
    net_income: float = Field(description="net income of the quarter, three months ended")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", action="store_true", help="write what went wrong")
    options = parser.parse_args()
    chain = extract(Report, options.model)
    rows = []
    for name, (company, period, revenue, income) in GOLD.items():
        path = options.data / "pdfs" / f"{name}.pdf"
        if not path.is_file():
            continue
        (file,) = load([path])
        began = time.perf_counter()
        found = chain.invoke(list(file.documents))
        text = file.documents[0].page_content
        values = found.values
        right = {
            "company": company.lower() in str(values["company"]).lower(),
            "period": period in dates(str(values["period"])) | {str(values["period"])},
            "revenue": values["revenue"] == revenue,
            "net_income": values["net_income"] == income,
        }
        quoted = {
            each.name: text[each.start : each.end] == each.quote and states(each.quote, _said(each.value))
            for each in found.fields
            if each.value is not None
        }
        rows.append({"report": name, "values": values, "right": right, "quoted": quoted})
        rows[-1]["seconds"] = time.perf_counter() - began
        if options.show and not all(right.values()):
            print(name, {key: values[key] for key, fine in right.items() if not fine}, flush=True)
            print("  ", [(each.name, each.quote[:80], each.reason) for each in found.fields if not right[each.name]])
    right = [fine for row in rows for fine in row["right"].values()]
    quoted = [fine for row in rows for fine in row["quoted"].values()]
    told = {"reports": len(rows), "right": sum(right) / len(right), "quoted": sum(quoted) / len(quoted)}
    told["seconds_a_report"] = sum(row["seconds"] for row in rows) / len(rows)
    print(json.dumps(told))
    if options.json:
        options.json.write_text(json.dumps({"figures": told, "rows": rows}, indent=1))


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)


if __name__ == "__main__":
    main()
