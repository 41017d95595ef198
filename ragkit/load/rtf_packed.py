"""The compression of rich text in Outlook messages, as [MS-OXRTFCP] describes it."""

from __future__ import annotations

from typing import Final

# What every window begins with (2.1.2.1 of the description): the words that most such texts have.
_BEGINNING: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW: Final = 4096
_HEADER: Final = 16


def decompress(data: bytes) -> bytes:
    """Unpack rich text; of a text that is cut off, what there is."""
    if data[8:12] == b"MELA":
        return data[_HEADER : _HEADER + int.from_bytes(data[4:8], "little")]
    window, place = bytearray(_BEGINNING.ljust(_WINDOW, b"\0")), len(_BEGINNING)
    out = bytearray()
    position = _HEADER
    while position < len(data):
        control = data[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start = token >> 4
                if start == place or position > len(data):  # the mark of the end, or the end itself
                    return bytes(out)
                for step in range(start, start + (token & 15) + 2):
                    byte = window[step % _WINDOW]  # which this very loop may have written
                    window[place] = byte
                    place = (place + 1) % _WINDOW
                    out.append(byte)
            elif position < len(data):
                window[place] = data[position]
                place = (place + 1) % _WINDOW
                out.append(data[position])
                position += 1
    return bytes(out)
