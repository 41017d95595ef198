"""One-sentence summaries of papers beside LangChain's stuff chain with the same model, in the same process.

    python benchmarks/summaries.py FILE [-m SPEC] [--sample 150] [--seed 13] [--json FILE]

FILE has rows of ``id``, ``title``, ``document`` and ``summaries`` (docs/summaries.md). LangChain's chain puts the text
into its prompt, which asks for a short summary, and gives the model's reply as it is.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import mean, median

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from ragkit import chains
from ragkit.evaluate.metrics import NAMES, rouge
from ragkit.evaluate.summaries import drawn, load_summaries
from ragkit.generate.generator import as_generator
from ragkit.ground.rendering import said

ASKS = "Write a short summary of the following text:\n\n{text}\n\nSHORT SUMMARY:"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model", default="llamacpp:Qwen2.5-Coder-1.5B-Instruct-Q4_K_M")
    parser.add_argument("--sample", type=int, default=150)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    generator = as_generator(options.model)
    sides = {
        "ragkit stuff": chains.summarize(generator, method="stuff", sentences=1),
        "ragkit extractive": chains.summarize(method="extractive", sentences=1),
    }
    peer = ChatPromptTemplate.from_template(ASKS) | generator.chat | StrOutputParser()
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in (*sides, "langchain")}
    for each in drawn(load_summaries(options.data), options.sample, options.seed):
        for name, chain in sides.items():
            began = time.perf_counter()
            text = said(chain.invoke(each.document))
            rows[name].append({**rouge(text, each.references), "seconds": time.perf_counter() - began})
        began = time.perf_counter()
        text = peer.invoke({"text": each.document.page_content})
        rows["langchain"].append({**rouge(text, each.references), "seconds": time.perf_counter() - began})
        if len(rows["langchain"]) % 10 == 0:
            print(len(rows["langchain"]), {name: round(mean(r["rougeL"] for r in rs), 4) for name, rs in rows.items()})
    told = {
        name: {key: round(mean(row[key] for row in each), 4) for key in NAMES}
        | {"seconds_p50": round(median(row["seconds"] for row in each), 3)}
        for name, each in rows.items()
    }
    print(json.dumps({"documents": len(rows["langchain"]), **told}, indent=1))
    if options.json:
        options.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
