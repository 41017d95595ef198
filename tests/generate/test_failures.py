"""Client libraries' errors as ragkit's own."""

from __future__ import annotations

import pytest

from ragkit.core.errors import ContextOverflow, GenerationError, ModelError
from ragkit.generate import generation_error, provider_errors


class StatusError(Exception):
    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.status_code = status_code


class APITimeoutError(Exception):
    pass


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_statuses_that_pass_by_themselves_are_retryable(status: int) -> None:
    assert generation_error(StatusError("busy", status), "openai:any").retryable


@pytest.mark.parametrize(("status", "advice"), [(400, "correct"), (401, "key"), (403, "key"), (404, "name")])
def test_statuses_that_stay_are_not_retryable_and_say_what_to_do(status: int, advice: str) -> None:
    error = generation_error(StatusError("no", status), "openai:any")
    assert not error.retryable
    assert advice in str(error)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError("reset"), APITimeoutError("slow")])
def test_connections_and_timeouts_are_retryable(error: Exception) -> None:
    assert generation_error(error, "openai:any").retryable


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages)",
        "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
    ],
)
def test_a_prompt_that_is_too_long_is_an_overflow_in_anybodys_words(message: str) -> None:
    error = generation_error(StatusError(message, 400), "openai:any")
    assert isinstance(error, ContextOverflow)
    assert (error.needed, error.limit) == (9000, 8192)


def test_the_model_and_the_cause_are_named() -> None:
    with (
        pytest.raises(GenerationError, match=r"groq:any failed \(ValueError: odd\)") as caught,
        provider_errors("groq:any"),
    ):
        raise ValueError("odd")
    assert isinstance(caught.value.__cause__, ValueError)


def test_ragkits_own_errors_pass_unchanged() -> None:
    own = ModelError("mine")
    with pytest.raises(ModelError) as caught, provider_errors("openai:any"):
        raise own
    assert caught.value is own


def test_an_interrupt_is_no_failure() -> None:
    with pytest.raises(KeyboardInterrupt), provider_errors("openai:any"):
        raise KeyboardInterrupt
