"""What is said without documents: of ragkit itself, and of what is indexed."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ragkit.core.types import Answer

if TYPE_CHECKING:
    from ragkit.chains.route.holdings import Holdings

FORMATS = "PDF, Word, Excel, PowerPoint, OpenDocument, HTML, Markdown, text, CSV, JSON, e-mail, EPUB, archives, code"


def about_itself(question: str, holdings: Holdings, name: str, model: str, *, small_talk: bool) -> Answer:
    """Return what is known without a search.

    Args:
        question: what was said.
        holdings: what the index holds.
        name: of the index: its folder.
        model: spec of the generator; empty without one.
        small_talk: whether nothing was asked.
    """
    titled = holdings.titled()
    count = len(titled)
    many = "many documents" if not count else f"{count} {'document' if count == 1 else 'documents'}"
    first = f"I am ragkit: I answer questions from {many} in {name}, each sentence with its quote."
    if small_talk:
        return Answer(question, f"{first} Ask about what they say.", route="talk")
    kinds = Counter(PurePosixPath(each.source).suffix.lstrip(".").casefold() or "other" for each in titled)
    lines = [first]
    if kinds:
        lines.append(f"- indexed: {', '.join(f'{number} {kind}' for kind, number in kinds.most_common())}")
    lines += [
        f"- formats read: {FORMATS}",
        f"- generator: {model or 'none, the sentences themselves are quoted'}; embedder and index are on this machine",
        "- add or update files: `ragkit index PATH`; remove: `ragkit remove PATH`; which there are: `ragkit status`",
        "- without an answer in the documents, I say so",
    ]
    return Answer(question, "\n".join(lines), route="talk")
