"""French.

Origin: negation after Grevisse and Goosse, Le Bon Usage (2016), "La négation";
opposites, numbers and phrases were written for ragkit. No labelled data in French were at hand.
Counter-set in the tests: 7 of 7 opposites refused, 7 of 7 faithful replies accepted.
An expletive "ne" that a reply leaves out counts as a negation (1 of 6 harmless sentences).
Amounts and directions were written for ragkit: of 44 changed sentences (``benchmarks/planted.py``, by the same writer)
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

_SOURCES = r"(?:sources?|textes?|documents?|passages?|extraits?|informations?|contexte|éléments)"

RULES = LanguageRules(
    code="fr",
    # Grevisse, Le Bon Usage, "La négation": ne with its second parts, ni, sans. "personne", "point" and "plus" also are
    # a person, a point and "more", so that they deny only through their "ne". A "ne" alone is "ne ... que" (only), or
    # says nothing (plus grand qu'il ne pense).
    negation=Negation(
        words("ne n pas jamais rien aucun aucune aucuns aucunes nul nulle nullement guère ni sans"),
        separated=(
            (re.compile(r"\b([nN])['’](?=\w)"), r"\1 "),
            (re.compile(r"\b([dljmtscDLJMTSC]|[Qq]u)['’](?=\w)"), r"\1 "),
        ),
        alone=words("ne n"),
    ),
    articles=words("le la les l un une des du d de"),
    opposites=pairs(
        "plus/moins supérieur/inférieur supérieure/inférieure majeur/mineur grand/petit grande/petite haut/bas",
        "haute/basse long/court longue/courte avant/après premier/dernier première/dernière premiers/derniers",
        "nord/sud est/ouest gauche/droite augmenté/diminué augmente/diminue augmentation/diminution hausse/baisse",
        "gagné/perdu victoire/défaite toujours/jamais tous/aucun autorisé/interdit autorisée/interdite permis/interdit",
        "début/fin ouvert/fermé ouverte/fermée intérieur/extérieur million/milliard millions/milliards mille/million",
        "maximum/minimum avec/sans meilleur/pire fort/faible rapide/lent vrai/faux possible/impossible",
        "positif/négatif souvent/rarement sur/sous",
    ),
    number_words={
        word: str(value)
        for value, word in enumerate(
            "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
        )
        if word != "un"
    }
    | {"vingts": "20", "quatre-vingt": "80", "quatre-vingts": "80", "septante": "70", "nonante": "90"}
    | {"vingt": "20", "trente": "30", "quarante": "40", "cinquante": "50", "soixante": "60"},
    months=tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
    amounts=Amounts(
        scales=values(
            "cent/cents=100 mille=1e3 million/millions=1e6 milliard/milliards=1e9 billion/billions=1e12",
            "douzaine/douzaines=12 centaine=100 millier=1e3",
        ),
        joins=words("et de"),
        one=words("un une"),
        fractions=values(
            "tiers=0.33333 quart/quarts=0.25 cinquième/cinquièmes=0.2 sixième/sixièmes=0.16667",
            "huitième/huitièmes=0.125 dixième/dixièmes=0.1",
        ),
        halves=words("moitié demi demie"),
        times=values("double/doublé/doublée=2 triple/triplé/triplée=3 quadruple/quadruplé=4"),
        ordinals=values(
            "premier/première/premiers/premières=1 deuxième/second/seconde=2 troisième=3 quatrième=4 cinquième=5",
            "sixième=6 septième=7 huitième=8 neuvième=9 dixième=10 onzième=11 douzième=12 quinzième=15 vingtième=20",
        ),
        ordinal_ending="er|re|ère|e|ème|nd|nde",
        percent=Pattern(r"\s?(?:%|pour ?cent\b|p\. ?100|points? de pourcentage)"),
        about=before("environ", "près de", "quelque", "autour de", "à peu près", "approximativement", "env\\."),
        over=before("plus de", "plus d['’]", "au moins", "supérieure? à", "au-delà de", "dépass\\w+"),
        under=before("presque", "moins de", "à peine", "jusqu['’]à", "au plus", "au maximum", "inférieure? à"),
        units=symbols(
            "seconde/secondes=s minute/minutes=min heure/heures=h jour/jours=d semaine/semaines=w mois=mo "
            "an/ans/année/années=y",
            "millimètre/millimètres=mm centimètre/centimètres=cm mètre/mètres=m kilomètre/kilomètres=km "
            "mille/milles=mi",
            "hectare/hectares=ha gramme/grammes=g kilogramme/kilogrammes/kilo/kilos=kg milligramme/milligrammes=mg",
            "tonne/tonnes=t litre/litres=l millilitre/millilitres=ml euro/euros=€ dollar/dollars=$ livre/livres=£",
            "centime/centimes=ct yen/yens=¥ gigaoctet/gigaoctets/go=GB mégaoctet/mégaoctets/mo=MB octet/octets=B",
            "watt/watts=W kilowatt/kilowatts=kW mégawatt/mégawatts=MW degré/degrés=° nœud/nœuds=kn volt/volts=V",
        ),
        clock=values("midi=720 minuit=0"),
        hour=Pattern(r"(?<=à )(\d{1,2}) heures?\b(?: (?P<minute>\d\d)\b)?"),
        days=tuple("lundi mardi mercredi jeudi vendredi samedi dimanche".split()),
        decade=Pattern(r"\bannées (\d{3}0|\d0)\b"),
        centuries=words("siècle siècles"),
        before_christ=Pattern(r"\s?(?:av\.|avant) J"),
    ),
    directions=Directions(
        connective=Pattern(
            r"\W*(?:et|mais|cependant|toutefois|de plus|en outre|par ailleurs|donc|ainsi|en effet|par exemple"
            r"|selon (?:la source|les sources|le texte)),?\s+"
        ),
        senses=(
            (
                words(
                    "plus davantage augmenté augmente augmentation hausse accru monté croissance supérieur supérieure"
                ),
                words("moins diminué diminue diminution baisse baissé réduit chuté inférieur inférieure recul"),
            ),
            (words("avant auparavant précédemment"), words("après ensuite depuis plus-tard")),
            (words("premier première"), words("dernier dernière")),
            (words("autorisé autorisée autorisés permis permet"), words("interdit interdite interdits interdites")),
            (words("nord"), words("sud")),
            (words("est"), words("ouest")),
            (words("gagné gagne remporté victoire"), words("perdu perd défaite")),
        ),
        scopes=(
            words("tous toutes tout toute chaque toujours"),
            words("plupart majorité généralement surtout"),
            words("certains certaines quelques parfois partie"),
            words("seulement uniquement seul seule seuls"),
            words("aucun aucune jamais nul"),
        ),
        modal=words(
            "peut peuvent pouvait pourrait pourraient doit doivent devait devrait devraient seulement presque "
            "uniquement",
            "peut-être probablement sauf si environ prévu tous toutes chaque plupart certains certaines quelques "
            "plusieurs",
        ),
        names=pairs(
            "pays-bas/néerlandais allemagne/allemand allemagne/allemande états-unis/américain états-unis/américaine"
        ),
    ),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:et|mais|ou)\W+)?(?:qu['’]en est-il d(?:e la|es|u|e)|pour)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:bonjour|bonsoir|salut|merci(?: beaucoup| bien)?|au revoir|d['’]accord|ok|parfait)\b\W*)+$",
            r"^\W*(?:qui (?:es-tu|êtes-vous)|que (?:sais-tu|savez-vous|peux-tu|pouvez-vous) faire"
            r"|comment (?:vas-tu|allez-vous|ça va))\W*$",
        ),
    ),
    routing=Routing(
        overview=anywhere(
            r"\b(?:résume[rz]?|résumé|synthèse|aperçu|vue d['’]ensemble|fais un point)\b",
            r"\b(?:principaux|principales|grandes?) (?:points?|idées|thèmes|sujets|lignes|conclusions)\b",
        ),
        asking=words(
            "thème thèmes sujet sujets court courte bref",
            "donne moi fais contenu points parlent traitent",
        ),
        about=anywhere(
            r"\bde quoi (?:parle\w*|traite\w*|s['’]agit)\b",
            r"\bquels? (?:thèmes|sujets)\b",
            r"\bque contien\w+\b",
        ),
        collection=anywhere(
            r"\b(?:les|ces|mes|nos|tous les|l['’]ensemble des|la|cette)\s+(?:documents|fichiers|textes"
            r"|collection|dossiers)\b",
        ),
        document=anywhere(r"\b(?:document|fichier|rapport|article|manuel|guide|procès-verbal)\b"),
        listing=anywhere(
            r"^\W*(?:liste[rz]?|énumère[rz]?|énumérez)\b(?: (?:moi|tou(?:s|tes)|les|des))*",
            r"^\W*(?:donne|montre|cite|trouve)[rz]?(?:[ -](?:moi|nous))? tou(?:s|tes) les\b",
            r"\b(?:dans )?(?:quels|combien de) (?:documents|fichiers|rapports|textes)\b(?: (?:mentionnent|parlent de"
            r"|traitent de|contiennent|citent|évoquent|sont))?",
        ),
        compares=anywhere(
            r"\bcompare[rz]?\b|\bcomparaison\b",
            r"\bdifférences?\b[^?]*\bentre\b",
            r"\bpoints? communs?\b|\ben commun\b",
            r"\b(?:les deux|lequel des|laquelle des)\b",
        ),
        sides=(
            Pattern(r"\bcompare[rz]?\s+(?P<a>.+?)\s+(?:avec|à|au|et)\s+(?P<b>.+?)(?P<aspect>)\W*$"),
            Pattern(r"\bdifférences?\b(?P<aspect>.*?)\bentre\s+(?P<a>.+?)\s+et\s+(?P<b>.+?)\W*$"),
        ),
        aggregate=anywhere(
            r"\b(?:combien|au total|en tout|somme|moyenne|nombre (?:de|total)|pourcentage)\b",
            r"\b(?:le|la|les) (?:plus|moins) \w+|\b(?:maximum|minimum)\b",
            r"\b(?:plus|moins|avant|après|depuis)\s+(?:de\s+|que\s+)?\d",
        ),
        code=anywhere(
            r"\b(?:fonctions?|méthodes?|classes?|modules?|arguments?|paramètres?|code(?: source)?|définie?s?)\b"
        ),
        itself=anywhere(
            r"\bqu['’]est-ce que ragkit\b",
            r"\bquels (?:fichiers|formats|types de fichiers)\b[^?]*\b(?:lire|lis|tu|vous|ragkit|pris en charge)\b",
            r"\bcombien de (?:documents|fichiers)\b[^?]*\b(?:indexés|dans l['’]index|y a-t-il|connais-tu)\W*$",
            r"\boù (?:est|se trouve|sont)\b[^?]*\b(?:l['’]index|tes documents)\W*$",
            r"\bquel modèle\b",
        ),
    ),
    replies=Replies(
        sources=words("source sources document extrait passage réf"),
        about=anywhere(
            r"^\W*(?:les|le|la|ces|ce|cette) (?:\w+ )?(?:sources?|textes?|documents?|passages?|extraits?)\b",
            r"\bn['’](?:est|sont|était|étaient) pas (?:\w+ )?(?:indiqué|précisé|mentionné|expliqué|donné)e?s?\W*$",
        ),
        denial=anywhere(
            rf"\b{_SOURCES}\b[^.!?]{{0,50}}\bn(?:e |['’])(?:\w+ )?(?:mentionn|contien|indiqu|précis|donn|fourni"
            rf"|permet|dis|dit"
            r"|répond|évoqu|parl|comport|spécifi|couvr|inclu|expliqu|abord|nomm|cit|révèl|figur"
            r"|apparai)\w*[^.!?]{0,25}"
            r"\b(?:pas|aucune?|rien|nulle part)\b",
            rf"\bn(?:e |['’])[^.!?]{{0,40}}\b(?:pas|aucune?|rien)\b[^.!?]{{0,60}}\b(?:dans|(?:à partir|sur la base)"
            rf" d\w*)"
            rf" (?:\w+ ){{0,3}}{_SOURCES}\b",
            r"\baucune? (?:\w+ )?(?:information|réponse|mention|précision|indication|donnée)\b[^.!?]{0,60}\bn(?:e "
            r"|['’])",
            r"^\W*(?:[^.!?]{0,30}, )?je n(?:e |['’])(?:sais pas|(?:peux|puis|parviens|arrive)\b[^.!?]{0,20}(?:pas"
            r" )?(?:à )?"
            r"(?:répondre|dire|trouver|déterminer)|(?:trouve|vois|dispose|ai)\b[^.!?]{0,30}\b(?:pas|aucune?)\b)",
            r"\b(?:impossible|pas possible) de (?:répondre|déterminer|dire|savoir)\b",
        ),
    ),
    orders=Orders(
        override=anywhere(
            r"\b(?:ignore[zr]?|oublie[zr]?|néglige[zr]?|ne ten(?:ez|ons) pas compte)\b[^.!?\n]{0,25}"
            r"\b(?:instructions?|consignes?|directives?|ordres?|prompts?)\b[^.!?\n]{0,15}"
            r"\b(?:précédente?s?|antérieure?s?|ci-dessus|initiales?|reçue?s?)\b"
        ),
        machine=anywhere(
            r"\b(?:tu es|vous êtes|agis comme|agissez comme)\b[^.!?\n]{0,20}\b(?:IA|modèle de langage|chatbot)\b"
        ),
        cues=(
            "ignore",
            "oublie",
            "néglige",
            "pas compte",
            "tu es",
            "vous êtes",
            "agis",
            "agissez",
        ),
    ),
    tables=TableWords(yes=words("oui"), no=words("non")),
)
