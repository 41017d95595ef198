"""Precision and recall of the language rules on data that they were not made from.

    python benchmarks/rules.py DATA [--docs FOLDER]

DATA is a folder with ``replies/``, ``xquad/``, ``squad2_half/``, ``bipia/``, ``mtrag_un/``, ``nq_oracle/``,
``scifact/``, ``cranfield/`` and ``scale_debian/`` (docs/evaluation.md); the counter-sets are those of
``tests/text/rules``. A line a rule: on what, how many, the share that it finds (recall), and the share of right ones
that it hits (wrong).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.ground.safety import kind_of
from ragkit.ground.statements import denies
from ragkit.ground.verify.support import numbers, support
from ragkit.text.languages import recognised
from ragkit.text.rules import MODULES, NEVER, rules_for
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "text" / "rules"))
SEED = 13
DENIES = re.compile(r"deny")
OPPOSITE = re.compile(r"^it says '[^A-Z0-9]*' where")

# Negations put in and taken out of sentences by program.
AUXILIARY = {
    "en": r"\b(is|are|was|were|has|have|had|can|could|would|will)\b",
    "de": r"\b(ist|sind|war|waren|wurde|wurden|hat|hatte|kann|konnte)\b",
}
NOT = {"en": "not", "de": "nicht"}
TAKEN_OUT: dict[str, list[tuple[str, Any]]] = {
    "en": [
        (r"\b(is|are|was|were|has|have|had|can|could|would|will|did|does|do) not\b", r"\1"),
        (r"\bno\b", "a"),
        (r"\bnever ", ""),
    ],
    "de": [
        (r" nicht\b", ""),
        (r"\b([kK])ein(e[rmns]?)?\b", lambda m: ("E" if m[1] == "K" else "e") + "in" + (m[2] or "")),
        (r" nie(mals)?\b", ""),
    ],
}
GERMAN_PAIRS = (
    "mehr/weniger größte/kleinste größten/kleinsten erste/letzte ersten/letzten vor/nach höher/niedriger Norden/Süden "
    "Osten/Westen über/unter Millionen/Milliarden früher/später"
)
CLOSING = re.compile(
    r"(.{30,}?), (?:which|who|where|and|but|with|although|because"
    r"|die|der|das|und|aber|wobei|sodass|während|weil|obwohl|wo) .+"
)
CHINESE_NEGATION = re.compile("[不没未无非]有?")


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines, packed or not."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def say(rule: str, on: str, **figures: object) -> None:
    written = (
        f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}" for name, value in figures.items()
    )
    print(f"{rule:16s} | {on:66s} | {', '.join(written)}", flush=True)


def share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / max(1, len(found))


def refused(statement: str, source: str) -> bool:
    return not support(statement, [source], strict=True).sources


def problem(statement: str, source: str) -> str:
    return support(statement, [source], strict=True).problem


def replies(data: Path) -> None:
    """Sentences of models' replies, labelled by hand: what is wrong, and which rule says so."""
    found, every, wrong, supported = Counter[tuple[str, str]](), Counter[str](), Counter[str](), 0
    for row in rows(data / "replies" / "replies.jsonl"):
        sources = [sentence for each in row["sources"] for sentence in split(each["text"])]
        for each in row["sentences"]:
            said = support(each["text"], sources, row["question"]).problem
            rule = "number" if said.startswith("the number") else ""
            rule = "negation" if DENIES.search(said) else "opposite" if OPPOSITE.search(said) else rule
            if each["label"] == "supported":
                supported += 1
                wrong[rule] += 1
            else:
                every[each["kind"]] += 1
                found[each["kind"], rule] += 1
    for kind, rule in (("negation", "negation"), ("comparison direction", "opposite"), ("number", "number")):
        on = f"replies: {every[kind]} wrong by {kind}, {supported} supported"
        say(rule, on, recall=found[kind, rule] / every[kind], wrong=wrong[rule] / supported)
    right = sum(count for (_, rule), count in found.items() if rule == "negation")
    flagged = right + wrong["negation"]
    say(
        "negation",
        "replies: of all that the rule flags, not supported",
        flags=flagged,
        precision=right / max(1, flagged),
    )


