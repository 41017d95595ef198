"""How the code is built: sizes, names, single-use bases, and the way of one question: `python benchmarks/structure.py`.

`--root` names another tree of ragkit, so that two can be compared; `--ask INDEX` also answers a question over that
index with the tree's own code and counts modules and stages. `tests/test_structure.py` holds what must stay.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import inspect
import io
import json
import os
import re
import subprocess
import sys
import threading
import tokenize
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

HERE = Path(__file__).resolve().parents[1]
STAGES = ("load", "split", "embed", "store", "retrieve", "prompt", "generate", "ground")  # in the order of the data
WORD_LISTS = Path("tests", "text", "rules", "test_no_word_lists.py")
SAME_NAME = {"__init__", "__main__", "chain", "prompt", "options", "result"}  # files that every package or chain has
WARM_UP = "Who approves travel expenses?"
QUESTION = "How many days of parental leave are there?"


# -- what stands in the files ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Module:
    """One Python file of ragkit; ``name`` is dotted, that of a package is its folder's."""

    name: str
    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.source)

    @cached_property
    def lines(self) -> int:
        """Lines of the file, all kinds."""
        return len(self.source.splitlines())

    @cached_property
    def comments(self) -> set[int]:
        """Lines that hold a comment and nothing else."""
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        return {each.start[0] for each in tokens if each.type == tokenize.COMMENT and each.line.strip().startswith("#")}

    @cached_property
    def docstrings(self) -> set[int]:
        """Lines of docstrings."""
        found: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0] if node.body else None
                held = first.value if isinstance(first, ast.Expr) else None
                if first and isinstance(held, ast.Constant) and isinstance(held.value, str):
                    found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        return found

    @cached_property
    def code(self) -> int:
        """Lines that are no blank, no comment and no docstring."""
        blank = {number for number, line in enumerate(self.source.splitlines(), 1) if not line.strip()}
        return self.lines - len(blank | self.comments | self.docstrings)

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Qualified name of each class, inner ones included, to its node."""
        found: dict[str, ast.ClassDef] = {}

        def descend(node: ast.AST, prefix: str) -> None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    if isinstance(child, ast.ClassDef):
                        found[prefix + child.name] = child
                    descend(child, f"{prefix}{child.name}.")
                else:
                    descend(child, prefix)

        descend(self.tree, "")
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """Each imported name to what it stands for, dotted."""
        package = self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update({each.asname: each.name for each in node.names if each.asname})
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                origin = ".".join([*above, *([node.module] if node.module else [])])
                found.update({each.asname or each.name: f"{origin}.{each.name}" for each in node.names})
        return found


def modules_of(root: Path, package: str = "ragkit") -> list[Module]:
    """Read every Python file of the package that lies in ``root``."""
    found: list[Module] = []
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, path.read_text(encoding="utf-8")))
    return found


def folders(modules: Iterable[Module]) -> Counter[Path]:
    """Count the modules of each folder, its ``__init__`` among them."""
    return Counter(each.path.parent for each in modules)


def dotted(node: ast.expr) -> str:
    """Write a base as its dotted name, without what stands in brackets."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


