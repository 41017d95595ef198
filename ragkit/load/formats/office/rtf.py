"""Rich Text Format: a reader of our own, since code pages decide what the bytes say.

The file is a stream of tokens: control words, bytes in hexadecimal, braces around groups, and text. A group inherits
the state of the one around it. The usual library (striprtf) lost text without an error in 6 of 90 files.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from ragkit.load.content import Content, Part, RawFile, plausible_title
from ragkit.load.formats.markdown import join_blocks, markdown_table

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
# Groups that are no text of the document. A group that begins with \* and is not known is one as well.
_UNSEEN = frozenset(
    b"colortbl stylesheet pict object objdata fldinst datafield themedata colorschememapping latentstyles listtable "
    b"listoverridetable rsidtbl generator xmlnstbl filetbl revtbl operator author company comment creatim revtim "
    b"printim buptim keywords subject doccomm hlinkbase annotation atnid atnauthor bkmkstart bkmkend nonshppict "
    b"pntext listtext falt panose mmathPr wgrffmtfilter pgdsctbl deleted".split()
)
_KNOWN_STARRED = frozenset((b"shpinst", b"shptxt", b"fldinst", b"ud"))
_CHARACTERS = {
    b"par": "\n", b"sect": "\n", b"page": "\n", b"line": "\v", b"tab": " ", b"emdash": "—", b"endash": "–",
    b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"emspace": " ",
    b"enspace": " ", b"qmspace": " ", b"column": "\n",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
# Windows' numbers of character sets, as fonts name them (\fcharset).
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 255: "cp437",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits from the one around it."""

    unseen: bool = False
    # Within \upr, which holds a text without Unicode and then with it: whether the latter is unseen too.
    twice: bool | None = None
    fonts: bool = False  # inside the font table
    note: bool = False  # inside a foot- or endnote
    title: bool = False  # inside the title of the document's properties
    codec: str = ""
    fallback: int = 1  # characters that stand for a \u character in readers without Unicode


@dataclass(slots=True)
class _RtfText:
    """The text of the tokens so far."""

    codec: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict[int, str])
    font: int = 0
    title: list[str] = field(default_factory=list[str])
    blocks: list[str] = field(default_factory=list[str])
    rows: list[list[str]] = field(default_factory=list[list[str]])
    cells: list[str] = field(default_factory=list[str])
    line: list[str] = field(default_factory=list[str])
    # Bytes of a character that may have more: writers give each byte a token of its own.
    pending: bytearray = field(default_factory=bytearray)
    pending_codec: str = ""
    level: int = 0  # outline level of the paragraph, from 1; 0 for body text
    notes: list[list[str]] = field(default_factory=list[list[str]])  # of the paragraph at hand
    in_table: bool = False
    skip: int = 0  # characters that stand for the last \u character and are passed over

    def put(self, text: str, state: _State) -> None:
        if not state.unseen:
            (self.title if state.title else self.notes[-1] if state.note and self.notes else self.line).append(text)

    def put_byte(self, byte: int, state: _State) -> None:
        if self.skip:
            self.skip -= 1
        elif not state.unseen:
            self.pending.append(byte)
            self.pending_codec = state.codec or self.codec

    def complete(self, text: bytes) -> bytes:
        """Take the second byte of a character from plain text, where writers leave it when it is a letter."""
        try:
            bytes(self.pending).decode(self.pending_codec or "ascii")
        except UnicodeDecodeError as error:
            if error.end == len(self.pending) and "incomplete" in error.reason:
                self.pending.append(text[0])
                return text[1:]
        return text

    def settle(self, state: _State) -> None:
        """Decode the bytes collected so far; bytes of one character stand in tokens next to each other."""
        if self.pending:
            self.put(bytes(self.pending).decode(self.pending_codec, "replace"), state)
            self.pending.clear()

    def end_paragraph(self) -> None:
        text = "".join(self.line).replace("\v", "\n").strip()
        if self.in_table:
            self.line = [text, " "] if text else []
            return
        self.line = []
        self.end_table()
        notes, self.notes = self.notes, []
        if text:
            self.blocks.append("#" * min(self.level, 6) + " " + " ".join(text.split()) if self.level else text)
        self.blocks += [text for note in notes if (text := " ".join("".join(note).split()))]

    def end_cell(self) -> None:
        self.cells.append("".join(self.line).strip())
        self.line = []

    def end_row(self) -> None:
        if self.cells:
            self.rows.append(self.cells)
            self.cells = []

    def end_table(self) -> None:
        self.end_row()
        table = markdown_table(self.rows)
        self.rows = []
        if table:
            self.blocks.append(table)


