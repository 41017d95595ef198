"""Train the embedded verifier: a cross-encoder that tells whether evidence supports a sentence.

    python benchmarks/train_verifier.py --base FOLDER --data DATA --out FOLDER [--plan rule:1,written:2]

``--base`` holds ms-marco-MiniLM-L12-v2 as transformers keeps it (``onnx_weights.py`` makes it of the catalogue's ONNX
file), ``--data`` the collections of docs/evaluation.md. It trains on two cores in about an hour: batches hold whole
families, and within a family a sentence that is supported must score above one that is not, beside the usual loss of
each by itself. Without dropout, which costs more than it helps here, and with the word vectors as they are.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from verifier_data import Row, by_rule, written

RATE, WARM, DECAY = 8e-5, 0.06, 0.01  # learning rate at its height, share of steps until then, weight decay
BATCH = 36  # rows of whole families
TOKENS = 128  # of a pair
RANKED = 1.0  # weight of the loss of pairs within a family


def batches(rows: list[Row], chance: random.Random) -> list[list[Row]]:
    """Fill batches with whole families, those of like length together, in an order by chance."""
    families = [list(group) for _, group in groupby(rows, key=lambda row: row.family)]
    chance.shuffle(families)
    made = list[list[Row]]()
    for start in range(0, len(families), 200):
        batch = list[Row]()
        for family in sorted(families[start : start + 200], key=lambda family: len(family[0].evidence)):
            batch += family
            if len(batch) >= BATCH:
                made.append(batch)
                batch = []
        if batch:
            made.append(batch)
    chance.shuffle(made)
    return made


def encoded(tokenizer: Any, rows: list[Row]) -> dict[str, torch.Tensor]:
    """Return a batch of pairs as the model reads them, the sentence before its evidence."""
    return tokenizer(
        [row.claim for row in rows],
        [row.evidence for row in rows],
        truncation="longest_first",
        max_length=TOKENS,
        padding=True,
        return_tensors="pt",
    )


def loss_of(scores: torch.Tensor, rows: list[Row]) -> torch.Tensor:
    """Return the loss of each row by itself, and of each pair of one family that is supported and not."""
    good = torch.tensor([row.supported for row in rows])
    single = functional.binary_cross_entropy_with_logits(scores, good.float())
    same = torch.tensor([[a.family == b.family for b in rows] for a in rows])
    pairs = same & good[:, None] & ~good[None, :]
    if not pairs.any():
        return single
    return single + RANKED * functional.softplus(-(scores[:, None] - scores[None, :])[pairs]).mean()


def train(model: Any, tokenizer: Any, stages: list[list[Row]], out: Path, seed: int = 13) -> None:
    """Train over all stages with one schedule of the learning rate; keep the weights as they are now and then."""
    chance = random.Random(seed)
    todo = [batch for rows in stages for batch in batches(rows, chance)]
    model.bert.embeddings.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=DECAY)
    warm = max(1, int(WARM * len(todo)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, (len(todo) - step) / (len(todo) - warm)))
    )
    began, sums = time.time(), [0.0, 0.0, 0]
    for step, rows in enumerate(todo, 1):
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(**encoded(tokenizer, rows)).logits[:, 0].float()
        loss = loss_of(scores, rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        right = sum((score > 0) == row.supported for score, row in zip(scores.tolist(), rows, strict=True))
        sums = [sums[0] + loss.item(), sums[1] + right, sums[2] + len(rows)]
        if step % 25 == 0:
            print(
                f"{step}/{len(todo)} loss {sums[0] / 25:.3f} right {sums[1] / sums[2]:.3f} {time.time() - began:.0f} s",
                flush=True,
            )
            sums = [0.0, 0.0, 0]
        if step % 100 == 0 or step == len(todo):
            torch.save(model.state_dict(), out / "weights.pt")


def stages_of(plan: str, rows: dict[str, list[Row]], seed: int = 13) -> list[list[Row]]:
    """Return the rows of each stage: ``rule:1,written:2`` is all made by rule once, then all written ones twice."""
    chance, stages = random.Random(seed), list[list[Row]]()
    for part in plan.split(","):
        name, _, times = part.partition(":")
        share = float(times or 1)
        stages += [rows[name]] * math.floor(share)
        if rest := share % 1:
            keys = sorted({row.family for row in rows[name]})
            kept = set(chance.sample(keys, round(rest * len(keys))))
            stages.append([row for row in rows[name] if row.family in kept])
    return stages


def main() -> None:
    """Train, and write the weights."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--written", type=Path, default=Path("corpora/verdicts"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plan", default="rule:1,written:2")
    parser.add_argument("--rows", type=Path, help="where the rows made by rule are kept for another run")
    args = parser.parse_args()
    torch.manual_seed(13)
    args.out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Row]] = {}
    if args.rows and args.rows.exists():
        rows["rule"] = [Row(*row) for row in json.loads(args.rows.read_text(encoding="utf-8"))]
    elif "rule" in args.plan:
        rows["rule"] = list(by_rule(args.data))
    if "written" in args.plan:
        rows["written"] = list(written(args.written))
    model = AutoModelForSequenceClassification.from_pretrained(args.base, local_files_only=True)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    print({name: (len(each), sum(row.supported for row in each)) for name, each in rows.items()}, flush=True)
    train(model, AutoTokenizer.from_pretrained(args.base, local_files_only=True), stages_of(args.plan, rows), args.out)
    model.save_pretrained(args.out)


if __name__ == "__main__":
    main()
