"""Bytes to text when nobody says how they were written."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 1 << 16
_DETECTION_BYTES = 1 << 20
_CONTROL = bytes(code for code in range(32) if code not in b"\b\t\n\v\f\r\x1b")
# Letters and signs common in Western European text. Left out on purpose: letters that in Windows-1252 are rare but in
# 1250, 1254 or 1257 stand where a common one is (ì ù õ ý ð þ š ž ¹ ³).
_WESTERN = frozenset("äöüßÄÖÜéèêëàâçîïôûñáíóúåæøœãÉÈÀÇÁÍÓÚÅÆØÑÊÂ‘’“”„–—…•€£©®™°§«»·½¼¾´¿¡ºª\xa0")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode text of unknown encoding, every line end a line feed.

    Order: byte-order mark, UTF-16 by its zero bytes, UTF-8, the encoding the file declares, charset-normalizer on the
    first MiB. Bytes that do not fit the chosen encoding become U+FFFD.

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
    wide = _wide(data[:_SAMPLE])
    if wide:
        return wide, 0
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
    """UTF-16 without a mark: text with ASCII in it has a zero in every other byte."""
    pairs = len(sample) // 2
    if pairs < 4 or b"\0" not in sample:
        return None
    even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if odd > 0.3 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.3 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
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
    if _reads_as_western(data[:_SAMPLE]):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_DETECTION_BYTES]).best()
    return best.encoding if best is not None else "cp1252"


def _reads_as_western(sample: bytes) -> bool:
    """Recognise Windows-1252: few bytes beyond ASCII, nearly all of them letters and signs Western languages use.

    Statistical detectors take short German, French or Swedish texts for Baltic, Czech or even Chinese ones.
    """
    runs = _HIGH_RUN.findall(sample)
    high = b"".join(runs).decode("cp1252", "replace")
    if not high or len(high) * 4 > len(sample) or max(map(len, runs)) > 3:
        return False
    return sum(character in _WESTERN for character in high) >= 0.9 * len(high)
