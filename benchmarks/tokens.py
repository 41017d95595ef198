"""How much arithmetic it is to embed a file's passages: `python benchmarks/tokens.py FILE`, JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def flop(tokens: int, *, hidden: int, inner: int, layers: int) -> float:
    """Operations of a BERT encoder for one text, products and sums counted apart.

    Four projections and two feed-forward products a token, and the attention's two products with every other token.
    """
    projections = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    attention = 2 * 2 * tokens * hidden
    return float(tokens * layers * (projections + attention))


def main() -> None:
    from ragkit import models
    from ragkit.embed import load_embedder
    from ragkit.load import load_file
    from ragkit.split import Splitter, embedding_text

    embedder = load_embedder("sentence-transformers:all-MiniLM-L6-v2")
    splitter = Splitter(embedder.tokenizer)
    loaded = load_file(Path(sys.argv[1]))
    texts = {embedding_text(chunk) for document in loaded.documents for chunk in splitter.split(document)}
    lengths = [len(encoding) for encoding in embedder.tokenizer.encode(sorted(texts))]
    card = json.loads((models.path("all-MiniLM-L6-v2") / "config.json").read_text())
    shape = {"hidden": card["hidden_size"], "inner": card["intermediate_size"], "layers": card["num_hidden_layers"]}
    gflop = sum(flop(length, **shape) for length in lengths) / 1e9
    print(json.dumps({"passages": len(texts), "tokens": sum(lengths), "gflop": gflop}))


if __name__ == "__main__":
    main()
