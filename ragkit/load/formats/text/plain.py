"""Plain text, Markdown and source code: the decoded file as it is."""

from __future__ import annotations

import re

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, RawFile, plausible_title
from ragkit.load.encoding import decode, is_binary
from ragkit.load.formats.properties import properties

# YAML between lines of dashes, as static site generators write it; single fields are enough, so no parser is needed.
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(\S.*)$", re.MULTILINE)
_FRONT_FIELD = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*(\S.*)$", re.MULTILINE)
_FRONT_DATES = (("date", "created", "published"), ("modified", "updated", "lastmod", "last_modified"))
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_FIRST_HEADING = re.compile(r" {0,3}#[ \t]+(\S.*)")
_UNDERLINE = re.compile(r"^ {0,3}=+[ \t]*$")


def read(raw: RawFile) -> Content:
    """Read text of any encoding.

    Raises:
        LoadError: the bytes are no text (reason ``corrupt``).
    """
    if is_binary(raw.data):
        raise LoadError(raw.source, "corrupt", "holds binary data, no text: check what the file is")
    return Content((Part(decode(raw.data)),))


def read_markdown(raw: RawFile) -> Content:
    """Read Markdown; the title is the front matter's or else the first heading of level 1."""
    text = read(raw).parts[0].text
    title = plausible_title(markdown_title(text), raw.name)
    return Content((Part(text, title=title, metadata=_front_properties(text)),))


def _front_properties(text: str) -> dict[str, str]:
    """Author and dates in the front matter."""
    front = _FRONT_MATTER.match(text)
    if front is None:
        return {}
    found = {key.lower(): value.rstrip().strip("\"'") for key, value in _FRONT_FIELD.findall(front[1])}
    created, modified = (next((found[key] for key in keys if key in found), "") for keys in _FRONT_DATES)
    return properties(author=found.get("author", "").strip("[]"), created=created, modified=modified)


def markdown_title(text: str) -> str:
    """Find a Markdown document's title; empty when it has none."""
    front = _FRONT_MATTER.match(text)
    if front:
        named = _FRONT_TITLE.search(front[1])
        if named:
            return named[1].rstrip().strip("\"'")
        text = text[front.end() :]
    # The first heading of level 1 in the first 200 lines, outside of code fences, which may hold shell comments.
    fence, previous = "", ""
    for line in text.splitlines()[:200]:
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            heading = _FIRST_HEADING.match(line)
            if heading:
                return _without_closing(heading[1].rstrip())
            if _UNDERLINE.match(line) and previous.strip():
                return previous.strip()
        previous = line
    return ""


def _without_closing(heading: str) -> str:
    """Take off the closing ``#`` signs that a heading may have; ``C#`` has none."""
    text = heading.rstrip("#")
    return text.rstrip() if not text or text[-1] in " \t" else heading
