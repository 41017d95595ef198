"""Precision and recall of the language rules on data they were not made from.

    python benchmarks/rules.py DATA [--counter FOLDER]

DATA is a folder with ``replies/``, ``xquad/``, ``squad2_half/``, ``bipia/``, ``mtrag_un/``, ``nq_oracle/``, ``scifact/``
and ``cranfield/`` (docs/evaluation.md). Reported per rule: on what, how many, recall, and how often it is wrong.
"""
from __future__ import annotations

import gzip, json, random, re, sys
from collections import Counter
from pathlib import Path

D = Path(sys.argv[1])
sys.path.insert(0, str(Path(__file__).parent))
import counter_negation as CN
import counter_orders as CO
from ragkit.ground.verify.alignment import contradiction
from ragkit.ground.verify.support import numbers, support
from ragkit.text.sentences import sentences
from ragkit.text.languages import recognised
from ragkit.text.rules import MODULES, all_rules, rules_for


def rows(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    return [json.loads(line) for line in opened if line.strip()]


def say(what, on, **figures):
    print(f"{what:22s} | {on:62s} | " + ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()), flush=True)


EN = rules_for("en")
NEG = re.compile(r"deny")
OPP = re.compile(r"^it says '[^A-Z0-9]*' where")


def reason(statement, sources, question=""):
    text = "\n".join(sources)
    return support(statement, [s for src in sources for s in _sents(src)] , question, strict=False).problem


def _sents(text):
    return [text[a:b] for a, b in sentences(text)]


# 1. hand-labelled replies: contradictions by kind
flagged, total, wrong, supported = Counter(), Counter(), Counter(), 0
for row in rows(D / "replies/replies.jsonl"):
    sources = [each["text"] for each in row["sources"]]
    for each in row["sentences"]:
        problem = reason(each["text"], sources, row["question"])
        kind = "negation" if NEG.search(problem) else "opposite" if OPP.search(problem) else "number" if problem.startswith("the number") else ""
        if each["label"] == "supported":
            supported += 1
            wrong[kind] += 1
        else:
            total[each["kind"]] += 1
            flagged[each["kind"], kind] += 1
say("negation", "replies: 26 negations contradicted; 315 supported", recall=flagged["negation", "negation"] / total["negation"], wrong=wrong["negation"] / supported)
any_ = sum(v for (k, f), v in flagged.items() if f == "negation")
say("negation", "replies: of all it flags, not supported", flags=any_ + wrong["negation"], precision=any_ / max(1, any_ + wrong["negation"]))
say("opposites", "replies: comparison direction; 315 supported", recall=flagged["comparison direction", "opposite"] / total["comparison direction"], wrong=wrong["opposite"] / supported)
say("number words", "replies: kind number; 315 supported", recall=flagged["number", "number"] / total["number"], wrong=wrong["number"] / supported)

# 2. flips made by program in sentences of XQuAD and SQuAD
AUX = {"en": r"\b(is|are|was|were|has|have|had|can|could|would|will)\b", "de": r"\b(ist|sind|war|waren|wurde|wurden|hat|hatte|kann|konnte)\b"}
OUT = {"en": [(r"\b(is|are|was|were|has|have|had|can|could|would|will|did|does|do) not\b", r"\1"), (r"\bno\b", "a"), (r"\bnever ", "")],
       "de": [(r" nicht\b", ""), (r"\b([kK])ein(e[rmns]?)?\b", lambda m: ("E" if m[1] == "K" else "e") + "in" + (m[2] or "")), (r" nie(mals)?\b", "")]}
