"""How steps refer to the input of a graph and to earlier steps: ``${input}``, ``${item}``, ``${steps.NAME.FIELD}``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

INPUT, ITEM, STEPS = "input", "item", "steps"
RESERVED = (INPUT, ITEM)  # names in ${...} that are no variables of the environment
ABSENT = object()  # in the place of what a step that was passed over would have returned
_BRACED = re.compile(r"\$\{([^{}]*)\}")
_NAMES = re.compile(r"[\w-]+(?:\.[\w-]+)*")


class Reference(NamedTuple):
    """What is referred to.

    Attributes:
        root: ``input``, ``item``, or the name of a step.
        path: keys inside it.
        is_step: whether it is a step.
    """

    root: str
    path: tuple[str, ...]
    is_step: bool


def parse(text: str) -> Reference:
    """Parse a reference without its braces.

    Raises:
        ConfigError: it is none.
    """
    head, *path = text.split(".") if _NAMES.fullmatch(text) else [""]
    if head == STEPS and path:
        return Reference(path[0], tuple(path[1:]), is_step=True)
    if head in RESERVED:
        return Reference(head, tuple(path), is_step=False)
    raise ConfigError(f"{text!r} refers to nothing: write input, item, or steps.NAME, each with .FIELD where needed")


def references(template: Any) -> Iterator[Reference]:
    """Yield what a text, or a list or mapping of texts, refers to.

    Raises:
        ConfigError: a reference is wrong.
    """
    if isinstance(template, str):
        yield from (parse(found) for found in _BRACED.findall(template))
    elif isinstance(template, Mapping):
        for each in template.values():  # pyright: ignore[reportUnknownVariableType] - of YAML
            yield from references(each)
    elif isinstance(template, list):
        for each in template:  # pyright: ignore[reportUnknownVariableType] - of YAML
            yield from references(each)


def single(template: Any) -> bool:
    """Whether a text is one reference and nothing else."""
    return isinstance(template, str) and _BRACED.fullmatch(template) is not None


def check_single(template: str) -> None:
    """Check that a text is one reference and nothing else.

    Raises:
        ConfigError: it is more, or none.
    """
    if not single(template):
        raise ConfigError("takes one reference to a list, such as ${steps.NAME.FIELD}")


@dataclass(slots=True)
class Scope:
    """What a step can refer to.

    Attributes:
        input: of the graph.
        steps: results of earlier steps in their JSON form, a list of them for ``for_each``, ABSENT where passed over.
        main: the key that a step without a field stands for, by step.
        item: of ``for_each``.
    """

    input: Any
    main: Mapping[str, str]
    steps: dict[str, Any] = field(default_factory=dict[str, Any])
    item: Any = ABSENT

    def value(self, reference: Reference) -> Any:
        """Return what is referred to: ABSENT where its step was passed over, None where there is no such key."""
        if not reference.is_step:
            return _inside(self.input if reference.root == INPUT else self.item, reference.path)
        return _inside(self.steps[reference.root], reference.path or (self.main[reference.root],))

    def filled(self, template: Any) -> Any:
        """Return a template with its references replaced by their values.

        A text that is one reference becomes its value; inside a longer text a value is written as text. What was passed
        over is left out of lists and mappings.
        """
        if isinstance(template, str):
            # Alone, a reference keeps its type (a list stays a list), so that steps can pass results on.
            if single(template):
                return self.value(parse(template[2:-1]))
            return _BRACED.sub(lambda found: _as_text(self.value(parse(found[1]))), template)
        if isinstance(template, Mapping):
            made = {key: self.filled(each) for key, each in template.items()}  # pyright: ignore[reportUnknownVariableType]
            return {key: each for key, each in made.items() if each is not ABSENT}
        if isinstance(template, list):
            return [each for each in map(self.filled, template) if each is not ABSENT]  # pyright: ignore[reportUnknownArgumentType]
        return template

    def holds(self, conditions: Mapping[str, Any]) -> bool:
        """Whether all conditions hold; none does of a step that was passed over."""
        return all(_holds(self.value(parse(name)), wanted) for name, wanted in conditions.items())


def check_condition(wanted: Any) -> None:
    """Check what a value is compared with: a value, a list of values, ``{not: ...}`` or ``{empty: true}``.

    Raises:
        ConfigError: it is something else.
    """
    if not isinstance(wanted, Mapping):
        return
    if len(wanted) != 1 or next(iter(wanted)) not in ("not", "empty"):
        raise ConfigError("a condition is a value, a list of values, {not: value or list}, or {empty: true or false}")
    if isinstance(wanted.get("not"), Mapping) or not isinstance(wanted.get("empty", True), bool):
        raise ConfigError("after `not` comes a value or a list of values, after `empty` true or false")


def _holds(value: Any, wanted: Any) -> bool:
    if value is ABSENT:
        return False
    if isinstance(wanted, Mapping):
        return not _holds(value, wanted["not"]) if "not" in wanted else (not value) == wanted["empty"]
    if isinstance(wanted, list):
        return any(_holds(value, each) for each in wanted)  # pyright: ignore[reportUnknownVariableType] - of YAML
    # In Python 1 == True; in YAML a number and a truth value are different conditions.
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def condition_text(conditions: Mapping[str, Any]) -> str:
    """Write conditions for people."""
    return " and ".join(f"{name} {_wanted_text(wanted)}" for name, wanted in conditions.items())


def _wanted_text(wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        if "empty" in wanted:
            return "is empty" if wanted["empty"] else "is not empty"
        return f"is not {_values_text(wanted['not'])}"
    return f"is {_values_text(wanted)}"


def _values_text(wanted: Any) -> str:
    return " or ".join(map(_as_text, wanted if isinstance(wanted, list) else [wanted]))  # pyright: ignore[reportUnknownArgumentType]


def _inside(value: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path; in a list, of each of its members, unless a number says which."""
    if value is ABSENT or not path:
        return value
    first, *rest = path
    if isinstance(value, list):
        members: list[Any] = value
        if first.isdigit():
            return _inside(members[int(first)], tuple(rest)) if int(first) < len(members) else None
        return [_inside(each, path) for each in members]
    inner: Any = value.get(first) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType]
    return _inside(inner, tuple(rest))


def _as_text(value: Any) -> str:
    if value is ABSENT or value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