class Bases:
    """Which class of ours derives from which, over all modules."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = {each.name: each for each in modules}
        self.bases: dict[str, list[str]] = {
            f"{module.name}:{name}": [self._find(module, dotted(base)) for base in node.bases]
            for module in self._modules.values()
            for name, node in module.classes.items()
        }

    def _find(self, module: Module, name: str, seen: frozenset[str] = frozenset()) -> str:
        """Follow a name to the class of ours that it stands for; a name that is not ours comes back as it is."""
        head, _, rest = name.partition(".")
        inner = [each for each in module.classes if name in (each, each.rpartition(".")[2])]
        if inner:
            return f"{module.name}:{min(inner, key=len)}"
        target = module.imports.get(head, head) + (f".{rest}" if rest else "")
        parts = target.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            owner = self._modules.get(".".join(parts[:cut]))
            if owner is not None and target not in seen:
                return self._find(owner, ".".join(parts[cut:]), seen | {target})
        return target

    def _derives(self, name: str, wanted: str) -> bool:
        """Whether a class is a Protocol (at first hand) or an exception (at any)."""
        for base in self.bases.get(name, ()):
            last = base.rpartition(".")[2]
            if wanted == "Protocol":
                if last == "Protocol":
                    return True
                continue
            known = getattr(builtins, last, None)
            if isinstance(known, type) and issubclass(known, BaseException):
                return True
            if ":" not in base and last.endswith(("Error", "Exception", "Warning")):
                return True
            if base != name and self._derives(base, wanted):
                return True
        return False

    def used_once(self) -> list[tuple[str, str]]:
        """Return (base, its one subclass) of ours, Protocols and exceptions left out."""
        below: defaultdict[str, list[str]] = defaultdict(list)
        for name, bases in self.bases.items():
            for base in bases:
                if base in self.bases and base != name:
                    below[base].append(name)
        return sorted(
            (base, derived[0])
            for base, derived in below.items()
            if len(derived) == 1 and not self._derives(base, "Protocol") and not self._derives(base, "exception")
        )


def class_names_twice(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Find class names that stand in more than one place, with the modules."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        for name in module.classes:
            places[name.rpartition(".")[2]].append(module.name)
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def file_names_twice(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Find file names that stand in more than one folder, but for those that every package or chain has."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        if module.path.stem not in SAME_NAME:
            places[module.path.stem].append(module.name)
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def cached_settings(modules: Iterable[Module]) -> list[str]:
    """Find settings that are read once for the whole process: by a cached function, or when a module is imported."""
    found: list[str] = []
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if any(_is_cache(each) for each in node.decorator_list) and _reads_settings(node):
                    found.append(f"{module.name}:{node.lineno}")
            elif isinstance(node, ast.Call) and (_is_cache(node.func) and any(map(_reads_settings, node.args))):
                found.append(f"{module.name}:{node.lineno}")
        for node in module.tree.body:
            made = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if isinstance(made, ast.Call) and dotted(made.func).rpartition(".")[2] in ("Settings", "load_settings"):
                found.append(f"{module.name}:{node.lineno}")
    return sorted(set(found))


def _is_cache(node: ast.expr) -> bool:
    return dotted(node).rpartition(".")[2] in ("cache", "lru_cache")


def _reads_settings(node: ast.AST) -> bool:
    names = (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
    return any(name in ("Settings", "load_settings") for name in names)


def language_patterns(root: Path, modules: Iterable[Module]) -> list[str] | None:
    """Find patterns and lists of words of a language outside ``text/rules``; None where the check is not there.

    The check of this tree is used for the other one too. What it leaves out by path (words of programming languages,
    keys of formats) it leaves out only where the other tree has the same paths.
    """
    path = HERE / WORD_LISTS
    spec = spec_from_file_location("no_word_lists", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        return None
    sys.path.insert(0, str(HERE))  # the check reads function words of the ragkit that it belongs to
    try:
        check = module_from_spec(spec)
        spec.loader.exec_module(check)
    except ImportError:
        return None
    finally:
        sys.path.remove(str(HERE))
    package, found = root / "ragkit", list[str]()
    for module in modules:
        place = module.path.relative_to(package)
        if place.parts[:2] == ("text", "rules") or place.as_posix() in check.NO_LANGUAGE:
            continue
        found += [
            f"{place.as_posix()}:{line}"
            for line, text in check.constants(module.tree)
            if len(check.words_of(text)) > check.MOST
        ]
    return found


def percentile(values: Iterable[int], share: float) -> int:
    """Return the value at a share of the sorted ones, one that was counted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def function_lengths(modules: Iterable[Module]) -> list[int]:
    """Count the lines of each function, from ``def`` to its end."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def compiled(modules: Iterable[Module]) -> int:
    """Count the calls of ``re.compile``."""
    calls = (node for each in modules for node in ast.walk(each.tree) if isinstance(node, ast.Call))
    return sum(dotted(call.func) in ("re.compile", "regex.compile") for call in calls)


# -- the way of one question -------------------------------------------------------------------------------------


class Calls:
    """The functions of ragkit in the order in which they were called, as ``module:function``."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.recording = False

    def __call__(self, frame: Any, event: str, _argument: object) -> None:
        """Take a profile event; bodies of modules and classes, which run when they are imported, are no calls."""
        if not self.recording or event != "call":
            return
        name = frame.f_globals.get("__name__", "")
        function = frame.f_code.co_flags & inspect.CO_OPTIMIZED
        if function and (name == "ragkit" or name.startswith("ragkit.")):
            self.names.append(f"{name}:{frame.f_code.co_qualname}")


