"""Text to search terms: words folded and stemmed by their script, bigrams where words are not spaced."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

ANALYZER = "1"  # raise when terms change, so that lexical caches are built again

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_TOKEN = re.compile(
    rf"[{_UNSPACED}]+"  # written without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean
    r"|\d+(?:[.,]\d+)+"  # numbers keep their separators together
    rf"|(?:(?![{_UNSPACED}_])\w)+(?:\+\+|\#)?"  # words; C++ and C# keep their signs
)

# Function words of English questions and prose; they carry no topic.
STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing don down during each few for from further had has have having he her here hers him his
    how i if in into is it its itself just me more most my no nor not now of off on once only or other our ours out over
    own s same she should so some such t than that the their theirs them then there these they this those through to too
    under until up us very was we were what when where which while who whom why will with would you your yours""".split()
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
        return tuple(word[i : i + 2] for i in range(len(word) - 1)) or (word,)
    if word in STOP_WORDS:
        return ()
    if word.isascii():
        return (_stem(word, "english"),)
    for script, language in _SCRIPTS:
        if script.search(word):
            return (_stem(word, language),)
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return (_stem(plain, "english"),)


def terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, with repetitions; none contains white space.

    Works on any text: there is no query syntax to break.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    folded = re.sub(r"'s\b", "", folded)
    return [term for token in _TOKEN.findall(folded) for term in _terms_of(token)]