SWAP = {"en": None, "de": [("mehr", "weniger"), ("größte", "kleinste"), ("größten", "kleinsten"), ("erste", "letzte"), ("ersten", "letzten"), ("vor", "nach"), ("höher", "niedriger"), ("Norden", "Süden"), ("Osten", "Westen"), ("über", "unter"), ("Millionen", "Milliarden"), ("früher", "später")]}
for lang, path in (("en", D / "squad2_half/corpus.jsonl"), ("de", D / "xquad/de/corpus.jsonl")):
    chance = random.Random(13)
    every = [s for r in rows(path) for s in _sents(r["text"]) if 40 < len(s) < 300]
    chance.shuffle(every)
    rules = rules_for(lang)
    out = [(s, new) for s in every for p, w in OUT[lang] if (new := re.sub(p, w, s, count=1)) != s][:300]
    put = [(s, re.sub(AUX[lang], lambda m: f"{m[1]} {'nicht' if lang == 'de' else 'not'}", s, count=1)) for s in every if re.search(AUX[lang], s) and not rules.negation.denies(frozenset(re.findall(r"\w+", s.lower())))][:300]
    name = "SQuAD 2" if lang == "en" else "XQuAD de"
    for what, pairs_ in (("taken out", out), ("put in", put)):
        say("negation " + lang, f"{name}: negation {what}, {len(pairs_)} sentences", recall=sum(not support(b, [a], strict=True).sources for a, b in pairs_) / len(pairs_), by_rule=sum(bool(NEG.search(support(b, [a], strict=True).problem)) for a, b in pairs_) / len(pairs_))
    same = every[:400]
    say("negation " + lang, f"{name}: the sentence itself, {len(same)}", wrong=sum(not support(s, [s], strict=True).sources for s in same) / len(same))
    cut = []
    for s in every:
        m = re.match(r"(.{30,}?), (?:which|who|where|and|but|with|although|because|die|der|das|und|aber|wobei|sodass|während|weil|obwohl|wo) .+", s)
        if m: cut.append((s, m[1] + "."))
    cut = cut[:300]
    say("negation " + lang, f"{name}: closing clause left out, {len(cut)}", wrong=sum(bool(NEG.search(support(b, [a], strict=True).problem)) for a, b in cut) / len(cut))
    if SWAP[lang]:
        sw = []
        for s in every:
            for a, b in [p for q in SWAP[lang] for p in (q, q[::-1])]:
                if re.search(rf"\b{a}\b", s): sw.append((s, re.sub(rf"\b{a}\b", b, s, count=1))); break
        sw = sw[:200]
        say("opposites " + lang, f"{name}: a word's opposite put in, {len(sw)} (list made with the rule)", recall=sum(not support(b, [a], strict=True).sources for a, b in sw) / len(sw))
zh = [s for r in rows(D / "xquad/zh/corpus.jsonl") for s in _sents(r["text"]) if 15 < len(s) < 150]
zhneg = [(s, re.sub("[不没未无非]有?", "", s, count=1)) for s in zh if re.search("[不没未无非]", s)][:200]
say("no rules (zh)", f"XQuAD zh: sign of negation taken out, {len(zhneg)}", recall=sum(not support(b, [a], strict=True).sources for a, b in zhneg) / len(zhneg))
say("no rules (zh)", f"XQuAD zh: the sentence itself, {len(zh)}", wrong=sum(not support(s, [s], strict=True).sources for s in zh) / len(zh))

# 3. counter-set of negation
c = Counter()
for lang, source, opposite, faithful in CN.NEGATION:
    key = lang if lang in MODULES else "none"
    c[key, "n"] += 1
    c[key, "caught"] += not support(opposite, [source], strict=True).sources
    c[key, "f"] += len(faithful)
    c[key, "passed"] += sum(bool(support(t, [source], strict=True).sources) for t in faithful)
for lang in (*MODULES, "none"):
    say(f"negation {lang}", f"counter-set: {c[lang,'n']} opposites, {c[lang,'f']} faithful", caught=f"{c[lang,'caught']}/{c[lang,'n']}", passed=f"{c[lang,'passed']}/{c[lang,'f']}")
say("negation all", f"counter-set: {len(CN.HARMLESS)} harmless", flagged=sum(bool(NEG.search(support(r, [s], strict=True).problem)) for _, s, r in CN.HARMLESS))

