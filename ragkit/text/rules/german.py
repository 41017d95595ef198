"""German.

Origin: negation after Duden, Die Grammatik (2016), "Negation"; opposites, numbers and phrases were written for ragkit.
Measured by ``benchmarks/rules.py`` on XQuAD, which they were not made from: of 109 sentences with a negation taken out
and 300 with one put in, 1.00 are refused (.20 and .52 without these rules); of 400 unchanged sentences and 300 without
their closing clause, none is. A word's opposite put in: .96 of 200 (the words were taken from the list). Counter-set:
7 of 7 opposites refused, 7 of 7 faithful replies accepted.
Questions for numbers: precision .90, recall .78 on the 1190 questions of XQuAD. Joints, the newest document and
quarters have a counter-set only.
Amounts and directions were written for ragkit: of 300 sentences of XQuAD with a number, name, negation or opposite
changed, .990 are contradicted for certain, of the unchanged ones none (``benchmarks/citations.py``).
"""

from __future__ import annotations

from ragkit.text.rules import Pattern, anywhere, before, pairs, symbols, values, words
from ragkit.text.rules.kinds import (
    Amounts,
    Directions,
    LanguageRules,
    Negation,
    Orders,
    Questions,
    Replies,
    Routing,
    TableWords,
)

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
    | {"neunzig": "90", "zwo": "2", "ein": "1", "anderthalb": "1.5", "eineinhalb": "1.5", "zweieinhalb": "2.5"}
    | {"dreieinhalb": "3.5", "viereinhalb": "4.5"},
    months=tuple("januar februar märz april mai juni juli august september oktober november dezember".split()),
    amounts=Amounts(
        scales=values(
            "hundert=100 tausend=1e3 million/millionen/mio=1e6 milliarde/milliarden/mrd=1e9",
            "billion/billionen=1e12 dutzend=12",
        ),
        joins=words("und"),
        one=words("ein eine einen einem einer eines"),
        fractions=values(
            "drittel=0.33333 viertel=0.25 fünftel=0.2 sechstel=0.16667 siebtel=0.14286 achtel=0.125",
            "neuntel=0.11111 zehntel=0.1",
        ),
        halves=words("hälfte halb halbe halben halbes"),
        times=values(
            "doppelt/doppelte/doppelten/verdoppelt/verdoppelte/verdoppelten=2 dreifach/dreifache/verdreifacht=3",
            "vierfache=4 zehnfache=10 halbiert/halbierte=0.5",
        ),
        ordinals={
            stem + ending: float(number)
            for number, stem in enumerate(
                "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte "
                "dreizehnte vierzehnte fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte zwanzigste".split(),
                1,
            )
            for ending in ("", "n", "r", "s", "m")
        },
        percent=Pattern(r"\s?-?(?:%|Prozent(?:punkte?n?)?\b|v\. ?H\.)"),
        about=before(
            "etwa", "rund", "ungefähr", "circa", "ca\\.", "zirka", "um die", "gut", "an die", "schätzungsweise"
        ),
        over=before(
            "über", "mehr als", "mindestens", "wenigstens", "oberhalb von", "länger als", "älter als", "größer als"
        ),
        under=before(
            "fast", "knapp", "beinahe", "nahezu", "unter", "weniger als", "höchstens", "bis zu", "maximal", "kaum"
        ),
        units=symbols(
            "sekunde/sekunden=s minute/minuten=min stunde/stunden=h tag/tage/tagen=d woche/wochen=w",
            "monat/monate/monaten=mo jahr/jahre/jahren/jahres=y",
            "millimeter=mm zentimeter=cm meter/metern/metres=m kilometer/kilometern=km meile/meilen=mi hektar=ha",
            "quadratkilometer=km² quadratmeter=m² kubikmeter=m³ gramm=g kilogramm/kilo=kg milligramm=mg tonne/tonnen=t",
            "liter/litern=l milliliter=ml euro=€ dollar/us-dollar=$ pfund=£ cent=ct yen=¥ franken=CHF",
            "gigabyte=GB megabyte=MB terabyte=TB kilobyte=KB byte=B bit=bit kilowatt=kW megawatt=MW gigawatt=GW watt=W",
            "kilowattstunden=kWh megawattstunden=MWh grad=° knoten=kn volt=V",
        ),
        clock=values("mittag/mittags=720 mitternacht=0"),
        hour=Pattern(r"\b(\d{1,2})(?:[.:](?P<minute>\d\d))?\s?Uhr\b"),
        days=tuple("montag dienstag mittwoch donnerstag freitag samstag sonntag".split()),
        decade=Pattern(r"(?<![\w])(\d{3}0|\d0)er\b(?:[ -]Jahren?\b)?"),
        centuries=words("jahrhundert jahrhunderts jahrhunderte jahrhunderten"),
        before_christ=Pattern(r"\s?v\. ?Chr\."),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:und|aber|jedoch|außerdem|zudem|daher|deshalb|somit|zusätzlich|tatsächlich|zum Beispiel"
            r"|laut (?:der Quelle|den Quellen|dem Text)),?\s+"
        ),
        senses=(
            (
                words(
                    "mehr größer höher gestiegen stieg steigt steigen stiegen zugenommen anstieg zunahme zunahm "
                    "wuchs gewachsen erhöht erhöhte"
                ),
                words(
                    "weniger kleiner niedriger geringer gesunken sank sinkt sinken sanken fiel gefallen fällt "
                    "abgenommen rückgang abnahme verringert senkte gesenkt"
                ),
            ),
            (words("vor vorher früher zuvor bevor"), words("nach nachher später danach nachdem")),
            (words("erste ersten erster früheste"), words("letzte letzten letzter späteste")),
            (words("erlaubt gestattet darf dürfen zulässig"), words("verboten untersagt unzulässig")),
            (words("norden nördlich nördlichen"), words("süden südlich südlichen")),
            (words("osten östlich östlichen"), words("westen westlich westlichen")),
            (words("gewann gewonnen sieg"), words("verlor verloren niederlage")),
        ),
        scopes=(
            words("alle allen aller jeder jede jedes jeden sämtliche immer stets"),
            words("meisten meist mehrheit überwiegend meistens"),
            words("einige einigen manche manchmal teilweise teils wenige"),
            words("nur ausschließlich allein lediglich bloß"),
            words("kein keine keinen keiner nie niemand niemals"),
        ),
        modal=words(
            "darf dürfen kann können könnte konnte muss müssen musste soll sollen sollte will wollen würde wird "
            "nur fast",
            "kaum beinahe angeblich vermutlich möglicherweise wahrscheinlich vielleicht falls wenn außer sofern",
            "geplant erwartet etwa rund teilweise alle jede jeder jedes meist meisten einige manche viele "
            "mehrere wenige",
        ),
        names=pairs(
            "frankreich/französische niederlande/niederländische england/englische usa/amerikanische",
            "griechenland/griechische",
        ),
        noun_endings=tuple(
            "ung ungen heit heiten keit keiten schaft schaften tion tionen tät täten nis nisse tum ismus ment "
            "mente ling linge".split()
        ),
        determiners=words(
            "der die das den dem des ein eine einen einem einer eines kein keine keinen keiner keinem im am zum zur",
            "beim vom ins ans dieser diese dieses diesen diesem jeder jede jedes jeden sein seine seinen seiner",
            "seinem ihr ihre ihren ihrer ihrem viele vielen mehrere einige einigen alle allen",
        ),
    ),
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
    routing=Routing(
        overview=anywhere(
            r"\b(?:zusammenfass\w*|fass\w*\b[^?]*\bzusammen|zusammenfassung|überblick|übersicht|kurzfassung)\b",
            r"\b(?:wichtigsten?|zentralen?|wesentlichen?) (?:punkte?|aussagen?|themen|inhalte?|ergebnisse?)\b",
        ),
        asking=words(
            "worum wovon geht handelt handeln thema themen steht enthält behandelt kurz kurze",
            "kurzen bitte gib mir einen eine inhalt punkte",
        ),
        about=anywhere(
            r"\b(?:worum|wovon|um was|von was) (?:geht|handel\w*|dreht)\b",
            r"\b(?:welche|was für) themen\b",
            r"\bwas (?:steht|enthält|enthalten|behandel\w+)\b",
        ),
        collection=anywhere(
            r"\b(?:die|der|den|diese[rnms]?|alle[rn]?|meine[rn]?|unsere[rn]?|gesamten?)\s+(?:(?:gesamten?|ganzen?|diese[rn]?"
            r"|indizierten)\s+)*(?:sammlung|dokumente[n]?|dateien|unterlagen|texte[n]?|bestand|ordner|index)\b",
        ),
        document=anywhere(
            r"\b(?:dokuments?|datei|bericht\w*|protokolls?|handbuch\w*|richtlinie|anleitung|artikels?)\b"
        ),
        listing=anywhere(
            r"^\W*(?:bitte )?(?:liste|zähle|nenne|zeige?)(?: mir| uns)?\b(?: alle\w*| sämtliche\w*| jede\w*)"
            r"(?: (?:dokumente|dateien|stellen|berichte|protokolle)[^?]*?(?:die|über|zu|mit))?",
            r"^\W*(?:bitte )?(?:liste|zähle)\b[^?]*\bauf\b",
            r"\b(?:in )?(?:welche[nr]?|wie viele) (?:dokumente[n]?|dateien|berichte[n]?|protokolle[n]?|texte[n]?)\b"
            r"(?: (?:erwähnen|nennen|enthalten|behandeln|handeln von|sprechen von|wird|werden|ist|sind|geht es um))?",
        ),
        compares=anywhere(
            r"\bvergleich\w*\b",
            r"\bunterschiede?\b[^?]*\bzwischen\b",
            r"\bunterscheide\w*\b",
            r"\bgemeinsam(?:keiten)?\b[^?]*\bund\b",
            r"\b(?:sowohl|beide[nr]?)\b",
            r"\b(?:welche[rsn]?|wer|was)\b[^?]*\b\w+er\b[^?]*[,:]\s*[^?,]+\boder\b",
        ),
        sides=(
            Pattern(r"\bvergleich\w*\s+(?P<a>.+?)\s+(?:mit|und)\s+(?P<b>.+?)(?P<aspect>)\W*$"),
            Pattern(r"\bunterschiede?\b(?P<aspect>.*?)\bzwischen\s+(?P<a>.+?)\s+und\s+(?P<b>.+?)\W*$"),
        ),
        aggregate=anywhere(
            r"\b(?:wie viele?|insgesamt|zusammen|summe|durchschnitt\w*|mittel(?:wert)?|anzahl|anteil|gesamt\w*)\b",
            r"\b(?:höchste[nrs]?|niedrigste[nrs]?|größte[nrs]?|kleinste[nrs]?|meisten|wenigsten|teuerste[nrs]?"
            r"|billigste[nrs]?|älteste[nrs]?|jüngste[nrs]?|längste[nrs]?|kürzeste[nrs]?)\b",
            r"\b(?:mehr|weniger|über|unter|vor|nach|seit)\s+(?:als\s+)?\d",
        ),
        code=anywhere(
            r"\b(?:funktion(?:en)?|methoden?|klassen?|module?|argumente?|parameter|quellcode|code|konstanten?"
            r"|implementier\w*|definiert)\b"
        ),
        itself=anywhere(
            r"\b(?:was|wer) ist ragkit\b",
            r"\bwelche (?:dateien|dateiformate|formate|dateitypen|sprachen)\b[^?]*\b(?:du|sie|ragkit|unterstützt)\b",
            r"\bwie viele (?:dokumente|dateien)\b[^?]*\b(?:indiziert|im index|in der sammlung|gibt es|kennst du)\W*$",
            r"\bwo (?:ist|liegt|sind|liegen) (?:der|mein|dein|die) (?:index|daten|dokumente)\b",
            r"\bwelches (?:sprach)?modell\b",
            r"\b(?:kannst|kennst|liest|verstehst) du\b[^?]*\b(?:lesen|deutsch|dateien|pdf|offline)\b",
        ),
    ),
    replies=Replies(
        sources=words("quelle quellen dokument textstelle abschnitt"),
        about=anywhere(
            r"^\W*(?:beide |alle )?(?:die|der|das|den|dem) (?:\w+ )?(?:Quellen?|Texte?|Dokumente?|Abschnitte?"
            r"|Auszug|Auszüge|Passagen?|Unterlagen)\b",
            r"\b(?:wird|werden|wurde|ist|sind) nicht (?:\w+ )?(?:genannt|angegeben|erwähnt|erklärt|gesagt)\W*$",
        ),
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
        identifiers=words("nr"),
        sums=r"summe|zwischensumme|gesamt",
        scales={"tsd": 1e3, "mio": 1e6, "mrd": 1e9},
    ),
)
