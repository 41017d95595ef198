"""What `make docs` adds to the pages of this folder: pages of the repository's root, and the API reference.

The reference is made from the package as it stands: a page for each package, with the names that it offers (its
``__all__``), and below them its modules. Nothing is imported; griffe reads the source. `mkdocs.yml` names this file
under ``hooks``; it calls the functions ``on_...``.
"""

from __future__ import annotations

import ast
import posixpath
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import griffe
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "ragkit"
REFERENCE = "reference"
# Pages of the root, which the site shows beside those of docs/.
ROOT_PAGES = {
    "README.md": "overview.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}

_LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):(?=<code>)")
_FENCE = re.compile(r"^(```+).*?^\1$", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a page for each package where the navigation names the reference; name anchors as code hosts do."""
    from pymdownx.slugs import slugify

    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    pages = [{name: page_of(name)} for name in packages()]
    config.nav = [_with_reference(entry, pages) for entry in config.nav or ()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root and those of the reference."""
    from mkdocs.structure.files import File

    pages = {site: (ROOT / name).read_text(encoding="utf-8") for name, site in ROOT_PAGES.items()}
    pages |= {f"{REFERENCE}/index.md": _overview()}
    pages |= {page_of(name): _reference(package) for name, package in packages().items()}
    for site, text in pages.items():
        files.append(File.generated(config, site, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Lead links to files of the repository where the site shows them."""
    source = page.file.src_uri
    here = next((name for name, site in ROOT_PAGES.items() if site == source), f"docs/{source}")
    repository = str(config.repo_url or "").rstrip("/")
    return site_links(markdown, here, source, repository)


def on_page_content(html: str, **_: Any) -> str:
    """Take away the roles of reStructuredText before names in docstrings, such as ``:func:``; Markdown has none."""
    return _ROLE.sub("", html)


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site whose pages fetch something from another machine when they are read.

    Raises:
        SystemExit: names the first such page and address.
    """
    for path in sorted(Path(config.site_dir).rglob("*.html")):
        for address in fetched(path.read_text(encoding="utf-8")):
            raise SystemExit(f"{path.relative_to(config.site_dir)} loads {address}: pages must be read offline")


def site_links(markdown: str, here: str, page: str, repository: str = "") -> str:
    """Return a page with its links to the repository's files as the site needs them.

    Args:
        markdown: the page.
        here: its path in the repository; its links are relative to this.
        page: its path in the site.
        repository: address at which the repository can be browsed; without one, what is no page of the site becomes
            plain words.
    """

    def replaced(found: re.Match[str]) -> str:
        target, anchor = found["target"], found["anchor"] or ""
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        site = site_page(path)
        if site:
            return f"[{found['words']}]({posixpath.relpath(site, posixpath.dirname(page) or '.')}{anchor})"
        return f"[{found['words']}]({repository}/blob/HEAD/{path}{anchor})" if repository else found["words"]

    ends = [0, *(position for fence in _FENCE.finditer(markdown) for position in fence.span()), len(markdown)]
    pieces = [markdown[start:end] for start, end in pairwise(ends)]
    return "".join(piece if number % 2 else _LINK.sub(replaced, piece) for number, piece in enumerate(pieces))


def site_page(path: str) -> str:
    """Return the page of the site that shows a file of the repository, relative to the site; empty if none does."""
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith(f"{PACKAGE}/") and path.endswith(".py"):
        return page_of(posixpath.dirname(path).replace("/", "."))
    return ""


def page_of(package: str) -> str:
    """Return the page of a package, relative to the site."""
    return f"{REFERENCE}/{package}.md"


@cache
def packages() -> dict[str, griffe.Module]:
    """Return the public packages by dotted name, the outermost first, each followed by those within it."""
    import griffe

    root = griffe.load(PACKAGE, search_paths=[str(ROOT)], docstring_parser="google", resolve_aliases=True)
    if not isinstance(root, griffe.Module):
        raise TypeError(f"{PACKAGE} is no package")
    return {package.path: package for package in _walk(root)}


def fetched(html: str) -> list[str]:
    """Return the addresses on other machines that a browser loads when it shows a page; links are not among them."""
    parser = _Fetched()
    parser.feed(html)
    return parser.addresses


class _Fetched(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        loads = values.get("src")
        if tag == "link" and values.get("rel") != "canonical":
            loads = values.get("href")
        if loads and re.match(r"(?:https?:)?//", loads):
            self.addresses.append(loads)


def _walk(package: griffe.Module) -> Iterator[griffe.Module]:
    yield package
    for module in _public_modules(package):
        if module.is_init_module:
            yield from _walk(module)


def _public_modules(package: griffe.Module) -> list[griffe.Module]:
    return [
        module
        for name, module in sorted(package.modules.items())
        if not module.is_alias and not name.startswith("_") and module.docstring
    ]


def _with_reference(entry: Any, pages: list[dict[str, str]]) -> Any:
    if isinstance(entry, dict) and f"{REFERENCE}/index.md" in entry.values():
        (title,) = entry
        return {title: [f"{REFERENCE}/index.md", *pages]}
    return entry


def _overview() -> str:
    rows = [f"| [`{name}`]({name}.md) | {_summary(package)} |" for name, package in packages().items()]
    return "\n".join(
        [
            "# API reference",
            "",
            "Made from the docstrings. A page for each package: first the names that it offers, which change only with",
            "a note in the [changelog](../changelog.md), then its modules, which may move.",
            "",
            "| package | what it is |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _reference(package: griffe.Module) -> str:
    lines = [f"# {package.path}", "", f"::: {package.path}"]
    lines += _options(3, f"members: {_own(package)}", "show_root_heading: false")
    names = _offered(package)
    if names:
        lines += ["", "## Names", "", f"`from {package.path} import ...`", "", "| name | what it is |", "|---|---|"]
        lines += [_row(name, target) for name, target in names.items()]
    for module in _public_modules(package):
        if module.is_init_module:
            lines += ["", f"## {module.name}", "", f"{_summary(module)} See [`{module.path}`]({module.path}.md)."]
        else:
            lines += ["", f"::: {module.path}", *_options(2)]
    return "\n".join([*lines, ""])


def _options(level: int, *more: str) -> list[str]:
    return ["    options:", f"      heading_level: {level}", *(f"      {each}" for each in more)]


def _own(package: griffe.Module) -> list[str]:
    """Return what a package's own file defines and documents; the rest of its names stand in its modules."""
    return [
        name
        for name, member in package.members.items()
        if not member.is_alias and not member.is_module and member.docstring and not name.startswith("_")
    ]


def _offered(package: griffe.Module) -> dict[str, griffe.Object]:
    """Return the names that a package offers, in its ``__all__`` or lazily, with what each stands for."""
    import griffe

    names = {str(name) for name in package.exports} if package.exports is not None else _lazy_names(package)
    found: dict[str, griffe.Object] = {}
    for name in sorted(names):
        member = package.members.get(name)
        try:
            target = member.final_target if isinstance(member, griffe.Alias) else member
        except griffe.AliasResolutionError:  # of another project
            continue
        if isinstance(target, griffe.Object) and target.path.startswith(f"{PACKAGE}."):
            found[name] = target
    return found


def _lazy_names(package: griffe.Module) -> set[str]:
    """Return the names that a package imports as themselves (``import A as A``), and its own where it has lazy ones."""
    source = Path(str(package.filepath)).read_text(encoding="utf-8")
    tree, own = ast.parse(source), set(_own(package)) if "lazy_exports(" in source else set[str]()
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return own | {name.name for node in imports for name in node.names if name.name == name.asname}


def _row(name: str, target: griffe.Object) -> str:
    documented = target.docstring and not any(part.startswith("_") for part in target.path.split("."))
    return f"| [`{name}`][{target.path}] | {_summary(target)} |" if documented else f"| `{name}` | |"


def _summary(documented: griffe.Object) -> str:
    text = documented.docstring.value if documented.docstring else ""
    first = " ".join(text.strip().partition("\n\n")[0].split())
    return first.removesuffix("::").replace("|", "\\|")
