"""Dutch.

Origin: negation after Algemene Nederlandse Spraakkunst (e-ANS), "Negatie";
opposites, numbers and phrases were written for ragkit. No labelled data in Dutch were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 6 of 6 faithful replies accepted.
Amounts and directions were written for ragkit: of 53 changed sentences (``benchmarks/planted.py``, by the same writer)
all are contradicted for certain, of the unchanged ones none.
"""

from __future__ import annotations

from ragkit.text.rules import Pattern, anywhere, before, pairs, symbols, values, words
from ragkit.text.rules.kinds import Amounts, Directions, LanguageRules, Negation, Orders, Replies, TableWords

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
    | {
        "één": "1",
        "anderhalf": "1.5",
        "anderhalve": "1.5",
        "dertig": "30",
        "veertig": "40",
        "vijftig": "50",
        "zestig": "60",
        "zeventig": "70",
    }
    | {"tachtig": "80", "negentig": "90"},
    months=tuple("januari februari maart april mei juni juli augustus september oktober november december".split()),
    amounts=Amounts(
        scales=values("honderd=100 duizend=1e3 miljoen/miljoenen/mln=1e6 miljard/miljarden/mld=1e9 dozijn=12"),
        joins=words("en ën"),
        one=words("een één"),
        fractions=values(
            "derde/derden=0.33333 kwart=0.25 vierde/vierden=0.25 vijfde/vijfden=0.2 zesde/zesden=0.16667",
            "achtste/achtsten=0.125 tiende/tienden=0.1",
        ),
        halves=words("helft half halve"),
        times=values("dubbel/dubbele/verdubbeld/verdubbelde=2 drievoudig/verdrievoudigd=3 gehalveerd=0.5"),
        ordinals=values(
            "eerste=1 tweede=2 derde=3 vierde=4 vijfde=5 zesde=6 zevende=7 achtste=8 negende=9 tiende=10 elfde=11",
            "twaalfde=12 dertiende=13 veertiende=14 vijftiende=15 zestiende=16 zeventiende=17 achttiende=18",
            "negentiende=19 twintigste=20",
        ),
        ordinal_ending="e|ste|de",
        percent=Pattern(r"\s?(?:%|procent(?:punt(?:en)?)?\b)"),
        about=before("ongeveer", "rond de", "circa", "ca\\.", "zo['’]n", "rond", "omstreeks"),
        over=before("meer dan", "ruim", "minstens", "ten minste", "minimaal", "boven de", "langer dan", "ouder dan"),
        under=before("bijna", "minder dan", "hoogstens", "maximaal", "tot", "onder de", "net geen", "krap"),
        units=symbols(
            "seconde/seconden=s minuut/minuten=min uur/uren=h dag/dagen=d week/weken=w maand/maanden=mo jaar/jaren=y",
            "millimeter=mm centimeter=cm meter=m kilometer=km mijl/mijlen=mi hectare=ha gram=g kilogram/kilo=kg",
            "milligram=mg ton=t liter=l milliliter=ml euro=€ dollar=$ pond=£ cent=ct yen=¥ gigabyte=GB megabyte=MB",
            "watt=W kilowatt=kW megawatt=MW graden/graad=° knopen=kn volt=V",
        ),
        clock=values("middernacht=0"),
        hour=Pattern(r"(?<=om )(\d{1,2}) uur\b"),
        days=tuple("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split()),
        decade=Pattern(r"\bjaren ['’]?(\d{3}0|\d0)\b"),
        centuries=words("eeuw eeuwen"),
        before_christ=Pattern(r"\s?v\. ?Chr\."),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:en|maar|echter|bovendien|ook|daarom|dus|daarnaast|inderdaad|bijvoorbeeld|volgens (?:de bron"
            r"|de bronnen|de tekst)),?\s+"
        ),
        senses=(
            (
                words("meer groter hoger gestegen steeg stijgt stijging toegenomen toename groeide gegroeid groei"),
                words("minder kleiner lager gedaald daalde daalt daling afgenomen afname verminderd verminderde"),
            ),
            (words("voor eerder vroeger voordat"), words("na later nadat")),
            (words("eerste"), words("laatste")),
            (words("toegestaan mag mogen toegelaten"), words("verboden")),
            (words("noorden noordelijk"), words("zuiden zuidelijk")),
            (words("oosten oostelijk"), words("westen westelijk")),
            (words("won gewonnen overwinning"), words("verloor verloren nederlaag")),
        ),
        scopes=(
            words("alle alles iedereen ieder elke elk altijd"),
            words("meeste meestal merendeel"),
            words("sommige enkele soms deels"),
            words("alleen slechts enkel uitsluitend"),
            words("geen niemand nooit"),
        ),
        modal=words(
            "mag mogen kan kunnen kon zou zouden moet moeten moest hoeft alleen slechts bijna misschien waarschijnlijk",
            "tenzij als behalve gepland verwacht alle elke ieder meeste sommige enkele veel meerdere",
        ),
        names=pairs("nederland/nederlandse duitsland/duitse frankrijk/franse"),
    ),
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
