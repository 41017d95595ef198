"""What a result says it took is what was spent: calls before, between and after the one that writes it included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from pydantic import BaseModel

from ragkit import Index, chains
from ragkit.chains import Conversation, Turn
from ragkit.core.types import Example
from ragkit.generate.generator import Generator
from ragkit.generate.usage.meter import Meter
from ragkit.generate.usage.prices import Prices
from ragkit.testing import ScriptedChat

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

TURN = Turn("How many days of parental leave are there?", "There are 80 days of parental leave for each parent.")
TABLE = "| Boat | Catch |\n| --- | --- |\n| Fulmar | 12 |\n| Skua | 7 |"


class Voyage(BaseModel):
    ship: str
    days: int | None = None


def _made(name: str, chat: ScriptedChat, handbook: Index) -> tuple[Runnable[Any, Any], Any]:
    generator, index = Generator("", chat), Index(handbook.folder, model=chat)
    examples = [Example("one", "1"), Example("two", "2")]
    text = Document("The Fulmar sailed for 12 days. It rained.", metadata={"source": "log.txt"})
    made: dict[str, tuple[Any, Any]] = {
        "answer": (index.chain(), "How many days of parental leave are there?"),
        "chat": (index.chat(), Conversation("Can it be taken in blocks?", [TURN] * 3)),
        "multi_hop": (chains.multi_hop(index), "How many days of parental leave are there, and who grants it?"),
        "write": (chains.write(index), "# Leave\n## How many days of parental leave are there?\n"),
        "code": (index.code(mode="write"), "Write a function about parental leave."),
        "few_shot": (chains.few_shot(examples, generator), "three"),
        "classify": (chains.classify(None, examples, generator, mode="constrained"), "three"),
        "table": (chains.table(Document(TABLE), generator, mode="model"), "What is the total catch?"),
        "extract": (chains.extract(Voyage, generator), text),
        "translate": (chains.translate("German", generator), "The NATO sails at 12.\n\nIt costs 80 euros."),
        "math": (chains.math(generator), "How much is 40 times 6?"),
        "summarize": (chains.summarize(generator, method="map_reduce"), text),
    }
    return made[name]


NAMES = "answer chat multi_hop write code few_shot classify table extract translate math summarize".split()


@pytest.mark.parametrize("name", NAMES)
def test_results_tell_all_that_was_spent(name: str, handbook: Index):
    reply = "{}" if name == "extract" else "There are 80 days of parental leave for each parent. [1]"
    chat = ScriptedChat(replies=[reply], counts=True)
    chain, given = _made(name, chat, handbook)
    meter = Meter("", Prices("EUR", {}))
    usage = chain.invoke(given, {"callbacks": [meter]}).usage
    assert meter.spent.calls == len(chat.asked) > 0
    assert (usage["input_tokens"], usage["output_tokens"]) == (meter.spent.input_tokens, meter.spent.output_tokens)
