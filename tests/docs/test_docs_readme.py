"""The README's first transcript is that of `make demo`."""

import re
import shlex

from docs_blocks import ROOT, blocks

README = ROOT / "README.md"


def test_the_transcript_shows_the_commands_of_the_demo_in_their_order():
    script = (ROOT / "demo.sh").read_text(encoding="utf-8")
    demo = [("ragkit", *shlex.split(line)) for line in re.findall(r"^run (.+)$", script, re.MULTILINE)]
    block = next(block for block in blocks(README) if block.lines[0] == "$ make demo")
    assert [command.words for command in block.commands() if command.words[0] == "ragkit"] == demo


def test_the_two_commands_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^(?:    |\$ )make (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_six_lines_are_six():
    first = next(block for block in blocks(README) if block.language == "python")
    assert first.lines[0] == "from ragkit import Index"
    assert len(first.lines) <= 6