# 4. language shown
for lang, path in (("en", D / "xquad/en/qa.jsonl"), ("de", D / "xquad/de/qa.jsonl")):
    q = [r["question"] for r in rows(path)]
    say("language", f"XQuAD {lang} questions {len(q)}", right=sum(recognised(x) == lang for x in q) / len(q), unknown=sum(recognised(x) == "" for x in q) / len(q))
    s = [x for r in rows(D / f"xquad/{lang}/corpus.jsonl") for x in _sents(r["text"])]
    say("language", f"XQuAD {lang} sentences {len(s)}", right=sum(recognised(x) == lang for x in s) / len(s), unknown=sum(recognised(x) == "" for x in s) / len(s))

# 5. orders
RULES = all_rules()
from ragkit.ground.safety import kind_of
def override(s): return kind_of(s) == "override"
def machine(s): return kind_of(s) == "machine"
say("override", f"counter-set: {len(CO.ATTACKS)} override phrases, 7 languages", found=sum(map(override, CO.ATTACKS)))
say("override", f"counter-set: {len(CO.ATTACKS_HELD)} attacks in other wordings", found=sum(map(override, CO.ATTACKS_HELD)), machine=sum(machine(x) and not override(x) for x in CO.ATTACKS_HELD))
say("override", f"counter-set: {len(CO.MANUAL)} instructions of manuals", flagged=sum(map(override, CO.MANUAL)), machine=sum(machine(x) and not override(x) for x in CO.MANUAL))
for x in CO.MANUAL:
    if override(x) or machine(x): print("   manual flagged:", "override" if override(x) else "machine", x)
for x in CO.ATTACKS:
    if not override(x): print("   attack missed:", x)
att = [r["attack"] for r in rows(D / "bipia/attacks.jsonl")]
say("override", f"BIPIA: {len(att)} attacks (none overrides)", found=sum(map(override, att)), machine=sum(map(machine, att)))
plain = Counter(); n = Counter()
sources_ = {f: [r["context"] for r in rows(D / f"bipia/contexts_{f}.jsonl")][:300] for f in ("email", "table", "code")}
for f in ("squad2_half", "mtrag_un", "cranfield", "nq_oracle"): sources_[f] = [r["text"] for r in rows(D / f / "corpus.jsonl")]
sources_["scifact"] = [r["text"] for r in rows(D / "scifact/corpus.jsonl.gz")][:2000]
sources_["debian"] = [r["text"] for r in rows(D / "scale_debian/corpus.jsonl.gz")][:20000]
hb = Path("/work/main")
sources_["project docs"] = [p.read_text("utf-8") for p in (*hb.glob("docs/*.md"), *hb.glob("corpora/handbook/documents/*/*.md"), *hb.glob("*.md"))]
for f, texts in sources_.items():
    for t in texts:
        for s in _sents(t):
            n[f] += 1
            if override(s): plain[f] += 1; print("   override in", f, ":", s[:160].replace("\n", " "))
            if machine(s): plain[f, "m"] += 1
say("override", f"{sum(n[f] for f in sources_)} sentences of {len(sources_)} corpora", flagged=sum(plain[f] for f in sources_), machine=sum(plain[f, "m"] for f in sources_))

