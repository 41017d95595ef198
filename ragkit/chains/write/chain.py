"""A document from an outline: each section found, written and cited by itself, the citations numbered through."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragkit.chains import events as steps
from ragkit.chains.base import PartsChain
from ragkit.core.errors import ConfigError
from ragkit.core.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.answer.chain import AnswerChain

NOTHING = "*The sources say nothing of this.*"
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_ITEM = re.compile(r"^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(.+)$")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of an outline.

    Attributes:
        title: its heading.
        level: of the heading, from 1.
        about: what it is to say; its heading where the outline says no more.
    """

    title: str
    level: int = 2
    about: str = ""

    @property
    def question(self) -> str:
        """The question to the sources."""
        return self.about or self.title


def outline(text: str) -> list[Section]:
    """Read an outline: Markdown headings with what each section is to say below, or a list, or a line for each.

    Raises:
        ConfigError: it is empty.
    """
    headed = any(_HEADING.match(line) for line in text.splitlines())
    out: list[Section] = []
    for line in text.splitlines():
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if not line.strip():
            continue
        if heading:
            out.append(Section(heading[2], len(heading[1])))
        elif headed and out:
            sentence = item[2] if item else line.strip()
            out[-1] = replace(out[-1], about=f"{out[-1].about} {sentence}".strip())
        elif item:
            out.append(Section(item[2].strip(), 2 + len(item[1].expandtabs(4)) // 2))
        else:
            out.append(Section(line.strip()))
    if not out:
        raise ConfigError("the outline is empty: give a heading for each section, or a line")
    return out


class WriteChain(PartsChain["str | Sequence[Section]", Answer]):
    """Writes a document from an outline; every sentence below a heading is grounded like one of an answer.

    A section of which the sources say nothing says so, and is named in the reason.

    Args:
        answering: answers what each section is to say.
    """

    def __init__(self, answering: AnswerChain) -> None:
        self.answering = answering

    def parts(self, given: str | Sequence[Section], config: RunnableConfig) -> Iterator[Answer]:
        """Write section after section."""
        started = time.perf_counter()
        sections = _sections(given)
        length, markers = 0, 0
        silent: list[str] = []
        for number, section in enumerate(sections):
            head = f"{'' if number == 0 else chr(10) * 2}{'#' * section.level} {section.title}"
            # A heading above others, with nothing of its own to say.
            deeper = number + 1 < len(sections) and sections[number + 1].level > section.level
            if deeper and not section.about:
                length += len(head)
                yield Answer(text=head)
                continue
            head += "\n\n"
            answer = self.answering.invoke(section.question, config)
            steps.tell([steps.stepped(number + 1, section.question, "", answer)], config)
            if answer.abstained:
                silent.append(section.title)
                part = Answer(text=head + NOTHING, usage=answer.usage)
            else:
                part = placed(answer, head, length, markers)
                markers += len({each.marker for each in answer.citations})
            length += len(part.text)
            yield part
        reason = f"the sources say nothing of: {'; '.join(silent)}" if silent else ""
        nothing = len(silent) == sum(1 for _ in sections)
        yield Answer(reason=reason, abstained=nothing, timings={"total": time.perf_counter() - started})


def _sections(plan: object) -> list[Section]:
    if isinstance(plan, str):
        return outline(plan)
    sections = list(plan) if isinstance(plan, Sequence) else []
    if sections and all(isinstance(each, str) for each in sections):
        return outline("\n".join(sections))
    if not sections or not all(isinstance(each, Section) for each in sections):
        raise ConfigError("an outline is a text, with a heading for each section or a line, or a list of sections")
    return sections


def placed(answer: Answer, head: str, before: int, markers: int) -> Answer:
    """Return an answer as a part of a longer text.

    Args:
        answer: the answer.
        head: what stands before it.
        before: characters of the text so far.
        markers: citations numbered so far.
    """
    # The answer's own markers " [1]" stand right behind each cited stretch; they are replaced by numbers of the
    # whole text, which may be longer, so every later offset moves.
    text, citations, shift = "", list(answer.citations), before + len(head)
    done, moved = 0, dict[int, int]()  # offsets in the answer to offsets in the text
    for end in sorted({each.answer_end for each in citations}):
        own = [each for each in citations if each.answer_end == end]
        shown = "".join(f" [{each.marker}]" for each in own)
        moved |= {each.answer_start: shift + len(text) + each.answer_start - done for each in own}
        text += answer.text[done:end]
        moved[end] = shift + len(text)
        text += "".join(f" [{each.marker + markers}]" for each in own)
        done = end + len(shown)
    tail = shift + len(text) - done  # what nothing supports stands behind everything that is cited
    text += answer.text[done:]
    return replace(
        answer,
        question="",
        text=head + text,
        citations=tuple(
            replace(
                each,
                marker=each.marker + markers,
                answer_start=moved[each.answer_start],
                answer_end=moved[each.answer_end],
            )
            for each in citations
        ),
        unsupported=tuple((tail + start, tail + end) for start, end in answer.unsupported),
        timings={},
        explain=None,
    )