def flips(data: Path) -> None:
    """Sentences of XQuAD and SQuAD 2 that a program has turned round."""
    for language, path in (("en", data / "squad2_half/corpus.jsonl"), ("de", data / "xquad/de/corpus.jsonl")):
        rules = rules_for(language)
        assert rules is not None
        every = [each for row in rows(path) for each in split(row["text"]) if 40 < len(each) < 300]
        random.Random(SEED).shuffle(every)
        out = [
            (each, new)
            for each in every
            for pattern, instead in TAKEN_OUT[language]
            if (new := re.sub(pattern, instead, each, count=1)) != each
        ][:300]
        plain = [each for each in every if not rules.negation.denies(frozenset(re.findall(r"\w+", each.lower())))]
        pattern, behind = AUXILIARY[language], rf"\1 {NOT[language]}"
        put = [(each, re.sub(pattern, behind, each, count=1)) for each in plain if re.search(pattern, each)][:300]
        name = path.parent.name if language == "en" else "XQuAD de"
        for what, made in (("taken out", out), ("put in", put)):
            say(
                f"negation {language}",
                f"{name}: negation {what}, {len(made)} sentences",
                recall=share(refused(new, source) for source, new in made),
                by_rule=share(bool(DENIES.search(problem(new, source))) for source, new in made),
            )
        same = every[:400]
        on = f"{name}: the sentence itself, {len(same)}"
        say(f"negation {language}", on, wrong=share(refused(each, each) for each in same))
        cut = [(each, f"{found[1]}.") for each in every if (found := CLOSING.match(each))][:300]
        on = f"{name}: closing clause left out, {len(cut)}"
        say(f"negation {language}", on, wrong=share(bool(DENIES.search(problem(new, each))) for each, new in cut))
        if language == "de":
            pairs = [tuple(pair.split("/")) for pair in GERMAN_PAIRS.split()]
            both = [*pairs, *((second, first) for first, second in pairs)]
            swapped = [
                (each, re.sub(rf"\b{first}\b", second, each, count=1))
                for each in every
                for first, second in both
                if re.search(rf"\b{first}\b", each)
            ][:200]
            on = f"{name}: a word's opposite put in, {len(swapped)} (of the list)"
            say("opposites de", on, recall=share(refused(new, source) for source, new in swapped))
    chinese = [each for row in rows(data / "xquad/zh/corpus.jsonl") for each in split(row["text"])]
    chinese = [each for each in chinese if 15 < len(each) < 150]
    turned = [(each, CHINESE_NEGATION.sub("", each, count=1)) for each in chinese if CHINESE_NEGATION.search(each)][
        :200
    ]
    on = f"XQuAD zh: sign of negation taken out, {len(turned)}"
    say("no rules (zh)", on, recall=share(refused(new, source) for source, new in turned))
    say("no rules (zh)", f"XQuAD zh: the sentence itself, {len(chinese)}", wrong=share(refused(s, s) for s in chinese))


def negation_sets() -> None:
    from counter_negation import HARMLESS, NEGATION

    counts = Counter[tuple[str, str]]()
    for language, source, opposite, faithful in NEGATION:
        key = language if language in MODULES else "none"
        counts[key, "opposites"] += 1
        counts[key, "caught"] += refused(opposite, source)
        counts[key, "faithful"] += len(faithful)
        counts[key, "passed"] += sum(not refused(each, source) for each in faithful)
    for key in (*MODULES, "none"):
        caught = f"{counts[key, 'caught']}/{counts[key, 'opposites']}"
        say(
            f"negation {key}", "counter-set", caught=caught, passed=f"{counts[key, 'passed']}/{counts[key, 'faithful']}"
        )
    hit = sum(bool(DENIES.search(problem(reply, source))) for _, source, reply in HARMLESS)
    say("negation all", f"counter-set: {len(HARMLESS)} harmless", flagged=hit)


def languages(data: Path) -> None:
    for language in ("en", "de"):
        questions = [row["question"] for row in rows(data / f"xquad/{language}/qa.jsonl")]
        texts = [each for row in rows(data / f"xquad/{language}/corpus.jsonl") for each in split(row["text"])]
        for what, every in (("questions", questions), ("sentences", texts)):
            shown = Counter(recognised(each) for each in every)
            right, unknown = shown[language] / len(every), shown[""] / len(every)
            say("language", f"XQuAD {language}: {len(every)} {what}", right=right, unknown=unknown)


def corpora(data: Path, docs: Path) -> dict[str, list[str]]:
    texts = {task: [row["context"] for row in rows(data / f"bipia/contexts_{task}.jsonl")][:300] for task in CONTEXTS}
    texts |= {name: [row["text"] for row in rows(data / name / "corpus.jsonl")] for name in CORPORA}
    texts["scifact"] = [row["text"] for row in rows(data / "scifact/corpus.jsonl.gz")][:2000]
    texts["debian"] = [row["text"] for row in rows(data / "scale_debian/corpus.jsonl.gz")][:20_000]
    written = (*docs.glob("docs/*.md"), *docs.glob("corpora/handbook/documents/*/*.md"), *docs.glob("*.md"))
    texts["project docs"] = [path.read_text("utf-8") for path in written]
    return texts