# 6. denials
def denies(s): return any(r.replies.denial.search(s) for r in RULES)
OLD = ("not in the sources", "i don't know", "i do not know", "not mentioned", "do not contain", "does not contain", "not provided in the", "no information")
def old(s): return any(p in s.lower() for p in OLD)
for name, f in (("old phrases", old), ("rule", denies)):
    say(f"denial ({name})", f"counter-set: {len(CO.DENIALS_HELD)} denials, {len(CO.ASSERTIONS_HELD)} assertions", recall=sum(map(f, CO.DENIALS_HELD)) / len(CO.DENIALS_HELD), wrong=sum(map(f, CO.ASSERTIONS_HELD)) / len(CO.ASSERTIONS_HELD))
    un = [r for r in rows(D / "mtrag_un/qa.jsonl")]
    key = "answerability" if "answerability" in un[0] else None
    deny = [r["answers"][0] for r in un if not r["answerable"] and r.get("answers")]
    ans = [r["answers"][0] for r in un if r["answerable"] and r.get("answers")]
    say(f"denial ({name})", f"last counter-set: {len(CO.DENIALS_LAST)} denials, {len(CO.ASSERTIONS_LAST)} assertions", recall=sum(map(f, CO.DENIALS_LAST)) / len(CO.DENIALS_LAST), wrong=sum(map(f, CO.ASSERTIONS_LAST)) / len(CO.ASSERTIONS_LAST))
    odd = [r["answers"][0] for r in un if r.get("answerability") == "UNANSWERABLE"][1::2]
    say(f"denial ({name})", f"MT-RAG-UN: {len(odd)} unanswerable, the half not looked at; any sentence", recall=sum(any(f(s) for s in _sents(t)) for t in odd) / len(odd))
    say(f"denial ({name})", f"MT-RAG-UN: first sentence of {len(deny)} refusals (and questions back), {len(ans)} answers", recall=sum(f(_sents(t)[0]) for t in deny if t.strip()) / max(1, len(deny)), wrong=sum(any(f(s) for s in _sents(t)) for t in ans) / max(1, len(ans)))
    rep = [s for r in rows(D / "replies/replies.jsonl") for s in r["sentences"]]
    say(f"denial ({name})", f"replies: {len(rep)} sentences", flagged=sum(f(s["text"]) for s in rep), examples="; ".join(s["kind"] + ": " + s["text"][:70] for s in rep if f(s["text"]))[:300])
    ev = [s for key_ in ("squad2_half", "nq_oracle", "scifact") for t in sources_[key_] for s in _sents(t)]
    say(f"denial ({name})", f"{len(ev)} sentences of SQuAD, NQ, SciFact", wrong=sum(map(f, ev)) / len(ev))
for x in CO.DENIALS_HELD + CO.DENIALS_LAST:
    if not denies(x): print("   denial missed:", x)
for x in CO.ASSERTIONS_HELD + CO.ASSERTIONS_LAST:
    if denies(x): print("   assertion taken for a denial:", x)

# 7. kinds of questions
import ragkit.retrieve.evidence as E, ragkit.prompt.phrases as P
for name in ("nq_oracle", "squad2_half"):
    qa = [r for r in rows(D / name / "qa.jsonl") if r["answerable"]]
    numeric = [bool(re.search(r"\d", r["answers"][0])) or bool(numbers(r["answers"][0], EN)) for r in qa]
    for what, pattern in (("rule", EN.questions.number), ("old _WANTS_NUMBER", E._WANTS_NUMBER), ("old _NUMBER_WANTED", P._NUMBER_WANTED)):
        hit = [bool(pattern.search(r["question"])) for r in qa]
        tp = sum(h and t for h, t in zip(hit, numeric))
        say(f"wants number ({what})", f"{name}: {len(qa)} questions, {sum(numeric)} numeric", precision=tp / max(1, sum(hit)), recall=tp / sum(numeric))
    who = [r for r in qa if EN.questions.person.search(r["question"])]
    say("wants person", f"{name}: {len(who)} questions with who", capital=sum(r["answers"][0][:1].isupper() for r in who) / max(1, len(who)))
alone = [r["question"] for r in rows(D / "nq_oracle/qa.jsonl")]
turns = [r["question"] for r in rows(D / "mtrag_un/qa.jsonl") if r.get("history")]
say("follows", f"NQ: {len(alone)} questions that stand alone; MT-RAG: {len(turns)} later turns", fires_alone=sum(bool(EN.questions.follows.search(q)) for q in alone) / len(alone), fires_later=sum(bool(EN.questions.follows.search(q)) for q in turns) / len(turns))
