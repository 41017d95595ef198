"""The example package of docs/extending.md, installed as pip leaves one, passes the suites as the page writes them."""

from __future__ import annotations

import os
import subprocess
import sys

from docs_blocks import ROOT, blocks

PAGE = ROOT / "docs" / "extending.md"
METADATA = "Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n"


def page_block(begins):
    return next("\n".join(block.lines) + "\n" for block in blocks(PAGE) if any(begins in line for line in block.lines))


def entry_points():
    """The page's tables for pyproject.toml in the form they have once installed."""
    text = page_block('entry-points."ragkit.loaders"') + page_block('entry-points."ragkit.splitters"')
    return text.replace('project.entry-points."', "").replace('"]', "]").replace('"', "")


def test_the_example_package_passes_the_suites_once_it_is_installed(tmp_path):
    files = {
        "my_package/__init__.py": "",
        "my_package/tides.py": page_block("def read(raw: RawFile)"),
        "my_package/lines.py": page_block("class LineSplitter"),
        "my_package-1.0.dist-info/METADATA": METADATA,
        "my_package-1.0.dist-info/entry_points.txt": entry_points(),
        "test_tides.py": "from my_package.tides import MAGIC, TIDES\n"
        + page_block("class TestTides")
        + "\n\nclass TestInstalled(TestTides):\n    @pytest.fixture\n    def formats(self):\n        return {}\n",
        "test_lines.py": "import pytest\nfrom ragkit.split import load_splitter\n"
        + page_block("class TestLines").replace(
            "return LineSplitter", 'return lambda tokenizer: load_splitter("lines", tokenizer)'
        ),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "TestInstalled" not in ran.stdout
    assert int(ran.stdout.rpartition(" passed")[0].rpartition("\n")[2]) > 30
