import pytest
from docs_blocks import PAGES, blocks
from docs_running import first_missing, problems, run_page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_runs_and_prints_what_the_page_shows(page, workspace, prepared):
    outcomes = list(run_page(page, workspace, prepared[1]))
    assert not [problem for outcome in outcomes for problem in problems(outcome)]
    printed = {}
    for outcome in outcomes:
        printed.setdefault(outcome.block.line, []).extend(outcome.output)
    for block in blocks(page):
        for wanted in block.contains:
            assert wanted in "\n".join(printed[block.line]), f"{page.name}:{block.line} no longer prints {wanted!r}"


def test_a_line_that_is_not_printed_is_found():
    assert first_missing(["one", "...", "3.5 s"], ["one", "two", "4.1 s"]) is None
    assert first_missing(["one", "two"], ["two", "one"]) == "two"
    assert first_missing(["page 2"], ["page 3"]) == "page 2"
