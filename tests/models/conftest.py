"""Small real wheels served through pip, a models folder of one test, and models that live for one test."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from ragkit import models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COUNTER = itertools.count(1)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Wheelhouse:
    """A folder of wheels that pip is told to look into, and into nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, package: str, version: str, members: dict[str, bytes]) -> Path:
        stem = f"{package.replace('-', '_')}-{version}"
        info = f"{stem}.dist-info"
        members = {
            **members,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,\n" for name in members) + f"{info}/RECORD,,\n"
        path = self.folder / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**members, f"{info}/RECORD": record.encode()}.items():
                archive.writestr(name, content)
        return path


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAGKIT_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "models"


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "wheels").mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return Wheelhouse(tmp_path / "wheels")


@pytest.fixture
def make_model(models_dir: Path) -> Iterator[Callable[..., models.ModelEntry]]:
    """Register a model whose wheels hold one part a file, or ``parts`` equal parts of the only file."""
    names: list[str] = []

    def make(contents: dict[str, bytes], *, parts: int = 0, hub_id: str = "") -> models.ModelEntry:
        name = f"tiny-{next(COUNTER)}"
        files = []
        for file, content in contents.items():
            pieces = [content]
            if parts:
                step = -(-len(content) // parts)
                pieces = [content[at : at + step] for at in range(0, len(content), step)]
            files.append(
                models.PinnedFile(
                    file,
                    sha256(content),
                    len(content),
                    tuple(
                        models.WheelPart(
                            f"{name}-part{n}" if parts else name,
                            "1.0",
                            f"pkg/data/{n}.bin" if parts else f"pkg/{file}",
                            sha256(piece),
                            len(piece),
                        )
                        for n, piece in enumerate(pieces, 1)
                    ),
                )
            )
        entry = models.ModelEntry(
            name=name,
            licence="MIT",
            card=models.GeneratorCard(context_length=64, follows_instructions="weak", chat=False),
            files=tuple(files),
            aliases=(f"{name}-alias",),
            hub_id=hub_id,
        )
        models.register(entry)
        names.append(name)
        return entry

    yield make
    for name in names:
        models.unregister(name)


@pytest.fixture
def fill(wheelhouse: Wheelhouse) -> Callable[..., list[Path]]:
    """Put the wheels that a model needs into the wheelhouse; ``parts`` picks some of them by number, from 1."""

    def put(entry: models.ModelEntry, contents: dict[str, bytes], parts: range | None = None) -> list[Path]:
        wheels: dict[str, dict[str, bytes]] = {}
        for file in entry.files:
            at = 0
            for number, part in enumerate(file.parts, 1):
                if parts is None or number in parts:
                    wheels.setdefault(part.package, {})[part.member] = contents[file.name][at : at + part.size]
                at += part.size
        return [wheelhouse.add(package, "1.0", members) for package, members in wheels.items()]

    return put


@pytest.fixture
def start_python() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a Python script; whatever still runs at the end of the test is ended."""
    with contextlib.ExitStack() as stack:

        def start(script: str) -> subprocess.Popen[str]:
            pipe = subprocess.PIPE
            run = stack.enter_context(subprocess.Popen([sys.executable, "-c", script], stdout=pipe, text=True))
            stack.callback(run.kill)
            return run

        yield start