def read(raw: RawFile) -> Content:
    """Read an RTF document: paragraphs, headings by outline level, tables as Markdown, fields by their result."""
    reader = _RtfText()
    _run(reader, raw.data)
    reader.in_table = False
    reader.end_paragraph()
    reader.end_table()
    title = plausible_title("".join(reader.title), raw.name)
    return Content((Part(_paired(join_blocks(reader.blocks)), title=_paired(title)),))


def _paired(text: str) -> str:
    # RTF writes characters beyond the first plane as surrogate pairs, one half at a time.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _run(reader: _RtfText, data: bytes) -> None:
    # One regular expression cuts the whole file; a position is used, since \bin is followed by raw bytes to pass over.
    state, stack = _State(), list[_State]()
    position, starred = 0, False
    while found := _TOKEN.match(data, position):
        position = found.end()
        word, number, code, symbol, brace, text = found.groups()
        if code is not None:
            reader.put_byte(int(code, 16), state)
            continue
        if text is not None and reader.pending:
            text = reader.complete(text)
        reader.settle(state)
        if word is not None:
            value = int(number) if number else None
            if word == b"bin":
                position += max(value or 0, 0)
            elif starred and word not in _KNOWN_STARRED:
                state = replace(state, unseen=True)
            else:
                state = _control(reader, state, word, value)
        elif brace == b"{":
            stack.append(state)
        elif brace == b"}":
            state = stack.pop() if stack else _State()  # damaged files close more groups than they open
        elif text is not None:
            reader.skip, cut = max(reader.skip - len(text), 0), min(reader.skip, len(text))
            reader.put(text[cut:].decode(state.codec or reader.codec, "replace"), state) if text[cut:] else None
        elif symbol in _SYMBOLS:
            reader.put(_SYMBOLS[symbol], state)
        starred = symbol == b"*"
        if position >= len(data):
            break
    reader.settle(state)


def _control(reader: _RtfText, state: _State, word: bytes, value: int | None) -> _State:
    """Apply one control word; returns the group's new state."""
    if word in _UNSEEN or word in (b"info", b"fonttbl"):
        return replace(state, unseen=True, fonts=word == b"fonttbl")
    if word in (b"footnote", b"title", b"v", b"uc", b"upr", b"ud"):
        return _begin(reader, state, word, value)
    if word in (b"f", b"fcharset", b"ansicpg", b"mac", b"pc", b"pca"):
        return _choose_codec(reader, state, word, value)
    if word == b"u" and value is not None:
        reader.skip = state.fallback
        reader.put(chr(value % 0x10000), state)
    elif state.note:
        reader.put(" " if word in _CHARACTERS and _CHARACTERS[word] == "\n" else _CHARACTERS.get(word, ""), state)
    elif not state.unseen:
        _layout(reader, state, word, value)
    return state


def _begin(reader: _RtfText, state: _State, word: bytes, value: int | None) -> _State:
    """The state behind a word that says what the text after it is."""
    if word == b"footnote" and not state.unseen:
        reader.notes.append([])
        return replace(state, note=True)
    if word == b"title":
        return replace(state, title=True, unseen=state.twice is not None)
    if word == b"upr":
        return replace(state, unseen=True, twice=state.unseen)
    if word == b"ud":
        return replace(state, unseen=state.unseen if state.twice is None else state.twice, twice=None)
    if word == b"v":
        return replace(state, unseen=value != 0)
    return replace(state, fallback=max(value or 0, 0)) if word == b"uc" else state


def _choose_codec(reader: _RtfText, state: _State, word: bytes, value: int | None) -> _State:
    if word == b"ansicpg":
        reader.codec = _codec(f"cp{value}")
    elif word == b"mac":
        reader.codec = "mac_roman"
    elif word in (b"pc", b"pca"):
        reader.codec = "cp437" if word == b"pc" else "cp850"
    elif word == b"fcharset":
        # 0, 1 and 2 (ANSI, default, symbol) leave the code page of the document.
        reader.fonts[reader.font] = "" if value in (0, 1, 2) else _CHARSETS.get(value or 0, "")
    elif state.fonts:
        reader.font = value or 0
    else:
        return replace(state, codec=reader.fonts.get(value or 0, ""))
    return state


def _layout(reader: _RtfText, state: _State, word: bytes, value: int | None) -> None:
    if word == b"par":
        reader.end_paragraph()
    elif word in (b"cell", b"nestcell"):
        reader.end_cell()
    elif word in (b"row", b"nestrow"):
        reader.end_row()
    elif word == b"intbl":
        reader.in_table = True
    elif word == b"pard":
        reader.in_table, reader.level = False, 0
    elif word == b"outlinelevel" and value is not None and 0 <= value < 9:
        reader.level = value + 1
    elif word in _CHARACTERS:
        if _CHARACTERS[word] == "\n":
            reader.end_paragraph()
        else:
            reader.put(_CHARACTERS[word], state)


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
