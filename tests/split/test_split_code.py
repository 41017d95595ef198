"""Source code: where its lines are cut, and what they stand in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from split_helpers import WordTokenizer

from ragkit.split import Splitter
from ragkit.split import syntax as tree
from ragkit.split.code import code_lines
from ragkit.split.syntax import GRAMMARS

PYTHON = '''
import os

# Opens the gangway.
@logged
def open_gangway(
    tide: float,
    crew: int,
) -> bool:
    """Open it."""
    if tide > 2.0:
        return False
    return crew > 1


class Winch:
    def pull(self, force):
        self.force = force
        self.start()

    def stop(self):
        self.force = 0
'''
JAVA = """
package ship;

/** A winch. */
public class Winch {
    private int force;

    // Pulls.
    public void pull(int force) {
        if (force > 0) {
            this.force = force;
        } else {
            stop();
        }
    }
}
"""
GO = """
package ship

// Pull pulls.
func Pull(force int) error {
	start()
	return nil
}

type Winch struct {
	force int
	max   int
}
"""
SAMPLES = [("python", PYTHON), ("java", JAVA), ("go", GO)]
CODE = st.text(st.sampled_from("ab(){}[]:;,=#@\"'\n\t /*.é日\u2028\r"), max_size=200)


@pytest.fixture(params=["syntax tree", "indentation"])
def way(request, monkeypatch):
    if request.param == "indentation":
        monkeypatch.setattr(tree, "_parser", lambda language: None)
    elif tree._parser("python") is None:
        pytest.skip("the grammars are not here: pip install 'ragkit[code]'")
    return request.param


def cuts(code, language, most):
    """The lines that no more than ``most`` constructs span at their start."""
    return [code[line.start : line.end] for line in code_lines(code, language) if not line.glued and line.depth <= most]


def levels(code, language):
    return {code[line.start : line.end]: line.level for line in code_lines(code, language)}


def source(code, language, size, most=80):
    document = Document(page_content=code, metadata={"source": "a", "media_type": f"text/x-{language}"})
    return Splitter(WordTokenizer(most), chunk_tokens=size).split(document)


def test_code_is_cut_before_definitions_and_what_annotates_them(way):
    assert cuts(PYTHON, "python", 0) == ["import os", "# Opens the gangway.", "class Winch:"]
    assert cuts(JAVA, "java", 0) == ["package ship;", "/** A winch. */"]
    assert cuts(GO, "go", 0) == ["package ship", "// Pull pulls.", "type Winch struct {"]


def test_methods_come_before_statements(way):
    assert "def stop(self):" in cuts(PYTHON, "python", 2)
    assert "self.start()" not in cuts(PYTHON, "python", 3)
    assert "// Pulls." in cuts(JAVA, "java", 2)


def test_a_line_knows_how_many_definitions_it_stands_in(way):
    assert levels(PYTHON, "python")["self.start()"] == 2
    assert levels(PYTHON, "python")["import os"] == 0
    assert levels(JAVA, "java")["// Pulls."] == 1
    assert levels(GO, "go")["type Winch struct {"] == 0


def test_bodies_and_branches_stay_with_what_opens_them(way):
    glued = {JAVA[line.start : line.end] for line in code_lines(JAVA, "java") if line.glued}
    assert {"private int force;", "if (force > 0) {", "} else {", "}"} <= glued


def test_a_signature_over_several_lines_is_one_title():
    if tree._parser("python") is None:
        pytest.skip("the grammars are not here: pip install 'ragkit[code]'")
    titles = [line.title for line in code_lines(PYTHON, "python") if line.title]
    assert titles == [
        "def open_gangway( tide: float, crew: int, ) -> bool",
        "class Winch",
        "def pull(self, force)",
        "def stop(self)",
    ]


def test_chunks_say_which_definition_they_stand_in(way):
    body = "\n".join(f"        self.part{number} = number{number}" for number in range(30))
    code = f"class Winch:\n    def build(self):\n{body}\n\n    def stop(self):\n{body.replace('part', 'stop')}\n"
    chunks = source(code, "python", 20)
    assert chunks[0].heading == ""
    assert {chunk.heading for chunk in chunks if chunk.text.startswith("self.part")} == {
        "class Winch > def build(self)"
    }
    assert {chunk.heading for chunk in chunks if chunk.text.startswith("self.stop")} == {"class Winch > def stop(self)"}
    assert {chunk.heading for chunk in chunks if chunk.text.startswith("def stop")} <= {"class Winch"}


def test_functions_that_fit_are_not_cut(way):
    code = "\n\n".join(f"def work{number}(a):\n    b = a + {number}\n    return b" for number in range(9))
    assert all(chunk.text.startswith("def ") for chunk in source(code, "python", 20))


def test_keys_of_yaml_stand_above_what_they_hold():
    code = "server:\n  ports:\n" + "\n".join(f"    - number: {number}" for number in range(20))
    document = Document(page_content=code, metadata={"source": "a", "media_type": "text/yaml"})
    chunks = Splitter(WordTokenizer(60), chunk_tokens=15).split(document)
    assert {chunk.heading for chunk in chunks[1:]} == {"server > ports"}


def test_fenced_code_in_markdown_is_cut_as_its_language_is(way):
    code = "\n\n".join(f"def work{number}(a):\n    b = a + {number}\n    return b" for number in range(9))
    document = Document(page_content=f"```python\n{code}\n```", metadata={"media_type": "text/markdown"})
    chunks = Splitter(WordTokenizer(80), chunk_tokens=20).split(document)
    assert [chunk.text[:4] for chunk in chunks[1:]] == ["def "] * (len(chunks) - 1)
    assert chunks[0].text.startswith("```python\ndef ")
    assert chunks[-1].text.endswith("return b\n```")


@pytest.mark.parametrize("language", sorted(GRAMMARS))
def test_every_grammar_is_there_and_reads_what_is_no_code(language):
    if tree._parser("python") is None:
        pytest.skip("the grammars are not here: pip install 'ragkit[code]'")
    assert tree._parser(language) is not None
    assert [line.start for line in code_lines("\n ((\n{é\n}}\n", language)] == [2, 5, 8]


@given(CODE, st.sampled_from(["", "yaml", "fortran", "python", "java", "c++", "shell"]))
def test_lines_hold_every_character_once(code, language):
    position = 0
    for line in code_lines(code, language):
        assert not code[position : line.start].strip()
        assert code[line.start : line.end] == code[line.start : line.end].strip() != ""
        position = line.end
    assert not code[position:].strip()


def test_code_nested_deeper_than_the_stack_is_read():
    for language, code in (("python", "(\n" * 5000), ("c", "{\n" * 5000), ("unknown", "x\n" + " {\n" * 5000)):
        assert len(code_lines(code, language)) >= 5000
