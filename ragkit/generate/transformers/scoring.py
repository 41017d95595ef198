"""How likely a transformers model finds given tokens: one pass over prompt and reply, nothing generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.generate.transformers.loader import LoadedModel


def reply_logits(loaded: LoadedModel, prompt: Sequence[int], reply: Sequence[int]) -> Any:
    """Return the scores with which a model chose among its tokens at each place of a reply.

    Returns:
        A float32 tensor of shape (tokens of the reply, vocabulary), before softmax.
    """
    import torch

    model: Any = loaded.model
    if loaded.encoder_decoder:
        ids = torch.tensor([list(prompt)], device=model.device)
        labels = torch.tensor([list(reply)], device=model.device)
        return model(input_ids=ids, labels=labels).logits[0].float()
    ids = torch.tensor([[*prompt, *reply]], device=model.device)
    # Each place's scores are for the token behind it, so the reply's begin at the prompt's last place.
    return model(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()


def token_log_probabilities(loaded: LoadedModel, prompt: Sequence[int], reply: Sequence[int]) -> list[float]:
    """Return the log probability of each token of a reply, in nats."""
    import torch

    scores = torch.log_softmax(reply_logits(loaded, prompt, reply), dim=-1)
    chosen = torch.tensor(list(reply), device=scores.device)
    return scores.gather(1, chosen[:, None])[:, 0].tolist()


def likeliest(loaded: LoadedModel, prompt: Sequence[int], count: int, filler: int) -> list[dict[str, Any]]:
    """Return the likeliest first tokens of a reply as ``{"token", "logprob"}``, log probabilities in nats.

    Args:
        loaded: the model.
        prompt: token ids of the prompt.
        count: how many to return.
        filler: any token id; stands where the reply's first token would.
    """
    import torch

    scores = torch.log_softmax(reply_logits(loaded, prompt, [filler])[0], dim=-1)
    best = torch.topk(scores, min(count, scores.shape[0]))
    return [
        {"token": loaded.tokenizer.decode([token]), "logprob": value}
        for token, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]
