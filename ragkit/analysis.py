"""Text to search terms: words folded and stemmed by their script, bigrams where words are not spaced."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

ANALYZER = "2"  # raise when terms change, so that lexical caches are built again

LONGEST = 100  # characters of a term; what is longer is data, and only its beginning can be searched

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# Chinese characters and Korean syllables are often words by themselves.
_WORD_SIGN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
# Vowel signs and accents that stand apart from their letter; \w lacks them. The last range is the scripts of India.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(
    rf"[{_UNSPACED}]+"  # written without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean
    r"|\d+(?:[.,]\d+)+"  # numbers keep their separators together
    rf"|(?:(?![{_UNSPACED}_])[\w{_MARKS}])+(?:\+\+|\#)?"  # words; C++ and C# keep their signs
)
_UNWRITTEN = re.compile("[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")  # mostly left out
_INVISIBLE = re.compile("[\u00ad\u200d\u2060\ufeff]")  # soft hyphens and joiners within words
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

# Function words of English questions and prose; they carry no topic.
STOP_WORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing don down during each few for from further had has have having he her here hers
    him his how i if in into is it its itself just many may me might more most much must my no nor not now of off
    on once only or other our ours out over own s same she should so some such t than that the their theirs them
    then there these they this those through to too under until up us very was we were what when where which while
    who whom why will with would you your yours
    """.split()
)

_SCRIPTS = (
    (re.compile("[\u0400-\u04ff]"), "russian"),
    (re.compile("[\u0600-\u06ff]"), "arabic"),
    (re.compile("[\u0370-\u03ff]"), "greek"),
    (re.compile("[\u0530-\u058f]"), "armenian"),
)
_local = threading.local()


def _stem(word: str, language: str) -> str:
    import Stemmer

    stemmers: dict[str, Any] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(language)
    return stemmers[language].stemWord(word)


@lru_cache(maxsize=200_000)
def _terms_of(word: str) -> tuple[str, ...]:
    """Return the terms of one token."""
    if re.match(f"[{_UNSPACED}]", word):
        return _unspaced_terms(word)
    if word in STOP_WORDS:
        return ()
    word = word[:LONGEST]
    if word.isascii():
        return (word.replace(",", "") if _THOUSANDS.fullmatch(word) else _stem(word, "english"),)
    word = _UNWRITTEN.sub("", word)
    for script, language in _SCRIPTS:
        if script.search(word):
            return (_stem(word, language),)
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return (_stem(plain, "english"),) if plain else ()


def _unspaced_terms(run: str) -> tuple[str, ...]:
    """Return the pairs of neighbours, and the signs that may be words by themselves; a sign that stands alone."""
    if len(run) == 1:
        return (run,)
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return (*pairs, *_WORD_SIGN.findall(run))


def terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, with repetitions; none contains white space.

    Works on any text: there is no query syntax to break.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    folded = _INVISIBLE.sub("", re.sub(r"'s\b", "", folded))
    return [term for token in _TOKEN.findall(folded) for term in _terms_of(token)]
