"""A BERT encoder with pooling as an OpenVINO graph, built straight from the safetensors file: no torch involved.

The architecture is that of Devlin et al., arXiv 1810.04805, as Hugging Face's ``BertModel`` names its weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.embed.tokens import projection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ragkit.embed.card import ModelCard

WEIGHTS = "model.safetensors"
# Added to the attention scores of padding: large enough for exp() to be 0, small enough for bf16.
MASKED = -1e4


def supported(card: ModelCard) -> bool:
    """Whether the runtimes without torch can run this model."""
    return (
        card.architecture == "bert"
        and card.plain
        and card.pooling in ("mean", "cls")
        and card.config.get("hidden_act") == "gelu"
        and card.config.get("position_embedding_type", "absolute") == "absolute"
        and not card.config.get("is_decoder", False)
        and (card.folder / WEIGHTS).exists()
    )


# The letters of shapes below: b sequences, t tokens, h heads, w the model's width.
class _Builder:
    def __init__(self, card: ModelCard, weights: Mapping[str, NDArray[np.float32]]) -> None:
        import openvino.opset13 as ops

        self.ops: Any = ops
        self.weights = weights
        self.heads = int(card.config["num_attention_heads"])
        self.width = int(card.config["hidden_size"])
        self.epsilon = float(card.config["layer_norm_eps"])

    def integers(self, *values: int) -> Any:
        return self.ops.constant(np.array(values, np.int64))

    def scalar(self, value: float) -> Any:
        return self.ops.constant(np.float32(value))

    def weight(self, name: str) -> Any:
        return self.ops.constant(np.ascontiguousarray(self.weights[name], dtype=np.float32))

    def dense(self, x: Any, name: str) -> Any:
        product = self.ops.matmul(x, self.weight(f"{name}.weight"), transpose_a=False, transpose_b=True)
        return self.ops.add(product, self.weight(f"{name}.bias"))

    def layer_norm(self, x: Any, name: str) -> Any:
        centred = self.ops.mvn(x, self.integers(-1), True, self.epsilon, "inside_sqrt")
        return self.ops.add(self.ops.multiply(centred, self.weight(f"{name}.weight")), self.weight(f"{name}.bias"))

    def split_heads(self, x: Any) -> Any:
        # (b, t, w) to (b, h, t, w / h); a 0 copies the dimension of the input.
        shape = self.integers(0, 0, self.heads, self.width // self.heads)
        return self.ops.transpose(self.ops.reshape(x, shape, special_zero=True), self.integers(0, 2, 1, 3))

    def attention(self, x: Any, mask: Any, name: str) -> Any:
        query, key, value = (
            self.split_heads(self.dense(x, f"{name}.self.{part}")) for part in ("query", "key", "value")
        )
        mixed = self.ops.transpose(
            self.ops.scaled_dot_product_attention(query, key, value, mask), self.integers(0, 2, 1, 3)
        )
        joined = self.ops.reshape(mixed, self.integers(0, 0, self.width), special_zero=True)
        return self.layer_norm(self.ops.add(self.dense(joined, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def feed_forward(self, x: Any, name: str) -> Any:
        # The exact form with erf; the approximation by tanh gives other vectors.
        inner = self.ops.gelu(self.dense(x, f"{name}.intermediate.dense"), "erf")
        return self.layer_norm(self.ops.add(self.dense(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")

    def embeddings(self, ids: Any) -> Any:
        words = self.ops.gather(self.weight("embeddings.word_embeddings.weight"), ids, self.integers(0))
        table = (
            self.weights["embeddings.position_embeddings.weight"]
            + self.weights["embeddings.token_type_embeddings.weight"][0]
        )
        # Positions and the type of the first (here only) sentence are constants, added once when the graph is built.
        length = self.ops.gather(self.ops.shape_of(ids), self.integers(1), self.integers(0))
        positions = self.ops.slice(
            self.ops.constant(np.ascontiguousarray(table, dtype=np.float32)),
            self.integers(0),
            length,
            self.integers(1),
            self.integers(0),
        )
        return self.layer_norm(self.ops.add(words, positions), "embeddings.LayerNorm")

    def pool(self, states: Any, mask: Any, card: ModelCard) -> Any:
        if card.pooling == "cls":
            pooled = self.ops.gather(states, self.ops.constant(np.int64(0)), self.ops.constant(np.int64(1)))
        else:
            # Padding has states too: the mask takes them out of the mean.
            weight = self.ops.convert(self.ops.unsqueeze(mask, self.integers(2)), "f32")
            total = self.ops.reduce_sum(self.ops.multiply(states, weight), self.integers(1))
            pooled = self.ops.divide(total, self.ops.reduce_sum(weight, self.integers(1)))
        return self.ops.normalize_l2(pooled, self.integers(1), 1e-12, "max") if card.normalize else pooled

    def project(self, states: Any) -> Any:
        return self.ops.matmul(states, self.ops.constant(projection(self.width)), False, False)


def build(card: ModelCard, weights: Mapping[str, NDArray[np.float32]]) -> Any:
    """Build the graph ``(input_ids, attention_mask) -> (vectors, tokens)``.

    Args:
        card: the model's facts; :func:`supported` must hold.
        weights: arrays by the names of ``BertModel``.

    Returns:
        An ``openvino.Model`` from two int64 tensors of shape (batch, tokens) to float32 of shape (batch, dimension)
        and, for late interaction, float32 of shape (batch, tokens, ``tokens.BITS``).
    """
    import openvino

    # Models with a head on top have their encoder's weights below the name "bert".
    weights = {name.removeprefix("bert."): value for name, value in weights.items()}
    make = _Builder(card, weights)
    ids = make.ops.parameter([-1, -1], openvino.Type.i64, name="input_ids")
    mask = make.ops.parameter([-1, -1], openvino.Type.i64, name="attention_mask")
    # (b, t) to (b, 1, 1, t): the same for every head and every token that attends.
    present = make.ops.convert(make.ops.unsqueeze(mask, make.integers(1, 2)), "f32")
    penalty = make.ops.multiply(make.ops.subtract(make.scalar(1.0), present), make.scalar(MASKED))
    states = make.embeddings(ids)
    for layer in range(int(card.config["num_hidden_layers"])):
        states = make.attention(states, penalty, f"encoder.layer.{layer}.attention")
        states = make.feed_forward(states, f"encoder.layer.{layer}")
    # The stub of openvino.Model does not fit its own constructor.
    model: Any = openvino.Model
    results = [make.ops.result(make.pool(states, mask, card)), make.ops.result(make.project(states))]
    return model(results, [ids, mask], "encoder")
