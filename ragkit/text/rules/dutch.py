"""Dutch.

Origin: negation after Algemene Nederlandse Spraakkunst (e-ANS), "Negatie";
opposites, numbers and phrases were written for ragkit. No labelled data in Dutch were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
"""

from __future__ import annotations

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Replies, TableWords

RULES = LanguageRules(
    code="nl",
    # Algemene Nederlandse Spraakkunst (e-ANS), "Negatie". "noch" beside "noch" denies; alone it hardly occurs today.
    negation=Negation(words("niet geen nooit niemand niets nergens noch zonder nimmer geenszins geenerlei evenmin")),
    articles=words("de het een"),
    opposites=pairs(
        "meer/minder meeste/minste meest/minst groter/kleiner grootste/kleinste hoger/lager hoogste/laagste",
        "langer/korter langste/kortste ouder/jonger oudste/jongste eerder/later vroeger/later voor/na eerste/laatste",
        "boven/onder noorden/zuiden oosten/westen links/rechts gestegen/gedaald steeg/daalde stijging/daling",
        "toename/afname won/verloor gewonnen/verloren overwinning/nederlaag altijd/nooit alle/geen toegestaan/verboten",
        "begin/einde open/gesloten binnen/buiten intern/extern miljoen/miljard duizend/miljoen maximum/minimum",
        "met/zonder beter/slechter beste/slechtste sterker/zwakker sneller/trager mogelijk/onmogelijk",
        "positief/negatief vaak/zelden minstens/hoogstens waar/onwaar",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
            "zeventien achttien negentien twintig".split()
        )
        if word != "een"
    }
    | {"één": "1", "dertig": "30", "veertig": "40", "vijftig": "50", "zestig": "60", "zeventig": "70"}
    | {"tachtig": "80", "negentig": "90"},
    months=tuple("januari februari maart april mei juni juli augustus september oktober november december".split()),
    replies=Replies(
        sources=words("bron bronnen document fragment"),
        denial=anywhere(
            r"\b(?:bron(?:nen)?|teksten?|documenten?|passages?|fragmenten?|informatie)\b[^.!?]{0,50}"
            r"\b(?:vermeld\w*|noem\w*|bevat\w*|geven?|geeft|beantwoord\w*)\b[^.!?]{0,40}\b(?:niet|geen)\b",
            r"^\W*(?:ik weet het niet|dat weet ik niet|ik kan (?:dit|deze vraag|de vraag) niet beantwoorden)",
        ),
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:negeer|vergeet|sla)\b[^.!?\n]{0,25}\b(?:vorige|eerdere|voorgaande|bovenstaande|alle)\b[^.!?\n]{0,15}"
            r"\b(?:instructies|opdrachten|aanwijzingen|prompts?)\b"
        ),
        cues=(
            "negeer",
            "vergeet",
            "sla ",
        ),
    ),
    tables=TableWords(yes=words("ja"), no=words("nee")),
)
