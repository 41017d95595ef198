"""What all tests share: the small real models, the shared test material, and no network."""

from __future__ import annotations

import ipaddress
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ragkit import Index
from ragkit.core.settings import DEFAULT_MODEL, load_settings
from ragkit.embed import SentenceTransformerEmbeddings

NEEDED = ("all-MiniLM-L6-v2", "SmolLM2-135M-Instruct-Q4_1")
SHARED = Path(__file__).parents[1] / ".." / "shared"
HANDBOOK = Path(__file__).parents[1] / "corpora" / "handbook"


def _stays_here(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket
        return True
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and not _stays_here(arguments[1]):
        raise RuntimeError(f"a test tried to reach {arguments[1]}: tests use this machine only")
    if event == "socket.getaddrinfo" and not _stays_here((arguments[0] or "",)):
        raise RuntimeError(f"a test tried to look up {arguments[0]}: tests use this machine only")


sys.addaudithook(_refuse_network)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell sets it for what it runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # processes that tests interrupt would inherit it


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Folder with the models that ``make models`` fetches."""
    folder = load_settings().models_dir
    missing = [name for name in NEEDED if not (folder / name).is_dir()]
    if missing:
        pytest.fail(f"the tests need {' and '.join(missing)} in {folder}: run `make models`", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> SentenceTransformerEmbeddings:
    """The real embedding model, loaded once."""
    return SentenceTransformerEmbeddings("all-MiniLM-L6-v2")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of test material that is no part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("../shared, the shared test material, is not on this machine")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def handbook(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of the handbook with the default embedder and generator."""
    folder = tmp_path_factory.mktemp("handbook") / "handbook.index"
    # Without the prompt cache greedy replies do not depend on what was asked before.
    index = Index(folder, model=f"{DEFAULT_MODEL}?cache_prompt=false")
    report = index.sync(HANDBOOK)
    assert not report.count("failed")
    return index
