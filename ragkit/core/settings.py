"""Settings: argument > environment (``RAGKIT_*``) > ``ragkit.toml`` > default.

A :class:`Settings` object is made where a program begins (the command line, ``Index(...)``) and handed down. It
is never cached: two indexes in one program can differ in everything.
"""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ragkit.core.errors import ConfigError

DEFAULT_EMBEDDER = "sentence-transformers:all-MiniLM-L6-v2"
OWN_SPLITTER = "structure"
DEFAULT_MODEL = "llamacpp:SmolLM2-135M-Instruct-Q4_1"


def user_data_dir() -> Path:
    """Return ragkit's folder in the platform's folder for what users would miss."""
    return _user_dir(("APPDATA", "Roaming"), "Application Support", ("XDG_DATA_HOME", ".local/share"))


def user_cache_dir() -> Path:
    """Return ragkit's folder in the platform's cache folder, shared by all projects of a user."""
    return _user_dir(("LOCALAPPDATA", "Local"), "Caches", ("XDG_CACHE_HOME", ".cache"))


def _user_dir(windows: tuple[str, str], mac: str, linux: tuple[str, str]) -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get(windows[0], Path.home() / "AppData" / windows[1]))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / mac
    else:  # the XDG Base Directory Specification: a variable that is empty counts as not set
        base = Path(os.environ.get(linux[0]) or Path.home() / linux[1])
    return base / "ragkit"


def default_models_dir() -> Path:
    """Return the folder for model files."""
    return user_cache_dir() / "models"


class Settings(BaseSettings):
    """The options of ragkit that are set once instead of on every call.

    Attributes:
        index: folder of the index.
        embedder: embedder spec, ``provider:model?option=value``.
        model: generator spec, ``provider:model?option=value``.
        k: passages to retrieve for an answer.
        rerank: spec of what re-ranks passages for answers, or ``none``; None takes the catalogue's where it is present.
        max_wrong: share of the answers that may be to questions which the documents do not answer, from 0 to 1;
            None takes the built-in threshold of confidence.
        max_cost: money, in the currency of the prices, after which no further call of a generator is begun.
        max_tokens_total: tokens, read and written, after which none is begun.
        prices: file with the prices of models; None takes ``prices.toml`` in the user's configuration folder.
        cache: file in which replies of generators are stored; None stores none.
        models_dir: folder for model files.
        threads: processor threads for models; 0 means all cores.
        isolate: read files in processes of their own, so that one that hangs or crashes costs only itself.
        limits: what one file may cost, by the names of ``ragkit.load.Limits``: the table ``[limits]`` of
            ``ragkit.toml``, or ``RAGKIT_LIMITS__SECONDS=60``.
        late_interaction: keep vectors of tokens in new indexes, for a better ranking (16 bytes a token).
        language_rules: check statements by the rules of the sources' language; without them, as in a language that has
            none, only whole clauses of a source count as supported.
        splitter: spec of what cuts the documents of a new index, ``name?option=value``.
        chunk_tokens: tokens a passage of a new index may have; None takes 200, or what the embedder reads.
        overlap_tokens: tokens that a passage of a new index may repeat from the one before it.
        min_tokens: sections below this share a passage; None takes a quarter of ``chunk_tokens``.
        split_unit: what passages of a new index are: ``passage``, or ``sentence`` for single sentences.
        split_headings: embed titles and headings with the passages of a new index.
        split_semantic: cut passages of a new index where their meaning changes; embeds every sentence once more.
        read_window: sentences read before and behind what a search finds.
        read_tokens: size of the larger passages that are read in place of what a search finds; 0 reads just that.
    """

    model_config = SettingsConfigDict(
        env_prefix="RAGKIT_",
        env_nested_delimiter="__",
        toml_file="ragkit.toml",
        extra="forbid",  # a misspelt key must not be a default without a word
        frozen=True,
        protected_namespaces=(),
    )

    index: Path = Path(".ragkit")
    embedder: str = DEFAULT_EMBEDDER
    model: str = DEFAULT_MODEL
    k: int = Field(default=5, ge=1, le=1000)
    rerank: str | None = None
    max_wrong: float | None = Field(default=None, ge=0, le=1)
    max_cost: float | None = Field(default=None, ge=0)
    max_tokens_total: int | None = Field(default=None, ge=1)
    prices: Path | None = None
    cache: Path | None = None
    models_dir: Path = Field(default_factory=default_models_dir)
    threads: int = Field(default=0, ge=0, le=1024)
    isolate: bool = True
    limits: dict[str, float] = Field(default_factory=dict)
    late_interaction: bool = True
    language_rules: bool = True
    splitter: str = OWN_SPLITTER
    chunk_tokens: int | None = Field(default=None, ge=1)
    overlap_tokens: int = Field(default=0, ge=0)
    min_tokens: int | None = Field(default=None, ge=0)
    split_unit: Literal["passage", "sentence"] = "passage"
    split_headings: bool = True
    split_semantic: bool = False
    read_window: int = Field(default=0, ge=0, le=100)
    read_tokens: int = Field(default=0, ge=0, le=100_000)

    @property
    def thread_count(self) -> int:
        """The number of threads that models may use."""
        return self.threads or processor_count()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, ``ragkit.toml``."""
        # No .env file and no folder of secrets: they would be read from wherever the program was started.
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(owner: str = "", **options: Any) -> Settings:
    """Make settings of options, the environment and ``ragkit.toml``.

    Args:
        owner: the class or function whose keywords the options are, for messages.
        **options: fields of :class:`Settings` that win over environment and file.

    Raises:
        ConfigError: a value is wrong, or there is no such option; the message names the nearest one.
    """
    # Checked here and not by pydantic, whose message would not name the nearest option.
    for name in options:
        if name not in Settings.model_fields:
            near = get_close_matches(name, Settings.model_fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(Settings.model_fields))}"
            raise ConfigError(f"{owner or 'Settings'} has no option {name!r}: {hint}")
    try:
        return Settings(**options)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        where = f"the options of {owner}, " if owner and options else ""
        raise ConfigError(
            f"settings are wrong ({problems}): correct {where}ragkit.toml or the RAGKIT_* environment variables"
        ) from error
    except ValueError as error:  # a ragkit.toml that is no TOML
        raise ConfigError(f"ragkit.toml cannot be read ({error}): correct it or remove it") from error


def processor_count() -> int:
    """Return the number of processors that this process may use."""
    # Not the machine's: in a container or under taskset more threads than processors make models slower.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
