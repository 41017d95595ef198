"""Text to search terms: words folded and stemmed by their language, bigrams where words are not spaced.

A passage is analysed in one language. Terms of Latin-script languages other than English carry its code (``de:haus``),
so that no two languages mix; a question is analysed in every language that the collection holds, and each of its words
then counts once, whatever the passage's language (``query_words``).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import TYPE_CHECKING, Any

from ragkit.text.languages import ENGLISH, language_of
from ragkit.text.rules import function_words
from ragkit.text.rules.function_words import FUNCTION_WORDS, POSSESSIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

ANALYZER = "4"  # raise when terms change, so that lexical caches are built again

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

_THOUSANDS_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")  # as most languages but English write them

_ALGORITHMS = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_SCRIPTS = (
    (re.compile("[\u0400-\u04ff]"), "russian", function_words.RUSSIAN),
    (re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]"), "persian", function_words.PERSIAN),
    (re.compile("[\u0600-\u06ff]"), "arabic", function_words.ARABIC | function_words.PERSIAN),
    (re.compile("[\u0370-\u03ff]"), "greek", function_words.GREEK),
    (re.compile("[\u0530-\u058f]"), "armenian", frozenset[str]()),
    (re.compile("[\u0900-\u097f]"), "hindi", frozenset[str]()),
    (re.compile("[\u0b80-\u0bff]"), "tamil", frozenset[str]()),
)
_SPECIAL = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})  # not made of letter and mark

STOP_WORDS = FUNCTION_WORDS[ENGLISH]
MARKERS = {code: f"{code}:" for code in FUNCTION_WORDS if code != ENGLISH}  # the term that tells a passage's language
ENGLISH_SHARE = 0.25  # share of English function words, beyond three, from which no other language is considered
CACHED = 200_000  # words remembered for each language

_local = threading.local()


def _stem(word: str, algorithm: str) -> str:
    import Stemmer

    stemmers: dict[str, Any] = _local.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm)
    return stemmers[algorithm].stemWord(word)


class _Words(dict[str, tuple[str, ...]]):
    """The terms of each word in one language, worked out when first asked for."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= CACHED:
            self.clear()
        found = self[word] = _terms_of(word, self._language)
        return found


_known = {code: _Words(code) for code in FUNCTION_WORDS}


def _terms_of(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of one token."""
    if re.match(f"[{_UNSPACED}]", word):
        return _unspaced_terms(word)
    if word in FUNCTION_WORDS[language]:
        return ()
    word = word[:LONGEST]
    if not word.isascii():
        for script, algorithm, stop_words in _SCRIPTS:
            if script.search(word):
                plain = _UNWRITTEN.sub("", word)
                return () if plain in stop_words else (_stem(plain, algorithm),)
    if not any(sign.isalpha() for sign in word):
        return (_number(word, language),) if any(sign.isalnum() for sign in word) else ()
    if language == ENGLISH:
        return (_stem(_plain(word), "english"),)
    return (MARKERS[language] + _plain(_stem(word, _ALGORITHMS[language])),)


def _number(word: str, language: str) -> str:
    if _THOUSANDS.fullmatch(word):
        return word.replace(",", "")
    if language != ENGLISH and _THOUSANDS_POINT.fullmatch(word):
        return word.replace(".", "").replace(",", ".")
    return word


def _plain(word: str) -> str:
    """Take the accents off."""
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", _UNWRITTEN.sub("", word))
    return "".join(sign for sign in letters if not unicodedata.combining(sign)).translate(_SPECIAL)


def _unspaced_terms(run: str) -> tuple[str, ...]:
    """Return the pairs of neighbours, and the signs that may be words by themselves; a sign that stands alone."""
    # Overlapping pairs find words of two signs, the commonest length, without a segmenter and its dictionary.
    if len(run) == 1:
        return (run,)
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return (*pairs, *_WORD_SIGN.findall(run))


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _TOKEN.findall(_INVISIBLE.sub("", POSSESSIVE.sub("", folded)))


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """Return the search terms of a text in a given language, in order, with repetitions; none contains white space.

    Works on any text: there is no query syntax to break.

    Args:
        text: any text.
        language: decides the stemming and the stop words of Latin script; a code of ``FUNCTION_WORDS``.
    """
    known = _known[language]
    return [term for token in _tokens(text) for term in known[token]]


def passage_terms(text: str) -> list[str]:
    """Return the search terms of a passage in the language it is written in, with the marker of that language."""
    tokens = _tokens(text)
    # Nearly all passages are English in an English collection: counting its function words is cheaper than all 18 sets.
    if sum(map(STOP_WORDS.__contains__, tokens)) < 3 + ENGLISH_SHARE * len(tokens):
        language = language_of(tokens)
        if language != ENGLISH:
            known = _known[language]
            return [MARKERS[language], *(term for token in tokens for term in known[token])]
    known = _known[ENGLISH]
    return [term for token in tokens for term in known[token]]


def query_words(text: str, others: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """Return the words of a question, none twice, each as the terms that it may have in a passage.

    Args:
        text: the question.
        others: languages besides English that the collection holds, as codes of ``MARKERS``.
    """
    tokens = list(dict.fromkeys(_tokens(text)))
    others = tuple(others)
    if not others:
        return [(term,) for term in dict.fromkeys(term for token in tokens for term in _known[ENGLISH][token])]
    unsaid = FUNCTION_WORDS[language_of(tokens)]
    out: dict[tuple[str, ...], None] = {}
    for token in tokens:
        if token in unsaid:
            continue
        if re.match(f"[{_UNSPACED}]", token):
            out.update(dict.fromkeys((term,) for term in _known[ENGLISH][token]))
        elif word := tuple(dict.fromkeys(term for code in (ENGLISH, *others) for term in _known[code][token])):
            out[word] = None
    return list(out)


def languages_of(words: Iterable[tuple[str, ...]]) -> set[str]:
    """Return the languages that the terms of a question's words are of, English always."""
    found = {term.partition(":")[0] for word in words for term in word if ":" in term}
    return {ENGLISH, *(found & MARKERS.keys())}
