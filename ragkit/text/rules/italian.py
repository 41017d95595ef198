"""Italian.

Origin: negation after Renzi, Salvi and Cardinaletti, Grande grammatica italiana di consultazione, volume 2;
opposites, numbers and phrases were written for ragkit. No labelled data in Italian were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 5 of 6 faithful replies accepted
(one was too short to show its language).
"""

from __future__ import annotations

import re

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Questions, Replies, TableWords

_SOURCES = r"(?:font[ei]|test[oi]|document[oi]|passaggi?o?|bran[oi]|estratt[oi]|contesto|informazioni|materiali)"

RULES = LanguageRules(
    code="it",
    # Renzi, Salvi and Cardinaletti, Grande grammatica italiana di consultazione, volume 2, "La frase negativa".
    negation=Negation(
        words("non mai nessun nessuno nessuna nulla niente né neppure nemmeno neanche senza"),
        separated=((re.compile(r"\b(\w+)['’](?=\w)"), r"\1 "),),
    ),
    articles=words("il lo la i gli le l un uno una del dello della dei degli delle dell"),
    opposites=pairs(
        "più/meno maggiore/minore maggiori/minori migliore/peggiore superiore/inferiore massimo/minimo massima/minima",
        "grande/piccolo alto/basso alta/bassa lungo/corto prima/dopo primo/ultimo prima/ultima nord/sud est/ovest",
        "sinistra/destra aumentato/diminuito aumento/diminuzione aumenta/diminuisce vinto/perso vinse/perse",
        "vittoria/sconfitta sempre/mai tutti/nessuno permesso/vietato consentito/vietato ammessi/vietati aperto/chiuso",
        "aperta/chiusa dentro/fuori interno/esterno mille/milione milione/miliardo milioni/miliardi con/senza",
        "forte/debole veloce/lento vero/falso possibile/impossibile positivo/negativo inizio/fine",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici"
            " sedici "
            "diciassette diciotto diciannove venti".split()
        )
        if word not in ("uno", "sei")  # an article; "you are"
    }
    | {"trenta": "30", "quaranta": "40", "cinquanta": "50", "sessanta": "60", "settanta": "70", "ottanta": "80"}
    | {"novanta": "90"},
    months=tuple(
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
    ),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:e|ma|o)\W+)?(?:che (?:ne è|mi dici) d[ei]\w*|per|riguardo a)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:ciao|salve|buon(?:giorno|asera)|grazie(?: mille)?|arrivederci|va bene|perfetto|ok)\b\W*)+$",
            r"^\W*(?:chi (?:sei|è lei)|(?:che )?cosa (?:sai|puoi|può) fare|come (?:stai|sta|va))\W*$",
        ),
    ),
    replies=Replies(
        sources=words("fonte fonti documento brano"),
        denial=anywhere(
            rf"\b{_SOURCES}\b[^.!?]{{0,50}}\bnon (?:\w+ ){{0,2}}(?:menzion|contien|conteng|indic|rispond|riport|fornisc"
            r"|specific|dic|includ|parla|offr|chiarisc|precis|permett|consent|cita)\w*\b",
            rf"\bnon\b[^.!?]{{0,60}}\b(?:nel\w*|nei|negli|in|dal\w*|dai) (?:\w+ ){{0,2}}{_SOURCES}\b",
            rf"\b(?:nel\w*|nei|negli|dal\w*|dai|dagli|in base a\w*) (?:\w+ )?{_SOURCES}\b[^.!?]{{0,40}}\bnon\b",
            r"^\W*(?:[^.!?]{0,30}, )?non (?:lo )?so\b",
            r"^\W*(?:[^.!?]{0,30}, )?non (?:posso|riesco a|sono in grado di) (?:rispondere|determinare|stabilire|dire"
            r"|trovare)\b",
            r"^\W*(?:[^.!?]{0,30}, )?non (?:ho trovato|trovo|ho)\b[^.!?]{0,20}\b(?:informazioni|risposta|dati)\b",
            r"\bnon è possibile (?:rispondere|determinare|stabilire|sapere)\b",
        ),
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:ignora(?:te|re)?|dimentica(?:te|re)?|trascura(?:te|re)?)\b[^.!?\n]{0,25}"
            r"\b(?:istruzioni|indicazioni|ordini|direttive|prompt)\b[^.!?\n]{0,15}\b(?:precedenti|sopra|iniziali"
            r"|ricevut[ei])\b"
        ),
        cues=(
            "ignora",
            "dimentica",
            "trascura",
        ),
    ),
    tables=TableWords(yes=words("sì"), no=words("no")),
)
