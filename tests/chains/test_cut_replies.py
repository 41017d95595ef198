"""What chains do with replies as servers send them: reasoning before the text, half replies, nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from pydantic import BaseModel, Field

from ragkit import Index, chains
from ragkit.chains import Conversation, Turn
from ragkit.core.errors import GenerationError
from ragkit.testing import ReplyServer, ScriptedChat, ServerReply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BREAD = """# Bakery

The rye loaf costs 4.20 euros and weighs 750 grams. The seed loaf costs 5.10 euros.

The bakery opens at 6 in the morning and closes at 14:30 on weekdays.

The oven was inspected on 22 August 2023 by Nordic Heat AB, who found no defects.

Maria Gonzalez Ortiz is the head of the bakery. Henrik Dahl retired in 2021.
"""
DOCUMENT = Document(BREAD, metadata={"source": "bread.md"})
THOUGHT = (
    "Okay, the user asks what the rye loaf costs. The seed loaf costs 5.10 euros. The bakery opens at 6 in the morning "
    "and closes at 14:30 on weekdays. Hmm, that is not it.\n</think>\n\n"
)
QUESTION = "What does the rye loaf cost?"
CLOSES = "When does the bakery close on weekdays?"
ENDS = pytest.mark.parametrize(
    ("finish", "words"), [("length", "length"), ("content_filter", "filter"), ("error", "error")]
)


class Form(BaseModel):
    head: str = Field(description="name of the head of the bakery")


@pytest.fixture(scope="module")
def server() -> Iterator[ReplyServer]:
    with ReplyServer() as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bakery")
    (place / "bread.md").write_text(BREAD)
    Index(place / "index").sync(place / "bread.md")
    return place / "index"


def asked(server: ReplyServer, folder: Path, question: str, *replies: ServerReply | str, **options: Any) -> Any:
    server.reply(*replies)
    return Index(folder, model=server.spec(options.pop("model", "some-instruct"))).ask(
        question, mode="answer", threshold=0.0, **options
    )


# -- reasoning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", ["<think>\n", ""], ids=["both tags", "the closing tag alone"])
@pytest.mark.parametrize("model", ["some-instruct", "deepseek-r1"])
def test_what_a_model_considered_is_no_answer(server: ReplyServer, folder: Path, begin: str, model: str):
    answer = asked(server, folder, QUESTION, f"{begin}{THOUGHT}The rye loaf costs 4.20 euros [1].", model=model)
    assert answer.text == "The rye loaf costs 4.20 euros. [1]"
    assert len(server.seen) == 1  # nothing to be put right


def test_nor_is_it_where_the_answer_streams(server: ReplyServer, folder: Path):
    server.reply(f"{THOUGHT}The rye loaf costs 4.20 euros [1].")
    chain = Index(folder, model=server.spec("deepseek-r1")).chain(mode="answer", threshold=0.0)
    assert "".join(part.text for part in chain.stream(QUESTION)) == "The rye loaf costs 4.20 euros. [1]"


def test_reasoning_is_in_no_result_of_any_chain(server: ReplyServer):
    model = server.spec()
    server.reply(
        "<think>The oven was inspected on 22 August 2023 by Nordic Heat AB.</think>\nThe rye loaf costs 4.20 euros."
    )
    assert "oven" not in chains.summarize(model=model).invoke(DOCUMENT).text
    server.reply("<think>It could be positive or neutral.</think>\n\nnegative")
    assert chains.classify(["positive", "negative", "neutral"], model=model).invoke("Never again.").label == "negative"
    server.reply("<think>ok</think>\nLe navire part à midi.")
    assert chains.translate("French", model=model).invoke("The ship sails at noon.").text == "Le navire part à midi."
    server.reply("<think>ok</think>\nDone.")
    assert chains.few_shot(instruction="Do it.", model=model).invoke("x").text == "Done."
    server.reply('<think>{"head": {"source": 1, "value": "Henrik Dahl"}}? He retired.</think>\n'
                 '{"head": {"source": 1, "value": "Maria Gonzalez Ortiz"}}')  # fmt: skip
    assert chains.extract(Form, model=model).invoke(DOCUMENT).values == {"head": "Maria Gonzalez Ortiz"}
    server.reply("<think>3 * 4 = 13</think>\n3 * 4 = 12\nAnswer: 12")
    assert chains.math(model=model).invoke("What are 3 times 4?").problems == ()


def test_reasoning_is_no_text_for_grounding_in_somebody_elses_chain(folder: Path):
    index = Index(folder)
    chat = ScriptedChat(replies=["<think>The seed loaf costs 5.10 euros.</think>The rye loaf costs 4.20 euros. [1]"])
    chain = index.retriever() | index.prompt() | chat | index.grounding(threshold=0.0)
    assert "5.10" not in chain.invoke(QUESTION).text
    assert "".join(part.text for part in chain.stream(QUESTION)) == chain.invoke(QUESTION).text


# -- half replies ----------------------------------------------------------------------------------------------------


@ENDS
def test_half_a_sentence_is_no_part_of_an_answer(server: ReplyServer, folder: Path, finish: str, words: str):
    reply = ServerReply("The rye loaf costs 4.20 euros [1]. The bakery opens at 6 and closes at 14", finish)
    answer = asked(server, folder, f"{QUESTION} {CLOSES}", reply)
    assert answer.text == "The rye loaf costs 4.20 euros. [1]"
    assert words in answer.reason


@ENDS
def test_where_nothing_else_was_said_the_sources_are_quoted(server: ReplyServer, folder: Path, finish: str, words: str):
    answer = asked(server, folder, CLOSES, ServerReply("The bakery opens at 6 in the morning and closes at 14", finish))
    assert "14:30" in answer.text
    assert words in answer.reason


def test_a_whole_reply_has_no_such_reason(server: ReplyServer, folder: Path):
    assert asked(server, folder, QUESTION, "The rye loaf costs 4.20 euros [1].").reason == ""


@ENDS
def test_half_a_summary_says_so(server: ReplyServer, finish: str, words: str):
    server.reply(
        ServerReply("The rye loaf costs 4.20 euros. The oven was inspected by Nordic Heat AB, who found no", finish)
    )
    summary = chains.summarize(model=server.spec()).invoke(DOCUMENT)
    assert "oven" not in summary.text
    assert words in summary.reason


@ENDS
def test_half_a_text_is_told_as_a_problem(server: ReplyServer, finish: str, words: str):
    text = "The ship sails at noon, and returns before the evening tide."
    server.reply(ServerReply("Le navire part", finish))
    made = chains.translate("French", model=server.spec()).invoke(text)
    assert len(server.seen) == 2  # asked once more
    for problems in (
        made.problems,
        chains.rewrite("Plain words.", model=server.spec()).invoke(text).problems,
        chains.few_shot(instruction="Write.", model=server.spec()).invoke("x").problems,
        chains.math(model=server.spec(), tries=1).invoke("What are 3 times 4?").problems,
    ):
        assert words in " ".join(problems)


def test_a_text_that_is_whole_the_second_time_has_no_problem(server: ReplyServer):
    server.reply(ServerReply("Le navire", "length"), "Le navire part à midi.")
    made = chains.translate("French", model=server.spec()).invoke("The ship sails at noon.")
    assert (made.text, made.problems) == ("Le navire part à midi.", ())
    first, second = (each["max_completion_tokens"] for each in server.seen)
    assert second > first


def test_half_a_form_names_what_it_lacks(server: ReplyServer):
    class Longer(Form):
        opens: str = Field(description="when the bakery opens")

    server.reply(ServerReply('{"head": {"source": 1, "value": "Maria Gonzalez Ortiz"}, "ope', "length"))
    found = chains.extract(Longer, model=server.spec()).invoke(DOCUMENT)
    assert found.values == {"head": "Maria Gonzalez Ortiz", "opens": None}
    assert "length" in found.fields[1].reason


def test_a_label_that_never_comes_is_an_error_that_says_why(server: ReplyServer):
    server.reply(ServerReply(None, "length"))
    with pytest.raises(GenerationError, match="longest length"):
        chains.classify(["good", "bad"], model=server.spec()).invoke("Never again.")


# -- facts that change on the way ------------------------------------------------------------------------------------


def test_a_number_or_name_that_the_text_has_not_is_a_problem(server: ReplyServer):
    server.reply("The 25th of January shall be paid out of the 20th.")
    text = "Pursuant to the aforementioned, remuneration shall be disbursed on the 25th."
    (problem,) = chains.rewrite("Plain words.", model=server.spec()).invoke(text).problems
    assert "20" in problem
    assert "January" in problem
    assert "January" in str(server.seen[1]["messages"][0])


def test_a_number_in_words_may_be_written_in_digits(server: ReplyServer):
    server.reply("Pay within 20 days.")
    assert chains.rewrite("Plain words.", model=server.spec()).invoke("Pay within twenty days.").problems == ()


def test_a_translation_in_the_language_of_the_text_is_a_problem(server: ReplyServer):
    server.reply("The ship leaves at 6.")
    (problem,) = chains.translate("French", model=server.spec()).invoke("The ship leaves at 6 tomorrow.").problems
    assert "language of the text" in problem


def test_a_model_known_to_follow_instructions_poorly_is_named_as_a_problem(models_dir: Path):
    found = next(iter(chains.rewrite("Plain words.", "SmolLM2-135M-Instruct-Q4_1").stream("Two.")))
    assert "follows instructions poorly" in found.problems[0]


# -- streams that fall back ------------------------------------------------------------------------------------------


async def test_a_stream_falls_back_while_nothing_was_said(server: ReplyServer, folder: Path):
    server.reply(ServerReply(status=500, body="{}"))
    index = Index(folder, model=server.spec("some-instruct", "&max_retries=0&timeout=63"))
    chain = index.chain(mode="answer", threshold=0.0).with_fallbacks([index.chain(mode="quote", threshold=0.0)])
    expected = chain.invoke(QUESTION).text
    assert "4.20" in expected
    assert "".join(part.text for part in chain.stream(QUESTION)) == expected
    assert "".join([part.text async for part in chain.astream(QUESTION)]) == expected
    write = chains.few_shot(instruction="Write.", model=index.model_spec)
    both = write.with_fallbacks([chains.few_shot(instruction="Write.", model=ScriptedChat(replies=["done"]))])
    assert "".join(part.text for part in both.stream("x")) == "done"


# -- conversations ---------------------------------------------------------------------------------------------------

LEAVE = Turn(QUESTION, "The rye loaf costs 4.20 euros and weighs 750 grams.")
FOLLOW = "Does it cost more than the seed loaf?"


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        ("Does the rye loaf cost more than the seed loaf?", True),
        ("<think>it = the rye loaf</think>\nDoes the rye loaf cost more than the seed loaf?", True),
        ("Does the rye loaf cost more than the seed loaf in Norway?", False),
        ("Does the wheat loaf cost more than the seed loaf?", False),
        ("No, the seed loaf costs more than the rye loaf.", False),
        (ServerReply("Does the rye loaf cost more than", "length"), False),
    ],
)
def test_a_rewriting_says_nothing_that_nobody_said_and_asks(
    server: ReplyServer, folder: Path, reply: ServerReply | str, taken: bool
):
    server.reply(reply)
    chain = Index(folder, model=server.spec()).chat(mode="answer")
    standalone = chain.standalone(Conversation(FOLLOW, [LEAVE]))
    assert (standalone == "Does the rye loaf cost more than the seed loaf?") is taken
    assert taken or standalone.startswith(FOLLOW)
