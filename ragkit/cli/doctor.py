"""``ragkit doctor``: what is installed, which models are here, what the machine can do, what to do about the rest."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import typer

from ragkit.cli.options import JsonOption, write_json

PACKAGES = (
    "langchain-core",
    "langchain",
    "langchain-openai",
    "faiss-cpu",
    "sentence-transformers",
    "transformers",
    "torch",
    "openai",
    "openvino",
    "tokenizers",
    "xllamacpp",
    "tantivy",
    "pypdfium2",
    "pydantic",
)
EXTRAS: dict[str, tuple[str, ...]] = {
    "gguf": ("gguf", "accelerate"),
    "code": ("tree_sitter", "tree_sitter_python"),
    "web": ("httpcore2", "idna", "protego"),
    "article": ("trafilatura", "lxml_html_clean"),
    "ocr": ("rapidocr", "onnxruntime"),
    "structured": ("llguidance",),
    "quantized": ("bitsandbytes", "accelerate"),
}
# `all` brings every other extra but `quantized`, which has nothing to do without a CUDA card.
EXTRAS["all"] = tuple(module for extra, modules in EXTRAS.items() if extra != "quantized" for module in modules)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the report.

    Attributes:
        part: what was looked at.
        state: ``ok``, ``missing``, ``broken`` or ``note``.
        detail: what was found.
        advice: what to do about it; empty when nothing.
    """

    part: str
    state: str
    detail: str
    advice: str = ""


def doctor_command(json: JsonOption = False) -> None:
    """Say what is installed, which models are here, what this machine can do, and what to do about the rest."""
    findings = [*_machine(), *_packages(), *_added(), *_models(), *_settings()]
    if json:
        write_json({"findings": [asdict(each) for each in findings]})
    else:
        for each in findings:
            typer.echo(
                f"{each.state:8} {each.part:28} {each.detail}" + (f"\n{'':9}-> {each.advice}" if each.advice else "")
            )
    if any(each.state in ("missing", "broken") for each in findings):
        raise typer.Exit(1)


def _machine() -> list[Diagnosis]:
    from ragkit.core.settings import load_settings

    findings = [
        Diagnosis("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Diagnosis("threads", "ok", f"{load_settings().thread_count} used for models", ""),
    ]
    # Without openvino the list of packages says so; what follows would only fail.
    if find_spec("openvino") is None:
        return findings
    from ragkit.embed.openvino import bf16_available

    if bf16_available():
        findings.append(Diagnosis("bf16", "ok", "the processor multiplies bf16 matrices natively; embedding uses it"))
    else:
        findings.append(Diagnosis("bf16", "note", "not on this processor; embedding runs at f32, about half as fast"))
    from ragkit.embed.torch import gpu_present

    if gpu_present():
        findings.append(Diagnosis("gpu", "ok", "many texts at once are embedded on it"))
    return findings


def _packages() -> list[Diagnosis]:
    findings: list[Diagnosis] = []
    for name in PACKAGES:
        try:
            findings.append(Diagnosis(name, "ok", version(name)))
        except PackageNotFoundError:
            findings.append(Diagnosis(name, "missing", "not installed", f"{sys.executable} -m pip install {name}"))
    for extra, modules in EXTRAS.items():
        # Looked for, not imported: some of them take seconds, and a broken one must not end the report.
        absent = [module for module in modules if find_spec(module) is None]
        if absent:
            findings.append(
                Diagnosis(f"extra [{extra}]", "note", "not installed", f"pip install 'ragkit[{extra}]' if you need it")
            )
        else:
            findings.append(Diagnosis(f"extra [{extra}]", "ok", "installed"))
    return findings


def _added() -> list[Diagnosis]:
    """Check what other packages add; each is imported to see whether it works."""
    from ragkit.core.errors import ConfigError
    from ragkit.core.registry import BUILT_IN, installed, package_of, resolve

    findings: list[Diagnosis] = []
    for kind in BUILT_IN:
        for name, entry in installed(kind).items():
            part = f"{kind.removesuffix('s')} {name}"
            if name in BUILT_IN[kind]:
                findings.append(Diagnosis(part, "note", f"from {package_of(entry)}, not used: ragkit has its own"))
                continue
            try:
                resolve(kind, name)
            except ConfigError as error:
                findings.append(Diagnosis(part, "broken", *str(error).rsplit(": ", 1)))
            else:
                findings.append(Diagnosis(part, "ok", f"from {package_of(entry)}"))
    return findings


def _models() -> list[Diagnosis]:
    from ragkit import models
    from ragkit.core.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL

    needed = {spec.partition(":")[2] for spec in (DEFAULT_EMBEDDER, DEFAULT_MODEL)}
    findings: list[Diagnosis] = []
    for name in models.catalogue():
        if models.is_present(name):
            findings.append(Diagnosis(name, "ok", str(models.path(name))))
        else:
            state = "missing" if name in needed else "note"
            findings.append(Diagnosis(name, state, "not on this machine", f"ragkit models pull {name}"))
    present = [name for name in sorted(needed & set(models.catalogue())) if models.is_present(name)]
    return findings + [_runtime(name) for name in present if models.catalogue()[name].kind == "embedder"]


def _runtime(name: str) -> Diagnosis:
    """Say which runtime embeds with a model, by running it once."""
    from ragkit.embed import load_embedder

    embedder: Any = load_embedder(f"sentence-transformers:{name}")
    # A graph may compile and still be refused by the processor or its driver, so one question is embedded.
    embedder.encode_query("runtime")
    how = embedder.describe()
    return Diagnosis("embedding runtime", "ok", f"{how['runtime']} at {how['precision']} for {name}")


def _settings() -> list[Diagnosis]:
    from ragkit.core.settings import load_settings

    chosen = load_settings()
    state, advice = ("ok", "") if chosen.index.exists() else ("note", "ragkit index PATH makes it")
    return [
        Diagnosis("index", state, str(chosen.index), advice),
        Diagnosis("embedder", "ok", chosen.embedder),
        Diagnosis("model", "ok", chosen.model),
    ]
