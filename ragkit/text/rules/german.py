"""German.

Origin: negation after Duden, Die Grammatik (2016), "Negation"; opposites, numbers and phrases were written for ragkit.
Measured by ``benchmarks/rules.py`` on XQuAD, which they were not made from: of 109 sentences with a negation taken out
and 300 with one put in, 1.00 are refused (.20 and .52 without these rules); of 400 unchanged sentences and 300 without
their closing clause, none is. A word's opposite put in: .96 of 200 (the words were taken from the list). Counter-set:
7 of 7 opposites refused, 7 of 7 faithful replies accepted.
Questions for numbers: precision .90, recall .78 on the 1190 questions of XQuAD. Joints, the newest document and
quarters have a counter-set only.
"""

from __future__ import annotations

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Questions, Replies, TableWords

RULES = LanguageRules(
    code="de",
    # Duden, Die Grammatik, "Negation": particle, the paradigm of kein, and the negative pronouns and adverbs. "noch"
    # (also "still") and "kaum" (hedge) are left out.
    negation=Negation(
        words(
            "nicht nichts nie niemals niemand niemanden niemandem niemandes nirgends nirgendwo nirgendwohin weder ohne",
            "kein keine keinen keinem keiner keines keinerlei keinesfalls keineswegs nimmer",
        )
    ),
    articles=words("der die das den dem des ein eine einen einem einer eines"),
    opposites=pairs(
        "mehr/weniger meisten/wenigsten größer/kleiner größte/kleinste größten/kleinsten höher/niedriger",
        "höchste/niedrigste höchsten/niedrigsten länger/kürzer längste/kürzeste älter/jünger älteste/jüngste",
        "früher/später vor/nach vorher/nachher erste/letzte ersten/letzten erster/letzter oben/unten über/unter",
        "norden/süden osten/westen nördlich/südlich östlich/westlich nördlichen/südlichen links/rechts",
        "gestiegen/gesunken stieg/sank stieg/fiel zugenommen/abgenommen zunahme/abnahme anstieg/rückgang",
        "gewann/verlor gewonnen/verloren sieg/niederlage immer/nie immer/niemals alle/keine erlaubt/verboten",
        "beginn/ende begann/endete öffnet/schließt geöffnet/geschlossen innerhalb/außerhalb intern/extern",
        "million/milliarde millionen/milliarden tausend/million maximum/minimum maximal/minimal mit/ohne",
        "besser/schlechter beste/schlechteste stärker/schwächer schneller/langsamer wärmer/kälter richtig/falsch",
        "möglich/unmöglich positiv/negativ häufig/selten mindestens/höchstens",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
            "siebzehn achtzehn neunzehn zwanzig".split()
        )
    }
    | {"dreißig": "30", "vierzig": "40", "fünfzig": "50", "sechzig": "60", "siebzig": "70", "achtzig": "80"}
    | {"neunzig": "90", "zwo": "2"},
    months=tuple("januar februar märz april mai juni juli august september oktober november dezember".split()),
    questions=Questions(
        number=anywhere(
            r"\bwie (?:viele?[nr]?|lange|alt|weit|hoch|groß|oft|häufig|tief|schnell|spät|breit|schwer)\b",
            r"\bwann\b",
            r"\b(?:welche[snrm]?|was (?:ist|war) (?:der|die|das)) "
            r"(?:jahre?|datum|tag|zahl|anzahl|prozentsatz|anteil|jahrhundert|jahrzehnt|preis|alter|uhrzeit)\b",
        ),
        joints=anywhere(r",?\s+und\s+(?=(?:wer|wen|wem|was|wann|wo|welche[snrm]?|warum|wie|ist|sind)\b)"),
        newest=anywhere(r"\b(?:neueste[nrsm]?|jüngste[nrsm]?|aktuellste[nrsm]?)\b"),
        ordinals={
            f"{word}{ending} quartal": f"q{number}"
            for number, word in enumerate(("erste", "zweite", "dritte", "vierte"), 1)
            for ending in ("", "n", "s")
        },
    ),
    replies=Replies(
        denial=anywhere(
            r"\b(?:quellen?|texte?n?|dokumente?n?|passagen?|auszüge?n?|informationen|angaben)\b[^.!?]{0,60}"
            r"\b(?:nicht (?:\w+ )?(?:enthalten|erwähnt|genannt|angegeben|beantwortet)|(?:enthalten|enthält|nennen|nennt"
            r"|geben|gibt|liefern|beantworten|beantwortet)\b[^.!?]{0,40}\b(?:keine|nicht))\b",
            r"\b(?:steht|stehen|findet sich|ist) nicht in (?:den|der|diesen|dieser) (?:quellen?|texte?n?|dokumenten"
            r"|passagen|angaben)\b",
            r"^\W*(?:das |ich )?(?:weiß ich nicht|kann ich nicht (?:sagen|beantworten))",
            r"^\W*ich (?:weiß (?:es |das )?nicht|kann (?:die frage|das|dies|sie) nicht beantworten)",
        )
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:ignorier\w*|missacht\w+|vergiss|vergesst|vergessen sie|beacht\w+ nicht"
            r"|überspring\w*)\b[^.!?\n]{0,30}"
            r"\b(?:(?:alle |die |deine |ihre |bisherigen |vorherigen |vorigen |obigen |früheren |vorangegangenen"
            r" ){1,3})"
            r"(?:anweisung|instruktion|vorgabe|prompt|befehl)\w*"
        ),
        machine=anywhere(
            r"\b(?:du bist|handle als|verhalte dich (?:wie|als))\b[^.!?\n]{0,20}\b(?:KI|sprachmodell|chatbot)"
        ),
        cues=(
            "ignorier",
            "missacht",
            "vergiss",
            "vergess",
            "beacht",
            "überspring",
            "du bist",
            "handle als",
            "verhalte dich",
        ),
    ),
    tables=TableWords(
        yes=words("ja"),
        no=words("nein"),
        identifiers=words("nr"),
        sums=r"summe|zwischensumme|gesamt",
        scales={"tsd": 1e3, "mio": 1e6, "mrd": 1e9},
    ),
)
