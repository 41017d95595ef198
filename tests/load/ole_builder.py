"""OLE containers ([MS-CFB]) and the Outlook messages in them, made in memory."""

from __future__ import annotations

import struct

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def make_ole(tree):
    """A container of nested dicts: names to bytes (streams) or dicts (storages)."""
    entries = [["Root Entry", 5, b"", FREE, FREE]]  # name, kind, data, child, next
    entries[0][3] = _enter(entries, tree)
    sectors, chains, starts = [], {}, {}
    mini, mini_fat = bytearray(), []
    for number, (_, kind, data, _, _) in enumerate(entries):
        if kind == 2 and len(data) >= CUTOFF:
            starts[number] = _store(sectors, chains, data)
        elif kind == 2 and data:
            starts[number] = len(mini_fat)
            mini += data.ljust(-(-len(data) // MINI) * MINI, b"\0")
            mini_fat += [*range(len(mini_fat) + 1, len(mini) // MINI), END]
    starts[0] = _store(sectors, chains, bytes(mini))
    mini_table = struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(-(-len(mini_fat) // 128) * SECTOR, b"\xff")
    mini_start = _store(sectors, chains, mini_table)
    listed = b"".join(
        _entry(entry, starts.get(number, END), len(mini) if number == 0 else len(entry[2]) if entry[1] == 2 else 0)
        for number, entry in enumerate(entries)
    )
    directory = _store(sectors, chains, listed)
    fat_count = 1
    while fat_count * 128 < len(sectors) + fat_count:
        fat_count += 1
    table = [chains.get(number, FREE) for number in range(len(sectors))] + [FAT] * fat_count
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fat_count * SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, fat_count,
        directory, 0, CUTOFF, mini_start, len(mini_table) // SECTOR, END, 0,
    )  # fmt: skip
    places = [*range(len(sectors), len(sectors) + fat_count)] + [FREE] * (109 - fat_count)
    return header + struct.pack("<109I", *places) + b"".join(sectors) + fat


def _enter(entries, items):
    """Add the entries of a storage; each points to the next one. Returns the number of the first."""
    first = FREE
    for name, content in reversed(list(items.items())):
        number = len(entries)
        entries.append([name, 1 if isinstance(content, dict) else 2, content, FREE, first])
        first = number
        if isinstance(content, dict):
            entries[number][3] = _enter(entries, content)
    return first


def _store(sectors, chains, data):
    start = len(sectors)
    sectors.extend(data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR))
    if len(sectors) == start:
        return END
    chains.update({number: number + 1 for number in range(start, len(sectors) - 1)})
    chains[len(sectors) - 1] = END
    return start


def _entry(entry, start, size):
    name, kind, _, child, after = entry
    wide = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", wide, len(wide) + 2, kind, 1, FREE, after, child, b"", 0, 0, 0, start, size
    )


def properties(fixed=(), header=32):
    """A stream of properties of fixed size: number to (type, value)."""
    rows = b"".join(struct.pack("<HHIQ", kind, number, 6, value) for number, (kind, value) in dict(fixed).items())
    return bytes(header) + rows


def texts(strings, codec=None):
    """Streams of strings by property number: Unicode, or bytes of a code page."""
    if codec:
        return {f"__substg1.0_{number:04X}001E": text.encode(codec) for number, text in strings.items()}
    return {f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in strings.items()}


def attachment(name, data=None, message=None):
    streams = {"__properties_version1.0": properties(header=8), **texts({0x3707: name})}
    if data is not None:
        streams["__substg1.0_37010102"] = data
    if message is not None:
        streams["__substg1.0_3701000D"] = message
    return streams


def message(strings, *, fixed=(), attachments=(), recipients=(), codec=None, streams=None, header=32):
    """The streams of a message; ``recipients`` as (kind, name, address)."""
    tree = {"__properties_version1.0": properties(fixed, header), **texts(strings, codec), **(streams or {})}
    for number, (kind, name, address) in enumerate(recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = {
            "__properties_version1.0": properties({0x0C15: (3, kind)}, 8),
            **texts({0x3001: name, 0x39FE: address}, codec),
        }
    for number, each in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = each
    return tree
