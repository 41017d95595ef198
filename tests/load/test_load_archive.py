"""Archives read in memory: each member as the file it is, within limits, nothing lost silently."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct
import tarfile
import zipfile

import pytest
import zstandard
from load_builders import make_docx, make_pdf, make_tar, make_zip, paragraph

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.limits import Limits


def read(name, data, **limits):
    return load_bytes(RawFile("dir/" + name, name, data, limits=Limits(**limits)))


def told(file):
    return {document.metadata["member"]: document.page_content for document in file.documents}


def test_each_member_is_a_document_that_names_it():
    data = make_zip({
        "notes/a.txt": "Plain.",
        "b.docx": make_docx(paragraph("Word.")),
        "c.pdf": make_pdf([[(72, 700, "One.")], [(72, 700, "Two.")]]),
        "rows.jsonl": '{"_id": "1", "text": "Row."}',
    })  # fmt: skip
    file = read("a.zip", data)
    assert told(file) == {"notes/a.txt": "Plain.", "b.docx": "Word.", "c.pdf": "One.\n\nTwo.", "rows.jsonl": "Row."}
    assert {document.metadata["source"] for document in file.documents} == {"dir/a.zip"}
    assert [document.metadata["media_type"] for document in file.documents][:1] == ["text/plain"]
    assert [place["page"] for place in file.documents[2].metadata["places"]] == [1, 2]
    assert file.documents[3].id == "rows.jsonl#1"
    assert "unread_members" not in file.documents[0].metadata


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.tar", bytes),
        ("a.tar.gz", gzip.compress),
        ("a.tgz", gzip.compress),
        ("a.tar.bz2", bz2.compress),
        ("a.tar.xz", lzma.compress),
        ("a.tar.zst", zstandard.compress),
        ("no-extension", gzip.compress),
    ],
)
def test_a_tar_archive_is_read_however_it_is_compressed(name, pack):
    assert told(read(name, pack(make_tar({"x/a.md": b"# Head\n", "b.txt": b"Text."})))) == {
        "x/a.md": "# Head\n",
        "b.txt": "Text.",
    }


def test_archives_in_archives_are_told_as_one_path():
    inner = make_zip({"deep/leaf.txt": "Leaf.", "bad.bin": bytes(range(256)) * 4})
    file = read("a.zip", make_zip({"x/inner.zip": inner, "t.tgz": gzip.compress(make_tar({"leaf.md": b"Second."}))}))
    assert told(file) == {"x/inner.zip/deep/leaf.txt": "Leaf.", "t.tgz/leaf.md": "Second."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "x/inner.zip/bad.bin", "reason": "unsupported"}]


def test_what_lies_too_deep_is_named():
    data = b"Leaf."
    for level in range(4):
        data = make_zip({f"{level}.zip" if level else "leaf.txt": data, f"beside{level}.txt": "Beside."})
    file = read("a.zip", data, depth=2)
    assert told(file) == {"beside3.txt": "Beside.", "3.zip/beside2.txt": "Beside."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "3.zip/2.zip", "reason": "too-large"}]


def test_names_that_lead_elsewhere_are_words_only(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    data = make_zip({"../../up.txt": "Up.", str(tmp_path / "abs.txt"): "Absolute.", "..\\win.txt": "Back."})
    assert sorted(told(read("a.zip", data)).values()) == ["Absolute.", "Back.", "Up."]
    assert [path.name for path in tmp_path.rglob("*")] == ["in"]


def test_links_and_devices_in_tar_are_named_and_not_followed():
    link, device = tarfile.TarInfo("link.txt"), tarfile.TarInfo("null")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    device.type = tarfile.CHRTYPE
    file = read("a.tar", make_tar({"link.txt": link, "null": device, "a.txt": b"Text."}))
    assert told(file) == {"a.txt": "Text."}
    assert file.documents[0].metadata["unread_members"] == [
        {"name": "link.txt", "reason": "unsupported"},
        {"name": "null", "reason": "unsupported"},
    ]


def test_hidden_members_are_left_out_and_named():
    file = read("a.zip", make_zip({"__MACOSX/._a.txt": b"\0\1", ".git/config": "x", "./a.txt": "Text."}))
    assert told(file) == {"./a.txt": "Text."}
    assert {row["reason"] for row in file.documents[0].metadata["unread_members"]} == {"ignored"}


def encrypted_zip(names):
    data = bytearray(make_zip(names, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        data[place + at] |= 1  # of the first member only
    return bytes(data)


def test_encrypted_members_are_named():
    file = read("a.zip", encrypted_zip({"secret.txt": "Secret words here.", "open.txt": "Open."}))
    assert told(file) == {"open.txt": "Open."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "secret.txt", "reason": "encrypted"}]
    alone = read("a.zip", encrypted_zip({"secret.txt": "Secret words here."}))
    assert (alone.outcome, alone.reason) == ("error", "encrypted")


def test_a_damaged_member_does_not_end_the_archive():
    data = bytearray(make_zip({"a.txt": "First words.", "b.txt": "Second words."}, zipfile.ZIP_STORED))
    data[data.find(b"First")] ^= 0xFF
    file = read("a.zip", bytes(data))
    assert told(file) == {"b.txt": "Second words."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "a.txt", "reason": "corrupt"}]


def test_what_is_left_of_a_tar_archive_cut_short_is_read():
    data = make_tar({"a.txt": b"Whole.", "b.txt": b"x" * 5000})[:3000]
    file = read("a.tar", data)
    assert told(file) == {"a.txt": "Whole."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "(the rest of the archive)", "reason": "corrupt"}]


def test_a_bomb_is_refused_before_it_is_unpacked():
    file = read("a.zip", make_zip({"bomb.txt": b"\0" * 20_000_000, "a.txt": "Text."}))
    assert told(file) == {"a.txt": "Text."}
    assert file.documents[0].metadata["unread_members"] == [{"name": "bomb.txt", "reason": "too-large"}]


def test_a_member_that_lies_about_its_size_is_stopped():
    data = bytearray(make_zip({"a.txt": b"a" * 9_000_000}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.find(mark) + at, 10)
    file = read("a.zip", bytes(data))
    assert (file.outcome, file.reason) == ("error", "corrupt")


def test_sizes_and_members_are_counted_over_the_whole_tree():
    inner = make_zip({f"{number}.txt": "x" * 400 for number in range(3)})
    data = make_zip({f"{number}.zip": inner for number in range(3)}, zipfile.ZIP_STORED)
    file = read("a.zip", data, inflated_bytes=3 * len(inner) + 4 * 400)
    assert list(told(file)) == ["0.zip/0.txt", "0.zip/1.txt", "0.zip/2.txt", "1.zip/0.txt"]
    assert {row["reason"] for row in file.documents[0].metadata["unread_members"]} == {"too-large"}
    file = read("a.zip", data, members=8)
    assert len(file.documents) == 3
    assert [row["name"] for row in file.documents[0].metadata["unread_members"]] == ["1.zip", "2.zip"]
    assert read("a.zip", data, members=2).reason == "too-large"


def test_a_list_of_unread_members_does_not_grow_without_bound():
    file = read("a.zip", make_zip({"a.txt": "Text.", **{f"{number}.txt": "" for number in range(300)}}))
    assert len(file.documents[0].metadata["unread_members"]) == 200
    assert file.documents[0].metadata["unread_members_more"] == 100


def test_an_archive_without_text_is_empty_or_says_why():
    assert read("a.zip", make_zip({})).outcome == "empty"
    assert read("a.zip", make_zip({"a.txt": "", "b.png": b"\x89PNG\r\n\x1a\n" + bytes(9)})).outcome == "empty"
    file = read("a.zip", make_zip({"a.docx": "PK\x03\x04 not quite", "b.docx": b"\0" * 99}))
    assert (file.outcome, file.reason) == ("error", "corrupt")
    assert "a.docx: corrupt" in file.detail


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "gb18030", "cp1252"])
def test_names_of_members_are_read_in_the_code_page_they_were_written_in(codec):
    name = {"cp932": "資料の一覧について.txt", "gb18030": "会议记录和时间表.txt"}.get(codec, "Über die Fähre.txt")
    raw = name.encode(codec)
    data = make_zip({"x" * len(raw): "Text."}).replace(b"x" * len(raw), raw)
    assert list(told(read("a.zip", data))) == [name]


def test_names_that_are_no_unicode_give_metadata_that_is():
    data = make_tar({"xxxx.txt": b"Text.", "bad.bin": bytes(range(256))}).replace(b"xxxx", b"\xe9t\xe9\x01")
    data = data.replace(data[148:156], f"{sum(data[:148]) + sum(data[156:512]) + 256:06o}\0 ".encode(), 1)
    (document,) = read("a.tar", data).documents
    assert document.metadata["member"] == "été .txt"
    json.dumps(document.metadata).encode("utf-8")
