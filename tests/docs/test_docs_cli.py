"""docs/cli.md names every command with all of its options, and none that is not there."""

import re

import pytest
import typer.main
from docs_blocks import ROOT

from ragkit.cli.app import make_app

TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def tree(command, name="ragkit"):
    """Every command below one, with its full name."""
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from tree(below, f"{name} {word}")


COMMANDS = dict(tree(typer.main.get_command(make_app())))


def section(name):
    found = re.search(rf"^#+ `{re.escape(name)}(?: [^`]*)?`\n(.*?)(?=^## |^### |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, f"docs/cli.md has no heading `{name}`"
    return found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described_and_no_other(name):
    real = {
        option
        for parameter in COMMANDS[name].params
        if parameter.param_type_name == "option"
        for option in parameter.opts
    }
    described = {
        option
        for row in re.findall(r"^\| (`-.*?) \|", section(name), re.MULTILINE)
        for option in re.findall(r"`(--?[a-z][a-z-]*)", row)
    }
    assert described == real


def test_every_heading_with_a_command_is_a_command():
    headings = re.findall(r"^#+ `(ragkit[^`]*)`", TEXT, re.MULTILINE)
    named = {" ".join(word for word in heading.split() if word.islower()) for heading in headings}
    assert named == set(COMMANDS)