@contextmanager
def profiled() -> Generator[Calls]:
    """Profile this thread and those that are started inside; nothing is recorded before ``recording`` is set."""
    calls = Calls()
    before = sys.getprofile()
    threading.setprofile(calls)
    sys.setprofile(calls)
    try:
        yield calls
    finally:
        calls.recording = False
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]


def record_ask(index: Any, *, warm_up: str = WARM_UP, question: str = QUESTION, **options: Any) -> list[str]:
    """Ask twice, and return ``module:function`` of each call of the second question, in order.

    A generator that goes on counts as a call: control goes back to its stage.
    """
    with profiled() as calls:
        index.ask(warm_up, **options)
        calls.recording = True
        index.ask(question, **options)
    return calls.names


def way_of(calls: Iterable[str], store: str = "store") -> list[tuple[str, str]]:
    """Reduce calls to (stage, first call in it), repeats joined; ``store`` is what the tree calls that stage."""
    names = {stage: stage for stage in STAGES} | {store: "store"}
    found: list[tuple[str, str]] = []
    for call in calls:
        stage = names.get(call.partition(":")[0].split(".")[1] if call.startswith("ragkit.") else "")
        if stage and (not found or found[-1][0] != stage):
            found.append((stage, call))
    return found


def returns(way: Sequence[tuple[str, str]]) -> list[str]:
    """Return the calls that went from a stage to an earlier one."""
    order = STAGES.index
    return [call for (before, _), (stage, call) in pairwise(way) if order(stage) < order(before)]


def ask_figures(root: Path, index: Path, mode: str) -> dict[str, Any]:
    """Answer a question in a fresh process with the code of ``root``."""
    code = (
        "import json, sys; from structure import record_ask; from ragkit import Index; "
        "calls = record_ask(Index(sys.argv[1]), mode=sys.argv[2]); print('\\n' + json.dumps(calls))"
    )
    paths = os.pathsep.join([str(root.resolve()), str(Path(__file__).resolve().parent)])
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code, str(index), mode],  # -P: not the ragkit of the folder it is run in
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(f"the question was not answered: {ran.stderr.strip().splitlines()[-1]}")
    calls: list[str] = json.loads(ran.stdout.strip().splitlines()[-1])
    # A folder `index` was the store before it was called so; the module `index` of later trees is no stage.
    way = way_of(calls, "store" if (root / "ragkit" / "store").is_dir() else "index")
    crossed = sorted({call.partition(":")[0] for call in calls})
    back = returns(way)
    return {
        "mode": mode,
        "modules": len(crossed),
        "returns": len(back),
        "returning_calls": dict(Counter(back).most_common()),
        "sequence": [stage for stage, _ in way],
        "crossed": crossed,
    }


# -- all of it ---------------------------------------------------------------------------------------------------


