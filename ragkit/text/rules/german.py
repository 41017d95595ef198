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

# What a model calls what it reads; not "Quelle" and "Text" alone, which are things in the world too.
_SOURCES = (
    r"(?:quellen|textstellen?|texte?n?|dokumente?n?|unterlagen|passagen?|auszüge?n?|ausschnitte?n?|kontext\w?"
    r"|informationen|angaben|materialien)"
)

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
        goes_on=anywhere(
            r"^\W*(?:(?:und|aber|oder)\W+)?(?:was ist mit|wie steht es mit|wie ist es mit|für|bei)\s+",
            r"^\W*(?:und|aber)\W+(?=(?:wer|was|wann|wo|welche\w?|warum|wie|ist|sind|war|kann|darf|muss)\b)",
        ),
        small_talk=anywhere(
            r"^\W*(?:(?:hallo|hi|guten (?:tag|morgen|abend)|servus|moin|danke|vielen dank|besten dank|tschüss"
            r"|auf wiedersehen|okay|ok|super|prima|alles klar)\b(?: (?:schön|sehr|zusammen|dafür))?\W*)+"
            r"(?:das (?:hilft|war hilfreich)\W*)?$",
            r"^\W*(?:wer (?:bist du|sind sie)|was (?:kannst du|können sie)(?: alles| tun)?|wie hei(?:ßt du|ßen sie)"
            r"|wie (?:geht es|geht['’]?s)(?: dir| ihnen)?)\W*$",
        ),
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
        sources=words("quelle quellen dokument textstelle abschnitt"),
        denial=anywhere(
            # The sources are the subject.
            rf"\b{_SOURCES}\b[^.!?]{{0,60}}\b(?:nicht (?:\w+ )?(?:enthalten|erwähnt|genannt|angegeben|beantwortet"
            rf"|behandelt)"
            r"|(?:enthalten|enthält|nennen|nennt|geben|gibt|liefern|liefert|beantworten|beantwortet|machen|macht"
            r"|sagen|sagt"
            r"|erwähnen|erwähnt|bieten|bietet|verraten|verrät|behandeln|behandelt)\b[^.!?]{0,40}\b(?:kein\w*|nicht"
            r"|nichts)\b)",
            # Or the place: "in den Quellen steht nichts", "aus dem Text geht nicht hervor".
            rf"\b(?:in|im|aus|anhand|laut|auf (?:der )?(?:grundlage|basis)|mithilfe) (?:\w+"
            rf" ){{0,3}}{_SOURCES}\b[^.!?]{{0,60}}"
            r"\b(?:nicht|nichts|kein\w*)\b",
            rf"\b(?:nicht|nichts|kein\w*)\b[^.!?]{{0,50}}\b(?:in|im|aus|anhand) (?:\w+ ){{0,3}}{_SOURCES}\b",
            r"\bich\b[^.!?]{0,60}\b(?:nicht|nichts|kein\w*)\b[^.!?]{0,40}\b(?:beantworten|finden|gefunden|sagen"
            r"|bestimmen"
            r"|ermitteln|feststellen|entnehmen|informationen|angaben|antwort)\b",
            rf"\b(?:finde|fand|sehe) ich\b[^.!?]{{0,60}}\b{_SOURCES}\b[^.!?]{{0,30}}\b(?:nicht|nichts|kein\w*)\b",
            r"\b(?:lässt|lassen) sich\b[^.!?]{0,60}\bnicht (?:beantworten|bestimmen|ermitteln|feststellen|sagen)\b",
            r"^\W*(?:leider )?(?:(?:es|dazu|hierzu|darüber) )?(?:(?:gibt|liegen|liegt) )?(?:es |mir )?(?:leider"
            r" )?(?:keine"
            r"|nicht genügend|zu wenige?) (?:informationen|angaben|hinweise)\b",
            r"^\W*(?:das |ich )?(?:weiß ich nicht|kann ich (?:leider )?nicht (?:sagen|beantworten))",
            r"^\W*(?:leider )?(?:weiß )?ich (?:weiß )?(?:(?:es|das|leider) )?nicht\W*$",
        ),
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
        years=words("jahr jahre"),
        identifiers=words("nr"),
        sums=r"summe|zwischensumme|gesamt",
        scales={"tsd": 1e3, "mio": 1e6, "mrd": 1e9},
    ),
)
