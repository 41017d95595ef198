"""docs/settings.md names every setting with its default."""

import json
import re
from pathlib import Path

import pytest
from docs_blocks import ROOT

from ragkit import Settings

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
IN_WORDS = {"limits", "models_dir"}  # their defaults are a class of its own, and a folder of the user


def test_every_setting_has_a_row_and_nothing_else_has():
    assert sorted(ROWS) == sorted(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - IN_WORDS))
def test_the_page_has_the_default_of_a_setting(name):
    default = Settings.model_fields[name].default
    if default is None:
        assert ROWS[name].partition(":")[0] == "none"
    else:
        shown = default.as_posix() if isinstance(default, Path) else default
        shown = shown if isinstance(shown, str) else json.dumps(shown)
        assert re.fullmatch(rf"`{re.escape(shown)}`(?:: .+)?", ROWS[name])