def figures(root: Path) -> dict[str, Any]:
    """Take every figure of the tree in ``root`` that its files alone give."""
    modules = modules_of(root)
    if not modules:
        raise SystemExit(f"there is no folder ragkit with Python files in {root}: --root names a checkout of ragkit")
    in_folders = folders(modules)
    fullest, most = in_folders.most_common(1)[0]
    sizes, functions = [each.lines for each in modules], function_lengths(modules)
    total = sum(sizes)
    words = language_patterns(root, modules)
    return {
        "modules": len(modules),
        "folders": len(in_folders),
        "most_in_one_folder": most,
        "fullest_folder": fullest.relative_to(root).as_posix(),
        "module_lines_median": median(sizes),
        "module_lines_p95": percentile(sizes, 0.95),
        "module_lines_max": max(sizes),
        "largest_module": max(modules, key=lambda each: each.lines).name,
        "lines": total,
        "lines_of_code": sum(each.code for each in modules),
        "comments_per_1000_lines": round(1000 * sum(len(each.comments) for each in modules) / total, 1),
        "functions": len(functions),
        "function_lines_median": median(functions) if functions else 0,
        "function_lines_p95": percentile(functions, 0.95),
        "re_compile": compiled(modules),
        "language_patterns": words,
        "bases_used_once": [f"{base} <- {derived}" for base, derived in Bases(modules).used_once()],
        "class_names_twice": class_names_twice(modules),
        "file_names_twice": file_names_twice(modules),
    }


def rows(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (figure, value, what it consists of) for people."""
    yield "modules, folders", f"{found['modules']}, {found['folders']}", ""
    yield "most modules in one folder", str(found["most_in_one_folder"]), found["fullest_folder"]
    sizes = (f"{found[f'module_lines_{each}']:g}" for each in ("median", "p95", "max"))
    yield "lines of a module: median, p95, max", ", ".join(sizes), found["largest_module"]
    yield "lines in ragkit/", str(found["lines"]), ""
    yield "of which no blank, comment, docstring", str(found["lines_of_code"]), ""
    yield "own-line comments per 1000 lines", str(found["comments_per_1000_lines"]), ""
    lengths = f"{found['function_lines_median']:g}, {found['function_lines_p95']}"
    yield "lines of a function: median, p95", lengths, f"{found['functions']} functions"
    yield "re.compile", str(found["re_compile"]), ""
    words = found["language_patterns"]
    yield "patterns and lists over language", "no check" if words is None else str(len(words)), "; ".join(words or ())
    once = found["bases_used_once"]
    yield "base classes with one subclass", str(len(once)), "; ".join(once)
    for key, what in (("class_names_twice", "class names"), ("file_names_twice", "file names")):
        yield f"{what} that stand twice", str(len(found[key])), ", ".join(found[key])
    for ask in found.get("ask", ()):
        yield f"returns to an earlier stage, mode {ask['mode']}", str(ask["returns"]), run_lengths(ask["sequence"])
        yield "  by calls of", "", ", ".join(f"{call} {times}" for call, times in ask["returning_calls"].items())
        yield f"modules crossed, mode {ask['mode']}", str(ask["modules"]), " ".join(ask["crossed"])


def run_lengths(sequence: Sequence[str]) -> str:
    """Write a sequence in words, two stages that take turns once with how often."""
    joined = " ".join(sequence)
    return re.sub(r"\b(\w+ \w+)(?: \1\b){2,}", lambda found: f"({found[1]})x{len(found[0].split()) // 2}", joined)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=HERE, help="a checkout of ragkit; the one of this script")
    parser.add_argument("--ask", type=Path, metavar="INDEX", help="an index that the code of --root can open")
    parser.add_argument("--mode", action="append", help="how --ask answers; may be repeated [quote]")
    parser.add_argument("--json", action="store_true", help="write one JSON document, with all names")
    options = parser.parse_args()
    found = figures(options.root.resolve())
    if options.ask:
        found["ask"] = [ask_figures(options.root, options.ask, mode) for mode in options.mode or ["quote"]]
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value, detail in rows(found):
        print(f"{name:45} {value:>12}  {detail}".rstrip())


if __name__ == "__main__":
    main()
