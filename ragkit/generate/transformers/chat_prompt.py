"""Chat messages to the token ids of a prompt: through a model's chat template, or as plain text without one."""

from __future__ import annotations

from typing import Any

from ragkit.core.errors import GenerationError

_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


def prompt_ids(tokenizer: Any, chat: list[dict[str, Any]], template: str | None = None) -> list[int]:
    """Turn messages into a prompt that ends where the answer begins.

    Args:
        tokenizer: a transformers tokenizer.
        chat: ``{"role", "content"}`` objects.
        template: Jinja template instead of the tokenizer's own.

    Raises:
        GenerationError: the model's template does not take this sequence of messages.
    """
    if not (template or tokenizer.chat_template):
        return tokenizer(plain_prompt(chat), verbose=False)["input_ids"]
    from jinja2 import TemplateError

    try:
        return _templated(tokenizer, chat, template)
    except TemplateError as error:
        # Some templates have no place for a system message; its words then open the first question.
        if chat and chat[0]["role"] == "system":
            try:
                return _templated(tokenizer, _without_system(chat), template)
            except TemplateError:
                pass
        raise GenerationError(f"the model's chat template refuses these messages: {error}") from error


def plain_prompt(chat: list[dict[str, Any]]) -> str:
    """Write messages for a model that was never taught to chat.

    Instructions and a question are left as they are, one paragraph each; as soon as there are turns of both sides, each
    gets its speaker's name, and the assistant's stands open at the end.
    """
    if all(message["role"] in ("system", "user") for message in chat):
        return "\n\n".join(message["content"] for message in chat)
    turns = [f"{_SPEAKERS.get(message['role'], 'User')}: {message['content']}" for message in chat]
    return "\n\n".join([*turns, f"{_SPEAKERS['assistant']}:"])


def _templated(tokenizer: Any, chat: list[dict[str, Any]], template: str | None) -> list[int]:
    encoded = tokenizer.apply_chat_template(
        chat, chat_template=template, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return encoded["input_ids"]


def _without_system(chat: list[dict[str, Any]]) -> list[dict[str, Any]]:
    system, first, *rest = [*chat, {"role": "user", "content": ""}][: max(len(chat), 2)]
    return [{**first, "content": f"{system['content']}\n\n{first['content']}".strip()}, *rest]
