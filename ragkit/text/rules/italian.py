"""Italian.

Origin: negation after Renzi, Salvi and Cardinaletti, Grande grammatica italiana di consultazione, volume 2;
opposites, numbers and phrases were written for ragkit. No labelled data in Italian were at hand.
Counter-set in the tests: 6 of 6 opposites refused, 5 of 6 faithful replies accepted
(one was too short to show its language).
Amounts and directions were written for ragkit: of 53 changed sentences (``benchmarks/planted.py``, by the same writer)
all are contradicted for certain, of the unchanged ones none.
"""

from __future__ import annotations

import re

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
    amounts=Amounts(
        scales=values(
            "cento=100 mille/mila=1e3 milione/milioni=1e6 miliardo/miliardi=1e9 dozzina=12 centinaio=100 migliaio=1e3"
        ),
        joins=words("e di"),
        one=words("un uno una"),
        fractions=values(
            "terzo/terzi=0.33333 quarto/quarti=0.25 quinto/quinti=0.2 sesto/sesti=0.16667 ottavo/ottavi=0.125",
            "decimo/decimi=0.1",
        ),
        halves=words("metà mezzo mezza"),
        times=values("doppio/raddoppiato/raddoppiata=2 triplo/triplicato=3 dimezzato=0.5"),
        ordinals=values(
            "primo/prima=1 secondo/seconda=2 terzo/terza=3 quarto/quarta=4 quinto/quinta=5 sesto/sesta=6",
            "settimo/settima=7 ottavo/ottava=8 nono/nona=9 decimo/decima=10 ventesimo=20",
        ),
        ordinal_ending="º|ª|o|a",
        percent=Pattern(r"\s?(?:%|per ?cento\b|punti percentuali)"),
        about=before("circa", "intorno a", "approssimativamente", "quasi circa", "all['’]incirca"),
        over=before("oltre", "più di", "almeno", "superiore a", "come minimo"),
        under=before("quasi", "meno di", "fino a", "al massimo", "appena", "inferiore a"),
        units=symbols(
            "secondo/secondi=s minuto/minuti=min ora/ore=h giorno/giorni=d settimana/settimane=w mese/mesi=mo "
            "anno/anni=y",
            "millimetro/millimetri=mm centimetro/centimetri=cm metro/metri=m chilometro/chilometri=km miglio/miglia=mi",
            "ettaro/ettari=ha grammo/grammi=g chilogrammo/chilogrammi/chilo/chili=kg milligrammo/milligrammi=mg",
            "tonnellata/tonnellate=t litro/litri=l millilitro/millilitri=ml euro=€ dollaro/dollari=$ "
            "sterlina/sterline=£",
            "centesimo/centesimi=ct yen=¥ gigabyte=GB megabyte=MB watt=W kilowatt=kW megawatt=MW grado/gradi=° "
            "nodo/nodi=kn volt=V",
        ),
        clock=values("mezzogiorno=720 mezzanotte=0"),
        hour=Pattern(r"\b(?:ore|alle) (\d{1,2})\b(?![:.]\d)"),
        days=tuple("lunedì martedì mercoledì giovedì venerdì sabato domenica".split()),
        decade=Pattern(r"\banni ['’]?(\d{3}0|\d0)\b"),
        centuries=words("secolo secoli"),
        before_christ=Pattern(r"\s?a\. ?C\b"),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:e|ma|tuttavia|inoltre|anche|quindi|pertanto|infatti|per esempio|secondo (?:la fonte|le fonti"
            r"|il testo)),?\s+"
        ),
        senses=(
            (
                words("più maggiore maggiori superiore aumentato aumento aumenta aumentò salito cresciuto crescita"),
                words(
                    "meno minore minori inferiore diminuito diminuzione diminuisce diminuì sceso calo calato "
                    "ridotto riduzione"
                ),
            ),
            (words("prima precedentemente"), words("dopo successivamente poi")),
            (words("primo"), words("ultimo ultima")),
            (words("permesso consentito ammesso ammessi"), words("vietato vietata vietati proibito")),
            (words("nord"), words("sud")),
            (words("est"), words("ovest")),
            (words("vinto vinse vittoria"), words("perso perse sconfitta")),
        ),
        scopes=(
            words("tutti tutte tutto tutta ogni sempre"),
            words("maggior maggioranza generalmente"),
            words("alcuni alcune parte talvolta"),
            words("solo soltanto solamente unicamente"),
            words("nessun nessuno nessuna mai"),
        ),
        modal=words(
            "può possono poteva potrebbe potrebbero deve devono dovrebbe dovrebbero solo soltanto quasi forse",
            "probabilmente salvo se tranne previsto tutti tutte ogni maggior alcuni alcune molti diversi",
        ),
        names=pairs("germania/tedesco germania/tedesca paesi/olandese stati/statunitense"),
    ),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:e|ma|o)\W+)?(?:che (?:ne è|mi dici) d[ei]\w*|per|riguardo a)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:ciao|salve|buon(?:giorno|asera)|grazie(?: mille)?|arrivederci|va bene|perfetto|ok)\b\W*)+$",
            r"^\W*(?:chi (?:sei|è lei)|(?:che )?cosa (?:sai|puoi|può) fare|come (?:stai|sta|va))\W*$",
        ),
    ),
    routing=Routing(
        overview=anywhere(
            r"\b(?:riassum\w+|riassunto|sintesi|panoramica|sommario)\b",
            r"\b(?:principali|punti chiave) ?(?:punti|idee|temi|argomenti)?\b",
        ),
        asking=words(
            "tema temi argomenti breve dammi",
            "fai contenuto punti parlano trattano",
        ),
        about=anywhere(r"\b(?:di che cosa|di cosa) (?:parla\w*|tratta\w*)\b", r"\b(?:quali|che) (?:temi|argomenti)\b"),
        collection=anywhere(
            r"\b(?:i|questi|miei|nostri|tutti i|la|questa)\s+(?:documenti|file|testi|collezione|raccolta|cartella)\b",
        ),
        document=anywhere(r"\b(?:documento|file|relazione|articolo|manuale|guida|verbale)\b"),
        listing=anywhere(
            r"^\W*(?:elenca|elencami)\b(?: (?:tutti|tutte|i|gli|le))*",
            r"^\W*(?:dammi|mostra|mostrami|trova|nomina) tutt[ie] (?:i|gli|le)\b",
            r"\b(?:in )?(?:quali|quanti) (?:documenti|file|testi)\b(?: (?:menzionano|parlano di|trattano|contengono"
            r"|citano))?",
        ),
        compares=anywhere(
            r"\b(?:confronta\w*|paragona\w*|confronto)\b",
            r"\bdifferenz[ae]\b[^?]*\b(?:tra|fra)\b",
            r"\bin comune\b",
            r"\bentramb[ie]\b",
        ),
        sides=(
            Pattern(r"\b(?:confronta|paragona)\s+(?P<a>.+?)\s+(?:con|e)\s+(?P<b>.+?)(?P<aspect>)\W*$"),
            Pattern(r"\bdifferenz[ae]\b(?P<aspect>.*?)\b(?:tra|fra)\s+(?P<a>.+?)\s+e\s+(?P<b>.+?)\W*$"),
        ),
        aggregate=anywhere(
            r"\b(?:quant[oiae]|in totale|somma|media|numero (?:di|totale)|percentuale)\b",
            r"\b(?:il|la|i|le) (?:\w+ )?(?:più|meno|maggiore|minore)\b",
            r"\b(?:più|meno|prima|dopo|dal)\s+(?:di\s+|del\s+)?\d",
        ),
        code=anywhere(
            r"\b(?:funzion[ei]|metod[oi]|class[ei]|modul[oi]|argoment[oi]|parametr[oi]|codice(?: sorgente)?)\b"
        ),
        itself=anywhere(
            r"\b(?:che )?cos['’]è ragkit\b",
            r"\b(?:quali|che) (?:file|formati)\b[^?]*\b(?:leggere|leggi|ragkit|supportati)\b",
            r"\bquanti (?:documenti|file)\b[^?]*\b(?:indicizzati|nell['’]indice|ci sono|conosci)\W*$",
            r"\b(?:quale|che) modello\b",
        ),
    ),
    replies=Replies(
        sources=words("fonte fonti documento brano"),
        about=anywhere(
            r"^\W*(?:le|gli|il|i|la|queste|questi|questo) (?:\w+ )?(?:fonti|fonte|testi|testo"
            r"|documenti|documento|brani|brano|passi|passo|estratti)\b",
            r"\bnon (?:è|sono|viene|vengono) (?:\w+ )?(?:indicat|menzionat|spiegat|detto|specificat)\w*\W*$",
        ),
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
