"""Examples of praise and blame, written for ragkit, for classifying the sentiment of a text."""

from __future__ import annotations

from ragkit.core.types import Example

TASK = "Tell whether the text speaks well (positive) or badly (negative) of what it is about."

_POSITIVE = (
    "a warm and clever film that earns every one of its tears",
    "The room was spotless and the staff could not have been kinder.",
    "i laughed from the first scene to the last",
    "not a dull moment, and the ending is perfect",
    "It costs little, works every time and looks good on the desk.",
    "the actors lift an ordinary script into something quite moving",
    "Better than I dared to hope.",
    "a thoughtful, beautifully shot story about growing old",
)
_NEGATIVE = (
    "a long, loud mess without a single idea of its own",
    "The soup was cold and nobody said sorry.",
    "you will look at your watch before the first hour is over",
    "what could have been funny is merely tiresome",
    "It broke after a week, and the seller does not answer.",
    "the good cast is wasted on lines that no one would ever say",
    "I wish I had my money back.",
    "pretty pictures cannot hide how empty it all is",
)
# In turn, so that any first few of them are balanced.
EXAMPLES = tuple(
    example
    for praise, blame in zip(_POSITIVE, _NEGATIVE, strict=True)
    for example in (Example(praise, "positive"), Example(blame, "negative"))
)
