"""Words in pictures, read with the models that the extra brings."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from load_builders import make_pdf, make_zip

from ragkit.core.errors import MissingExtra
from ragkit.core.types import place_at
from ragkit.load import FileLoader, load, load_file
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.limits import Limits

pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
pytest.importorskip("onnxruntime", reason="the extra ocr is not installed")

from PIL import Image, ImageDraw, ImageFont

LINES = ("The gangway is checked", "at every turn of the tide.")


def picture(lines=LINES, mode="RGB", paper="white", ink="black"):
    image = Image.new(mode, (620, 60 + 60 * len(lines)), paper)
    drawing = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        drawing.text((30, 30 + 60 * number), line, ink, ImageFont.load_default(36))
    return image


def saved(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def scan(*images, text=""):
    """A PDF whose pages are pictures, with ``text`` in a corner of each."""
    objects = {}
    count = len(images)
    for index, image in enumerate(images):
        data = saved(image.convert("L"), "JPEG")
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * index} 0 R "
        page += f"/Resources << /Font << /F1 3 0 R >> /XObject << /P {4 + 2 * count + index} 0 R >> >> >>"
        stream = "q 612 0 0 792 0 0 cm /P Do Q" + (f" BT /F1 8 Tf 20 20 Td ({text}) Tj ET" if text else "")
        objects[4 + 2 * index] = page
        objects[5 + 2 * index] = f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"
        head = f"<< /Subtype /Image /Width {image.width} /Height {image.height} /ColorSpace /DeviceGray"
        head += f" /BitsPerComponent 8 /Filter [/ASCIIHexDecode /DCTDecode] /Length {2 * len(data) + 1} >>"
        objects[4 + 2 * count + index] = f"{head}\nstream\n{data.hex()}>\nendstream"
    return make_pdf([[] for _ in images], page_objects=objects)


def page(*lines):
    image = Image.new("L", (612, 792), "white")
    ImageDraw.Draw(image).multiline_text((60, 80), "\n".join(lines), "black", ImageFont.load_default(28), spacing=14)
    return image


def read(name, data, *, ocr=True, **limits):
    return load_bytes(RawFile("dir/" + name, name, data, limits=Limits(**limits), ocr=ocr))


def test_a_picture_gives_its_words_as_a_paragraph_marked_as_read_by_ocr():
    document = read("a.png", saved(picture())).documents[0]
    assert document.page_content == " ".join(LINES)
    assert document.metadata["ocr"] is True
    assert place_at(document.metadata, 0) == {"ocr": True}
    json.dumps(document.metadata)


def test_without_ocr_pictures_and_scans_say_how_to_read_them():
    for name, data in (("a.png", saved(picture())), ("a.pdf", scan(page(*LINES)))):
        file = read(name, data, ocr=False)
        assert (file.outcome, file.reason) == ("empty", "empty")
        assert file.detail.endswith("use --ocr (it needs ragkit[ocr])")


@pytest.mark.parametrize(
    "data",
    [
        saved(picture(mode="L"), "JPEG"),
        saved(picture().convert("CMYK"), "JPEG"),
        saved(picture(mode="RGBA", paper=(255, 255, 255, 0))),
        saved(picture(mode="P"), "GIF"),
        saved(picture(mode="1"), "TIFF"),
        saved(picture().convert("L").convert("I").point(lambda value: value * 256).convert("I;16"), "TIFF"),
        saved(picture(), "WEBP"),
        saved(picture(), "BMP"),
    ],
    ids=["grey", "cmyk", "transparent", "gif", "bilevel", "16 bits", "webp", "bmp"],
)
def test_pictures_of_every_kind_are_read(data):
    assert read("a", data).documents[0].page_content == " ".join(LINES)


def test_a_photograph_is_turned_as_its_camera_noted():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    data = saved(picture().rotate(90, expand=True), "JPEG", exif=exif)
    assert read("a.jpg", data).documents[0].page_content == " ".join(LINES)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_picture_that_lies_or_stands_on_its_head_is_turned(degrees):
    text = read("a.png", saved(picture().rotate(degrees, expand=True))).documents[0].page_content
    assert text == " ".join(LINES)


def test_each_page_of_a_tiff_file_is_read_and_placed():
    data = saved(picture(["First page."]), "TIFF", save_all=True, append_images=[picture(["Second page."])])
    file = read("a.tif", data)
    document = file.documents[0]
    assert (file.pages, document.page_content) == (2, "First page.\n\nSecond page.")
    assert place_at(document.metadata, 15) == {"page": 2, "ocr": True}


def test_pages_of_a_pdf_without_a_text_layer_are_read_and_the_others_are_not():
    words = [(72, 700, "This page has a text layer of its own, which says all there is to say on it.")]
    whole = make_pdf([words])
    file = read("a.pdf", scan(page(*LINES), page("Second page.")))
    document = file.documents[0]
    assert file.pages == 2
    assert document.page_content == f"{LINES[0]} {LINES[1]}\n\nSecond page."
    assert document.metadata["ocr_pages"] == [1, 2]
    assert place_at(document.metadata, 60) == {"page": 2, "ocr": True}
    assert "ocr_pages" not in read("b.pdf", whole).documents[0].metadata


def test_a_scan_with_no_more_than_a_stamp_in_its_text_layer_is_read():
    text = read("a.pdf", scan(page(*LINES), text="Scanned by X")).documents[0].page_content
    assert "The gangway is checked" in text
    assert text.count("Scanned by X") <= 1


def test_a_picture_without_words_is_empty():
    file = read("a.png", saved(Image.new("RGB", (300, 200), "navy")))
    assert (file.outcome, file.reason) == ("empty", "empty")
    assert read("a.pdf", scan(Image.new("L", (300, 200), "white"))).outcome == "empty"


def test_pictures_in_archives_are_read():
    document = read("a.zip", make_zip({"scan.png": saved(picture())})).documents[0]
    assert (document.page_content, document.metadata["member"]) == (" ".join(LINES), "scan.png")


def test_pictures_beyond_the_limits_are_refused_before_they_are_unpacked():
    data = saved(Image.new("1", (20_000, 20_000)))
    assert read("a.png", data).reason == "too-large"
    assert read("a.png", saved(picture()), pixels=1000).reason == "too-large"
    tiff = saved(picture(["a"]), "TIFF", save_all=True, append_images=[picture(["b"])])
    assert read("a.tif", tiff, pages=1).reason == "too-large"


def test_damaged_pictures_are_corrupt():
    for form in ("PNG", "JPEG", "GIF", "TIFF"):
        data = saved(picture(), form)
        for end in (20, len(data) // 2):
            file = read("a", data[:end])
            assert (file.outcome, file.reason) == ("error", "corrupt"), form
    assert read("a.heic", b"\0\0\0\x18ftypheic" + bytes(90)).reason == "corrupt"


def test_files_and_folders_are_loaded_with_ocr(tmp_path):
    (tmp_path / "a.png").write_bytes(saved(picture()))
    words = " ".join(LINES)
    assert load_file(tmp_path / "a.png", ocr=True).documents[0].page_content == words
    assert [file.documents[0].page_content for file in load(tmp_path, ocr=True)] == [words]
    assert [document.page_content for document in FileLoader(tmp_path, ocr=True).load()] == [words]
    assert load_file(tmp_path / "a.png").outcome == "empty"


def test_asking_for_ocr_without_the_extra_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("ragkit.load.formats.ocr.find_spec", lambda name: None)
    (tmp_path / "a.txt").write_text("Text.")
    for ask in (load, load_file):
        with pytest.raises(MissingExtra, match=r"ragkit\[ocr\]"):
            ask(tmp_path / "a.txt", ocr=True)


def test_the_models_are_files_of_the_package_so_that_none_is_fetched():
    import rapidocr

    from ragkit.load.formats.ocr import _engine

    engine = _engine()
    for part in (engine.cfg.Det, engine.cfg.Rec):
        assert Path(part.model_path).is_relative_to(Path(rapidocr.__file__).parent)
        assert Path(part.model_path).is_file()


def test_files_that_were_without_text_are_read_when_ocr_is_asked_for(tmp_path, embedder):
    from ragkit import Index

    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "scan.png").write_bytes(saved(picture()))
    (tmp_path / "files" / "blank.txt").write_text(" ")
    index = Index(tmp_path / "index", embedder=embedder)
    assert index.sync(tmp_path / "files").count("skipped") == 2
    report = index.sync(tmp_path / "files", ocr=True)
    assert (report.count("indexed") + report.count("updated"), report.count("skipped")) == (1, 1)
    assert index.sync(tmp_path / "files").count("unchanged") == 1
    assert index.search("Where is the gangway?")[0].chunk.metadata["ocr"] is True
