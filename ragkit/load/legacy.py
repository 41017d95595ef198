"""Encodings older than Unicode: which of them makes the bytes read like a language."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Letters by how common they are in running text; common signs of the East Asian languages. A right guess finds most of
# a text among them, a wrong one hardly any.
_WESTERN = "äöüßéèêëàâçîïôûùñáíóúåæøœãìõÄÖÜÉÈÀÇÁÍÓÚÅÆØÑÊÂ"
_SIGNS = "‘’“”„–—…•€£©®™°§«»·½¼¾´¿¡ºª\xa0"  # beside letters of any alphabet
_CZECH = "áíéěščřžýúůóťďňôäÁÍÉŠČŘŽÝÚÓŤĎŇ"  # and Slovak, whose ľ would stand for ž too often
_POLISH = "ąęłśćżźńóĄĘŁŚĆŻŹŃÓ"
_HUNGARIAN = "áéíóöőúüűÁÉÍÓÖŐÚÜŰ"
_BALKAN = "šđčćžŠĐČĆŽăâîşţĂÂÎŞŢ"
_TURKISH = "ışğüöçİŞĞÜÖÇâîû"
_BALTIC = "āčēģīķļņšūžąęėįųõäöüĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÕÄÖÜ"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщіїєў"
_GREEK = "αοιετσνηυρπκμλςάίόέύήδγωώχθβφξζ"
_HEBREW = "יוהלאמתרשבנםחדעפקכגטסןזצךףץ"
_ARABIC = "اليمونتربةعدسفحكقجأهشصطىخضذثزإءئآؤظغ،"
_THAI = "านรอกเงวมยลสตทดบคปแหิีัู่้็์ะไใขจชซถพศณธผฟุืโึญภษำฐฏฑ"
_SIMPLIFIED = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多"
    "定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开合还因由其"
    "些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建"
    "月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统"
)
_TRADITIONAL = (
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多"
    "定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開合還因由其"
    "些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建"
    "月公無系軍很情者最立代想已通並提直題黨程展五果料象員革位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統"
)
_KANA = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)))) + "ー"
_JAPANESE = _KANA + "日本人年大学国会中一十月時分出行上生見事者自前間社場円内地方新同今高長業部的物家子力語明小二三名電"
_KOREAN = (
    "이다는을의에가한하고도은지로를사기인어있나시그라자대니아서들수리정보일해과제장만전스부성주여원구상동되면안조국으게것"
    "까적했연분경선교민위신개업용소문학년방말발생무미공유내비세화모오거저계우음트요양더후히강야당중"
)
_EAST_ASIAN_SIGNS = "，。、！？：；（）「」『』《》〈〉【】“”‘’—…・　"
# Codecs, letters and signs of each language or group, in the order in which equal guesses are taken.
_LATIN: Final = (
    (("cp1252",), _WESTERN, _SIGNS),
    *((("cp1250", "iso8859-2"), letters, _SIGNS) for letters in (_CZECH, _POLISH, _HUNGARIAN, _BALKAN)),
    (("cp1254",), _TURKISH, _SIGNS),
    (("cp1257",), _BALTIC, _SIGNS),
    (("mac_roman", "cp850"), _WESTERN, ""),
)
_OTHER: Final = (
    (("cp1251", "koi8-u", "cp866", "iso8859-5", "mac_cyrillic"), _CYRILLIC, "«»—–№"),
    (("cp1253", "iso8859-7"), _GREEK, "«»—–"),
    (("cp1255", "iso8859-8"), _HEBREW, "—–"),
    (("cp1256", "iso8859-6"), _ARABIC, ""),
    (("cp874",), _THAI, ""),
    (("cp932", "euc_jp"), _JAPANESE, _EAST_ASIAN_SIGNS),
    (("gb18030",), _SIMPLIFIED, _EAST_ASIAN_SIGNS),
    (("big5",), _TRADITIONAL, _EAST_ASIAN_SIGNS),
    (("cp949",), _KOREAN, _EAST_ASIAN_SIGNS),
)
_RUN = re.compile(rb"[\x80-\xff]+")
_WITHIN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]+(?=[a-z])")
_OFTEN = 12  # letters of an alphabet that make two thirds of a text
_ENOUGH = {"cp932": 0.4, "euc_jp": 0.4, "gb18030": 0.25, "big5": 0.25, "cp949": 0.4}  # 0.6 for alphabets
_MARGIN = 0.05  # by which a later guess has to be better
# What no language writes: a sign or a capital within a word, letters of two alphabets in one word, control characters.
_ODD = re.compile(
    r"[^\W\d_][¹²³±¼½¾¸¨¦¤¶µª-«­°]+(?=[^\W\d_])|[^\W\d_A-Z](?=[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω])|[\x80-\x9f\ufffd]"
    r"|[\u0e50-\u0e5b](?=[\u0e01-\u0e2e])|[\u0e01-\u0e2e](?=[\u0e50-\u0e5b])"
    r"|(?:\s|[\u0e40-\u0e44])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
    r"|[A-Za-z](?=[\u0370-\u06ff\u0e00-\u0e7f])|[\u0370-\u06ff\u0e00-\u0e7f](?=[A-Za-z])|õ(?=[^e])"
)


def guess(sample: bytes) -> str | None:
    """Guess the encoding of text that is not Unicode.

    Args:
        sample: the text or its beginning; a character cut off at its end does no harm.

    Returns:
        The codec; None where none of those known makes a language of it.
    """
    runs = _RUN.findall(sample)
    if not runs:
        return None
    # Of Latin alphabets single letters lie beyond ASCII, or two or three within a word; of others whole words do.
    high = sum(map(len, runs))
    within = 2 * len(_WITHIN_WORD.findall(sample)) > len(runs)
    latin = high < 2 * len(runs) or (within and high < 3 * len(runs) and 3 * high < len(sample) + 3)
    best, most = None, 0.0
    for codecs, letters, signs in _LATIN if latin else _OTHER:
        weights = dict.fromkeys(letters, 1.0 if latin or len(letters) > 60 else 0.6)
        weights |= dict.fromkeys([*letters[:_OFTEN], *signs], 1.0)
        for codec in codecs:
            score = _score(sample.decode(codec, "replace"), weights) / _ENOUGH.get(codec, 0.6)
            if score >= 1 and score > most + _MARGIN:
                best, most = codec, score
    return best


def _score(text: str, weights: Mapping[str, float]) -> float:
    """Mean weight of the characters beyond ASCII, less what no language writes."""
    beyond = [character for character in text if character > "\x7f"]
    if not beyond:
        return 0.0
    known = sum(weights.get(character, 0.0) for character in beyond)
    strange = len(_ODD.findall(text)) + sum(
        unicodedata.category(character) in ("Co", "Cn") for character in set(beyond)
    )
    return (known - 2 * strange) / len(beyond)
