"""Evidence of an answer about code: parts quoted whole, prose held to their names, definitions that code uses."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragkit.chains.code.codebase import spelled
from ragkit.chains.code.names import PYTHON, defined_at_top, names, names_in_prose, use_of
from ragkit.core.types import Citation
from ragkit.text.sentences import sentences
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.chains.code.codebase import CodePart
    from ragkit.chains.code.names import CodeBlock

SUPPORTED = 0.6  # share of a sentence's words that one part must hold, where it names nothing of it


def quote_parts(found: Sequence[CodePart]) -> tuple[str, tuple[Citation, ...]]:
    """Quote the parts themselves, one below the other.

    Returns:
        The text, and a citation of each part.
    """
    text, citations = "", list[Citation]()
    for marker, part in enumerate(found, 1):
        head = f"{PurePath(part.document).name}{f', `{part.title}`' if part.title else ''} [{marker}]\n"
        fence = f"```{part.language}\n"
        start = len(text) + len(head) + len(fence)
        text += f"{head}{fence}{part.text}\n```\n\n"
        citations.append(_citation(part, marker, start, start + len(part.text)))
    return text.rstrip("\n"), tuple(citations)


def hold_prose(reply: str, shown: Sequence[CodePart]) -> tuple[str, tuple[Citation, ...], int]:
    """Keep the sentences of a reply that the parts support, each with the parts it is about.

    Returns:
        The text, its citations, and how many sentences were left out.
    """
    held = [
        names(each.text) | set(PurePath(each.document).with_suffix("").parts) | names(each.document) for each in shown
    ]
    words = [set(terms(spelled(each.text))) for each in shown]
    text, citations, dropped = "", list[Citation](), 0
    numbers: dict[int, int] = {}
    seen = set[str]()  # small models repeat themselves
    done = 0
    for start, end in sentences(reply):
        sentence = reply[start:end]
        about = _about(sentence, held, words)
        gap = reply[done:start]
        done = end
        if sentence.strip() in seen:
            continue
        seen.add(sentence.strip())
        if not about:
            dropped += 1
            continue
        text += (gap if text else "").replace("\t", " ")
        begins = len(text)
        text += sentence
        ends = len(text)
        for place in about:
            marker = numbers.setdefault(place, len(numbers) + 1)
            text += f" [{marker}]"
            citations.append(_citation(shown[place], marker, begins, ends))
    return text, tuple(citations), dropped


def _about(sentence: str, held: Sequence[set[str]], words: Sequence[set[str]]) -> list[int]:
    """Return the places of the parts that a sentence is about; none where it is not supported."""
    named = names_in_prose(sentence)
    own = set(terms(spelled(sentence)))
    if named:
        # Names decide: one name that no part has makes the sentence unsupported, whatever its other words are.
        everything = set[str]().union(*held)
        if not named <= everything:
            return []
        shares = [len(named & each) / len(named) for each in held]
        best = max(range(len(held)), key=lambda place: (shares[place], len(own & words[place])))
        # Greedy set cover: the best part first, then whichever holds most of the names that are left.
        left = named - held[best]
        out = [best]
        while left:
            place = max(range(len(held)), key=lambda each: len(left & held[each]))
            out.append(place)
            left -= held[place]
        return out
    if not own:
        return []
    # A sentence without names is compared by its words.
    best = max(range(len(words)), key=lambda place: len(own & words[place]))
    return [best] if len(own & words[best]) >= SUPPORTED * len(own) else []


def definitions_used(blocks: Sequence[CodeBlock], shown: Sequence[CodePart]) -> tuple[Citation, ...]:
    """Cite the definitions whose name the code uses, where it does so first; one that it writes itself is no use."""
    out: list[Citation] = []
    for part in shown:
        name = _defined(part.title)
        for block in blocks if name else ():
            found = use_of(name, block)
            if found is not None:
                start = block.start + found
                out.append(_citation(part, len(out) + 1, start, start + len(name)))
                break
    return tuple(out)


def misused(blocks: Sequence[CodeBlock], shown: Sequence[CodePart], asked: Container[str]) -> list[str]:
    """Return the problems of code that should use the definitions shown: use none of them, or write one again.

    Args:
        blocks: the code.
        shown: the definitions that it should use.
        asked: names that occur in the request; they may be written again.
    """
    defined = {_defined(part.title): part for part in shown if _defined(part.title)}
    own = {name for block in blocks if block.language in PYTHON for name in defined_at_top(block.code)}
    out = [
        f"`{name}` is there already, in {PurePath(part.document).name}: import it, do not write it again"
        for name, part in defined.items()
        if name in own and name not in asked
    ]
    if defined and not definitions_used(blocks, shown) and not own & set(defined):
        out.append(f"it uses nothing of the code base: use {', '.join(f'`{name}`' for name in defined)} where they fit")
    return out


def _defined(title: str) -> str:
    """Return the name that a definition's first line defines: the last word before its parameters or bases."""
    found = re.findall(r"[^\W\d]\w*", re.split(r"[(<:\[={]", title, maxsplit=1)[0])
    return found[-1] if found else ""


def _citation(part: CodePart, marker: int, start: int, end: int) -> Citation:
    return Citation(
        marker, start, end, part.document, None, part.start, part.end, part.text, 1.0, part.document_id, part.place
    )
