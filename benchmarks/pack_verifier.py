"""Between a cross-encoder in one 8-bit ONNX file and the folder that transformers trains; needs the package ``onnx``.

    python benchmarks/pack_verifier.py unpack MODEL.onnx TOKENIZER.json FOLDER
    python benchmarks/pack_verifier.py pack MODEL.onnx FOLDER OUT.onnx

``unpack`` writes the weights of a BERT with one output as floats, with configuration and tokenizer. ``pack`` puts
weights of the same shapes back into a copy of the graph, at 8 bits as before.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

SUFFIX = "_quantized"
CONFIG = {
    "architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": 30522, "hidden_size": 384,
    "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 1536, "hidden_act": "gelu",
    "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    "id2label": {"0": "supported"}, "label2id": {"supported": 0},
}  # fmt: skip
TOKENIZER = {
    "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512, "pad_token": "[PAD]",
    "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "mask_token": "[MASK]",
}  # fmt: skip


def names_of(graph: Any) -> dict[str, tuple[str, bool]]:
    """Return for each array of the graph its name in transformers, and whether it is stored transposed."""
    found = dict[str, tuple[str, bool]]()
    stored = {each.name for each in graph.initializer}
    for each in graph.initializer:
        base = each.name.removesuffix(SUFFIX)
        if base.startswith(("bert.", "classifier.")) and not base.endswith(("_scale", "_zero_point")):
            # Gemm weights (pooler, classifier) keep their names but not their order.
            found[each.name] = (base, base in ("bert.pooler.dense.weight", "classifier.weight") and SUFFIX in each.name)
    for node in graph.node:
        for name in node.input:
            if name.endswith(SUFFIX) and name in stored and name not in found and "MatMul" in node.op_type:
                path = re.sub(r"/MatMul.*", "", node.name.removeprefix("/")).replace("/", ".")
                found[name] = (f"{path}.weight", True)
    return found


def unpack(model: Path, tokenizer: Path, folder: Path) -> None:
    """Write the weights of an ONNX file as a folder of transformers."""
    import onnx
    from onnx import numpy_helper
    from safetensors.numpy import save_file

    graph = onnx.load(str(model)).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights = dict[str, Any]()
    for name, (own, turned) in names_of(graph).items():
        array = arrays[name].astype(np.float32)
        if name.endswith(SUFFIX):
            base = name.removesuffix(SUFFIX)
            array = (array - arrays[f"{base}_zero_point"].astype(np.float32)) * arrays[f"{base}_scale"]
        weights[own] = np.ascontiguousarray(array.T if turned else array)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1), "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER, indent=1), "utf-8")
    shutil.copy(tokenizer, folder / "tokenizer.json")


def pack(model: Path, folder: Path, out: Path) -> None:
    """Write a copy of an ONNX file with the weights of a folder of transformers."""
    import onnx
    from onnx import numpy_helper
    from safetensors.numpy import load_file

    whole = onnx.load(str(model))
    weights = load_file(folder / "model.safetensors")
    stored = {each.name: each for each in whole.graph.initializer}
    for name, (own, turned) in names_of(whole.graph).items():
        array = weights[own].T if turned else weights[own]
        old = numpy_helper.to_array(stored[name])
        if name.endswith(SUFFIX):
            base = name.removesuffix(SUFFIX)
            array, scale, zero = quantised(array, old.dtype)
            stored[f"{base}_scale"].CopyFrom(numpy_helper.from_array(scale, f"{base}_scale"))
            stored[f"{base}_zero_point"].CopyFrom(numpy_helper.from_array(zero, f"{base}_zero_point"))
        if array.shape != old.shape:
            raise ValueError(f"{own} has the shape {array.shape}, not {old.shape}")
        stored[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array.astype(old.dtype)), name))
    onnx.save(whole, str(out))


def quantised(array: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Return an array at 8 bits, its scale and its zero point: one of each, as the graph has them."""
    limits = np.iinfo(dtype)
    if limits.min < 0:  # signed: 0 is 0
        scale = np.float32(np.abs(array).max() / limits.max)
        return np.clip(np.round(array / scale), -limits.max, limits.max), scale, dtype.type(0)
    low, high = min(float(array.min()), 0.0), max(float(array.max()), 0.0)
    scale = np.float32((high - low) / limits.max)
    zero = round(-low / float(scale))
    return np.clip(np.round(array / scale) + zero, 0, limits.max), scale, dtype.type(zero)


def main() -> None:
    """Unpack or pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("unpack", "pack"))
    parser.add_argument("model", type=Path)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    args = parser.parse_args()
    (unpack if args.action == "unpack" else pack)(args.model, args.first, args.second)


if __name__ == "__main__":
    main()