CONTEXTS = ("email", "table", "code")
CORPORA = ("squad2_half", "mtrag_un", "cranfield", "nq_oracle")


def orders(data: Path, texts: dict[str, list[str]]) -> None:
    from counter_orders import ATTACKS, ATTACKS_HELD, MANUAL

    attacks = [row["attack"] for row in rows(data / "bipia/attacks.jsonl")]
    sets = {"override phrases, 7 languages": ATTACKS, "attacks in other wordings": ATTACKS_HELD}
    sets |= {"instructions of manuals": MANUAL, "attacks of BIPIA": attacks}
    sets[f"sentences of {len(texts)} corpora"] = [
        each for every in texts.values() for text in every for each in split(text)
    ]
    for what, every in sets.items():
        kinds = Counter(map(kind_of, every))
        say("orders", f"{len(every)} {what}", override=kinds["override"], machine=kinds["machine"])


def denials(data: Path, texts: dict[str, list[str]]) -> None:
    from counter_orders import ASSERTIONS_HELD, ASSERTIONS_LAST, DENIALS_HELD, DENIALS_LAST

    for what, right, other in (("first", DENIALS_HELD, ASSERTIONS_HELD), ("last", DENIALS_LAST, ASSERTIONS_LAST)):
        on = f"{what} counter-set: {len(right)} denials, {len(other)} assertions"
        say("denial", on, recall=share(map(denies, right)), wrong=share(map(denies, other)))
    every = [row for row in rows(data / "mtrag_un/qa.jsonl") if row.get("answers")]
    unseen = [row["answers"][0] for row in every if row.get("answerability") == "UNANSWERABLE"][1::2]
    on = f"MT-RAG-UN: {len(unseen)} unanswerable, the half that was not looked at"
    say("denial", on, recall=share(any(map(denies, split(text))) for text in unseen))
    answered = [row["answers"][0] for row in every if row["answerable"]]
    on = f"MT-RAG-UN: {len(answered)} references that answer"
    say("denial", on, wrong=share(any(map(denies, split(text))) for text in answered))
    told = [each for name in ("squad2_half", "nq_oracle", "scifact") for text in texts[name] for each in split(text)]
    say("denial", f"{len(told)} sentences of SQuAD, NQ, SciFact", wrong=share(map(denies, told)))


def questions(data: Path) -> None:
    sets = {"en": ("nq_oracle", "squad2_half"), "de": ("xquad/de",)}
    for language, names in sets.items():
        rules = rules_for(language)
        assert rules is not None
        asks = rules.questions
        for name in names:
            every = [row for row in rows(data / name / "qa.jsonl") if row["answerable"]]
            numeric = [bool(re.search(r"\d", row["answers"][0]) or numbers(row["answers"][0], rules)) for row in every]
            hit = [bool(asks.number.search(row["question"])) for row in every]
            both = sum(found and wanted for found, wanted in zip(hit, numeric, strict=True))
            on = f"{name}: {len(every)} questions, {sum(numeric)} for a number or a date"
            say(f"number {language}", on, precision=both / max(1, sum(hit)), recall=both / sum(numeric))
            if asks.person is NEVER:
                continue
            who = [row["answers"][0] for row in every if asks.person.search(row["question"])]
            on = f"{name}: {len(who)} questions for a person; the answer begins with a capital"
            say(f"person {language}", on, precision=share(answer[:1].isupper() for answer in who))
    rules = rules_for("en")
    assert rules is not None
    follows: Callable[[str], bool] = lambda question: bool(rules.questions.follows.search(question))  # noqa: E731 - one use
    alone = [row["question"] for row in rows(data / "nq_oracle/qa.jsonl")]
    later = [row["question"] for row in rows(data / "mtrag_un/qa.jsonl") if row.get("history")]
    on = f"{len(later)} later turns of MT-RAG-UN, {len(alone)} questions of NQ that stand alone"
    say("follows", on, recall=share(map(follows, later)), wrong=share(map(follows, alone)))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--docs", type=Path, default=ROOT, help="project whose documentation is looked through")
    options = parser.parse_args(arguments)
    replies(options.data)
    flips(options.data)
    negation_sets()
    languages(options.data)
    texts = corpora(options.data, options.docs)
    orders(options.data, texts)
    denials(options.data, texts)
    questions(options.data)


if __name__ == "__main__":
    main()
