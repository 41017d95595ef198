"""Bytes to text when nobody says how they were written."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Final

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEVER_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff]")
_BEYOND_ASCII = re.compile("[^\x00-\xff\u2000-\u20ff]")
_PAUSE = re.compile("[ \n\u3000\u3001\u3002\uff0c\uff0e]")
# What begins a run of signs in encodings of seven bits.
_SEVEN_BIT = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"~{", "hz"))
_SAMPLE = 1 << 16
_DETECTION_BYTES = 1 << 20
# What chardet chooses from, in the order in which equal guesses are taken; none of mainframes, which text files are
# not in. In 18 languages of Vim's messages .94, .99 and .99 are read right at 20, 60 and 300 characters.
_COMMON: Final = (
    *("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "mac-roman", "cp850", "cp1251", "koi8-u", "koi8-r", "cp866"),
    *("iso8859-5", "mac-cyrillic", "cp1253", "iso8859-7", "cp1255", "iso8859-8", "cp1256", "iso8859-6", "cp874"),
    *("cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949"),
)
_RARE: Final = (
    *("cp852", "cp855", "cp737", "cp862", "cp864", "cp857", "cp775", "cp1258", "iso8859-4", "iso8859-13", "johab"),
    *("mac-latin2", "mac-greek", "mac-turkish"),
)
_SHORT = 40  # bytes, below which a rare encoding needs to be clearly the better guess
_CLEARLY = 1.4  # times the confidence of the best common one; "Das kostet 5 €. Schön!" needs 1.3
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_CONTROL = bytes(code for code in range(32) if code not in b"\b\t\n\v\f\r\x1b")


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode text of unknown encoding, every line end a line feed.

    Order: byte-order mark, UTF-16 by its control bytes, UTF-8, the encoding the file declares, chardet on the first
    MiB. Bytes that do not fit the chosen encoding become U+FFFD.

    Args:
        data: the bytes.
        declared: the encoding named by a header or tag, if any.
    """
    encoding, skip = unicode_encoding(data)
    if encoding is None:
        encoding = _declared(data, declared) or _detected(data)
    text = data[skip:].decode(encoding, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unicode_encoding(data: bytes) -> tuple[str | None, int]:
    """Recognise a Unicode encoding without guessing: its codec (or None) and the length of its byte-order mark."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec, len(mark)
    sample = data[:_SAMPLE]
    found = _wide(sample) or _seven_bit(sample)
    if found:
        return found, 0
    if _is_utf8(data):
        return "utf-8", 0
    return None, 0


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are something else than text: control characters beyond a stray few."""
    if unicode_encoding(data[:_SAMPLE])[0] not in (None, "utf-8"):
        return False
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROL))
    return controls > 1 + len(sample) // 100


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: bytes that no text of single bytes has, and that make words when paired."""
    if len(sample) < 8 or not _CONTROLS.search(sample):
        return None
    found: dict[str, int] = {}
    for codec, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            # A character cut in two at the end of the sample is no error.
            text = codecs.getincrementaldecoder(codec)().decode(sample[: len(sample) - len(sample) % width])
        except UnicodeDecodeError:
            continue
        if _coherent(text):
            found[codec] = width * len(_PAUSE.findall(text))  # read the wrong way round, few spaces are left
    return max(found, key=lambda codec: found[codec], default=None)


def _coherent(text: str) -> bool:
    """Whether text keeps to one script beside ASCII, as what a person wrote does and paired bytes at random do not."""
    if _NEVER_TEXT.search(text):
        return False
    beyond = Counter(map(_script, _BEYOND_ASCII.findall(text)))
    script, count = beyond.most_common(1)[0] if beyond else ("", 0)
    if script == "east" and not _PAUSE.search(text):  # pairs of Latin letters look like Chinese
        return False
    return 10 * count >= 9 * beyond.total()


def _script(character: str) -> str:
    east = "\u2e80" <= character <= "\ud7ff" or character >= "\uf900"
    return "east" if east else str(ord(character) >> 8)


def _seven_bit(sample: bytes) -> str | None:
    """East Asian encodings that write their signs with bytes of ASCII."""
    for mark, codec in _SEVEN_BIT:
        if mark in sample:
            try:
                codecs.getincrementaldecoder(codec)().decode(sample)
            except UnicodeDecodeError:
                continue
            return codec
    return None


def _is_utf8(data: bytes) -> bool:
    """Accept UTF-8, and UTF-8 with a few damaged places, which no other encoding explains better."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    else:
        return True
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 20 * bad


def _declared(data: bytes, declared: str | None) -> str | None:
    if not declared:
        return None
    # Browsers read these labels as the Windows code pages that extend them; so do the pages that carry them.
    label = declared.strip().strip("\"'").lower()
    label = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}.get(label, label)
    label = {"shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "gb2312": "gb18030", "gbk": "gb18030"}.get(
        label, label
    )
    label = {"ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-8859-8-i": "iso-8859-8"}.get(label, label)
    try:
        codec = codecs.lookup(label).name
        text = data.decode(codec, "replace")
    except (LookupError, ValueError):
        return None
    return codec if text.count("\ufffd") <= len(text) // 100 else None


def _detected(data: bytes) -> str:
    """Detect an encoding older than Unicode; Windows-1252 where nothing fits."""
    from chardet import detect_all

    order = (*_COMMON, *_RARE)
    found = detect_all(
        data, ignore_threshold=True, max_bytes=_DETECTION_BYTES, compat_names=False, include_encodings=order
    )
    guesses = {each["encoding"]: each["confidence"] for each in found}
    if len(data) < _SHORT:
        guesses |= {codec: _CLEARLY * guesses[codec] for codec in _COMMON if codec in guesses}
    # The first of equals: chardet's own order between encodings of the same confidence is no better.
    return max((codec for codec in order if codec in guesses), key=lambda codec: guesses[codec], default="cp1252")
