"""Put what the examples really print into README.md and docs/: `python tests/docs/refresh.py [PAGE...]`.

Blocks with a line `...` are left as they are, and so are outputs that still agree.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from docs_blocks import PAGES, ROOT
from docs_running import Outcome, index_once, problems, run_page, same_output


def replace_output(lines: list[str], outcome: Outcome) -> None:
    """Replace the lines that the page shows below a command, or in the text block of a Python example."""
    output = list(outcome.output)
    while output and not output[-1]:
        output.pop()
    start = outcome.shown - 1
    end = start + len(outcome.expected or ())
    lines[start:end] = [*output, ""] if lines[end].startswith("$ ") else output


def refresh(page: Path, workspace: Path, printed: str) -> int:
    """Run a page; write it anew where an output changed. Returns the number of outputs changed."""
    lines = page.read_text(encoding="utf-8").splitlines()
    changed = 0
    outcomes = list(run_page(page, workspace, printed))
    for outcome in reversed(outcomes):
        keep = outcome.expected is None or "..." in outcome.expected
        if outcome.code != outcome.block.exit_code:
            sys.stderr.write("\n".join(problems(outcome)) + "\n")
        elif not keep and not same_output(outcome.expected, outcome.output):
            before = list(lines)
            replace_output(lines, outcome)
            changed += lines != before
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return changed


def main() -> None:
    pages = [Path(name).resolve() for name in sys.argv[1:]] or list(PAGES)
    workspace = Path(tempfile.mkdtemp(prefix="ragkit-docs-"))
    shutil.copytree(ROOT / "corpora" / "handbook", workspace / "corpora" / "handbook")
    os.chdir(workspace)
    try:
        printed = index_once()
        for page in pages:
            shutil.copytree("pristine", "handbook.index")
            sys.stdout.write(f"{page.name}: {refresh(page, workspace, printed)} outputs changed\n")
            for entry in workspace.iterdir():
                if entry.name not in ("corpora", "pristine"):
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    finally:
        os.chdir(ROOT)
        shutil.rmtree(workspace)


if __name__ == "__main__":
    main()
