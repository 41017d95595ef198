"""French.

Origin: negation after Grevisse and Goosse, Le Bon Usage (2016), "La négation";
opposites, numbers and phrases were written for ragkit. No labelled data in French were at hand.
Counter-set in the tests: 7 of 7 opposites refused, 7 of 7 faithful replies accepted.
An expletive "ne" that a reply leaves out counts as a negation (1 of 6 harmless sentences).
"""

from __future__ import annotations

import re

from ragkit.text.rules import anywhere, pairs, words
from ragkit.text.rules.kinds import LanguageRules, Negation, Orders, Questions, Replies, TableWords

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
    | {"vingt": "20", "trente": "30", "quarante": "40", "cinquante": "50", "soixante": "60"},
    months=tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
    questions=Questions(
        goes_on=anywhere(r"^\W*(?:(?:et|mais|ou)\W+)?(?:qu['’]en est-il d(?:e la|es|u|e)|pour)\s+"),
        small_talk=anywhere(
            r"^\W*(?:(?:bonjour|bonsoir|salut|merci(?: beaucoup| bien)?|au revoir|d['’]accord|ok|parfait)\b\W*)+$",
            r"^\W*(?:qui (?:es-tu|êtes-vous)|que (?:sais-tu|savez-vous|peux-tu|pouvez-vous) faire"
            r"|comment (?:vas-tu|allez-vous|ça va))\W*$",
        ),
    ),
    replies=Replies(
        sources=words("source sources document extrait passage réf"),
        denial=anywhere(
            rf"\b{_SOURCES}\b[^.!?]{{0,50}}\bn(?:e |['’])(?:\w+ )?(?:mentionn|contien|indiqu|précis|donn|fourni"
            rf"|permet|dis|dit"
            r"|répond|évoqu|parl|comport|spécifi|couvr|inclu|expliqu|abord|nomm|cit|révèl|figur|apparai)\w*[^.!?]{0,25}"
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
