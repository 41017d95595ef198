"""The model files on this machine: where they are, whether they are whole, and finding one by name or path.

The Hugging Face cache is read by its layout, ``models--owner--name/{refs,snapshots}``: that needs no network and not
the 0.3 s that importing the hub's client takes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ModelError
from ragkit.models.checks import ModelCheck, State, check_file
from ragkit.models.known import find, require

if TYPE_CHECKING:
    from ragkit.models.entries import ModelEntry, PinnedFile

STAMP = ".verified.json"


def models_dir(chosen: Path | None = None) -> Path:
    """Return the folder that holds all models, absolute.

    Args:
        chosen: the folder; None takes the settings' (``RAGKIT_MODELS_DIR``, ``models_dir`` in ragkit.toml).
    """
    if chosen is None:
        from ragkit.core.settings import load_settings  # pydantic costs more than all of this package

        chosen = load_settings().models_dir
    return chosen.expanduser().absolute()


def folder_of(entry: ModelEntry, chosen: Path | None = None) -> Path:
    """Return the folder of a model, whether it is there or not; ``chosen`` is as for :func:`models_dir`."""
    return models_dir(chosen) / entry.name


def _file_facts(folder: Path, file: PinnedFile) -> dict[str, Any]:
    status = (folder / file.name).stat()
    return {"sha256": file.sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def write_stamp(entry: ModelEntry, chosen: Path | None = None) -> None:
    """Record that the files were just found right, so that the next use need not hash them again."""
    folder = folder_of(entry, chosen)
    content = json.dumps({"files": {file.name: _file_facts(folder, file) for file in entry.files}}, indent=1)
    # Beside and then moved: another process sees the old stamp or the new one, never half of one.
    beside = folder / f"{STAMP}.{os.getpid()}"
    beside.write_text(content, encoding="utf-8")
    beside.replace(folder / STAMP)


def _same_time(recorded: object, found: int) -> bool:
    # Archives and container images store whole seconds only, so a time without a fraction is compared without one.
    return recorded == found or (
        found % 10**9 == 0 and isinstance(recorded, int) and recorded // 10**9 * 10**9 == found
    )


def _stamp_holds(entry: ModelEntry, folder: Path) -> bool:
    try:
        recorded = json.loads((folder / STAMP).read_text(encoding="utf-8"))["files"]
        for file in entry.files:
            facts, then = _file_facts(folder, file), recorded[file.name]
            if (then["sha256"], then["size"]) != (file.sha256, facts["size"]) or facts["size"] != file.size:
                return False
            if not _same_time(then["mtime_ns"], facts["mtime_ns"]):
                return False
    # No stamp, or none that ragkit wrote: the hashes decide.
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _sizes_fit(entry: ModelEntry, folder: Path) -> bool:
    try:
        return all((folder / file.name).stat().st_size == file.size for file in entry.files)
    except OSError:  # a file that is not there does not fit
        return False


def rehash(entry: ModelEntry, chosen: Path | None = None) -> ModelCheck:
    """Hash every file of a model and record the outcome for ``is_intact``.

    Raises:
        ModelError: a file is there but cannot be read.
    """
    folder = folder_of(entry, chosen)
    report = ModelCheck(entry.name, folder, tuple(check_file(folder, file) for file in entry.files))
    # A models folder that is read-only only costs hashing again.
    with contextlib.suppress(OSError):
        if report.ok:
            write_stamp(entry, chosen)
        else:
            (folder / STAMP).unlink(missing_ok=True)
    return report


def is_intact(entry: ModelEntry, chosen: Path | None = None) -> bool:
    """Whether a model is whole: by size, time and stamp; by hash where these are new or changed.

    Raises:
        ModelError: a file is there but cannot be read.
    """
    folder = folder_of(entry, chosen)
    return _stamp_holds(entry, folder) or (_sizes_fit(entry, folder) and rehash(entry, chosen).ok)


def state(name: str, models_dir: Path | None = None) -> State:
    """Say whether a model of the catalogue is present, absent or damaged (incomplete counts as damaged).

    Raises:
        ConfigError: the catalogue has no such model.
        ModelError: a file is there but cannot be read.
    """
    entry = require(name)
    if is_intact(entry, models_dir):
        return "present"
    folder = folder_of(entry, models_dir)
    return "damaged" if any((folder / file.name).exists() for file in entry.files) else "absent"


def is_present(name: str) -> bool:
    """Whether a model of the catalogue is on this machine, whole.

    Raises:
        ConfigError: the catalogue has no such model.
        ModelError: a file is there but cannot be read.
    """
    return is_intact(require(name))


def path(name: str, models_dir: Path | None = None) -> Path:
    """Return where a model of the catalogue stands: its file, or its folder when it has several.

    Args:
        name: its name or an alias.
        models_dir: the folder of model files; None takes the settings'.

    Raises:
        ConfigError: the catalogue has no such model.
        ModelError: it is not on this machine, or damaged.
    """
    entry = require(name)
    folder = folder_of(entry, models_dir)
    found = state(name, models_dir)
    if found == "present":
        return entry.main_path(folder)
    what = "is not on this machine" if found == "absent" else f"is damaged in {folder}"
    raise ModelError(f"the model {entry.name} {what}: run ragkit models pull {entry.name}")


def verify(name: str) -> ModelCheck:
    """Hash every file of a model of the catalogue again.

    Raises:
        ConfigError: the catalogue has no such model.
        ModelError: a file is there but cannot be read.
    """
    return rehash(require(name))


def locate(name_or_path: str | Path, models_dir: Path | None = None) -> Path | None:
    """Find a model without the network: in the catalogue, as a local path, in the Hugging Face cache.

    Args:
        name_or_path: a catalogue name or alias, a file or folder, or a Hugging Face id (``owner/name``).
        models_dir: the folder of model files; None takes the settings'.

    Returns:
        Its file or folder; None when this machine has none. Only what the catalogue knows was checked by hash.
    """
    text = str(name_or_path).strip()
    if not text:
        return None
    # The catalogue comes first: a folder in the working directory must not stand in for a model pinned by hash.
    entry = find(text)
    if entry is not None and is_intact(entry, models_dir):
        return entry.main_path(folder_of(entry, models_dir))
    local = Path(text).expanduser()
    if local.exists():
        return local
    return next(iter(snapshots(text)), None)


def hub_cache_dir() -> Path:
    """Return the folder where Hugging Face libraries keep what they download, by the same environment variables."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.path.expandvars(os.environ[variable])).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        home = f"{cache}/huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def snapshots(repo_id: str) -> list[Path]:
    """List the downloaded revisions of a repository: the one ``main`` points at first, then newest first."""
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", repo_id):
        return []
    repository = hub_cache_dir() / ("models--" + repo_id.replace("/", "--"))
    try:
        found = [folder for folder in (repository / "snapshots").iterdir() if folder.is_dir() and any(folder.iterdir())]
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # never downloaded, or somebody else's
        return []
    found.sort(key=lambda folder: folder.stat().st_mtime_ns, reverse=True)
    try:
        main = (repository / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):  # fetched by commit, so without a ref
        return found
    return sorted(found, key=lambda folder: folder.name != main)
