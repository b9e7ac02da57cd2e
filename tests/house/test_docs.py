"""The documents against the code: paths, names, tests, verbs, options and links that they speak of exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from witnessmark.cli.main import parser_for
from witnessmark.cli.verbs import VERBS, find
from witnessmark.examine.registry import EXAMINERS

PACKAGE = ROOT / "src" / "witnessmark"
PATH = re.compile(r"(?P<path>[\w.@-]+(?:/[\w.@-]+)+\.(?:py|md|svg|toml))(?:::(?P<name>[\w.]+))?")
"""``receive/walk.py`` or ``receive/walk.py::Walk.entries``."""
MODULE = re.compile(r"witnessmark(?:_verify)?(?:\.[a-z_0-9]+)+")
COMMAND = re.compile(r"(?<!# )\bwitnessmark ([a-z][a-z_-]*)\b([^`\n]*)")
PLACEHOLDER = "NAME"
"""Stands for a name that the reader chooses."""
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")


def documents() -> list[Path]:
    at_the_root = [path for name in ("README", "CONTRIBUTING", "CHANGELOG") if (path := ROOT / f"{name}.md")]
    return [*at_the_root, *sorted((ROOT / "docs").rglob("*.md"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=documents(), ids=named)
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def code_of(text: str) -> Iterator[str]:
    """Fenced blocks, one by one, and inline code outside them."""
    for block in FENCE.finditer(text):
        yield block.group(2)
    yield from CODE.findall(FENCE.sub("", text))


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions, classes, methods and constants that a module defines."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return frozenset(found)


def place(path: str, document: Path) -> Path | None:
    """The file meant: beside the document, from the root, or inside the package."""
    for base in (document.parent, ROOT, PACKAGE, ROOT / "src"):
        if (base / path).is_file():
            return (base / path).resolve()
    return None


def test_every_file_and_name_spoken_of_exists(document: Path) -> None:
    """A document that names what is not there sends a reader, or a court, into the void."""
    wrong: list[str] = []
    for code in code_of(document.read_text(encoding="utf-8")):
        for match in PATH.finditer(code):
            if (match.start() and code[match.start() - 1] in "/<>*{$…") or PLACEHOLDER in match["path"]:
                continue
            file = place(match["path"], document)
            if file is None:
                wrong.append(match["path"])
            elif match["name"] and match["name"] not in names_in(file):
                wrong.append(match.group())
        for name in MODULE.findall(code):
            base = ROOT / "src" / name.replace(".", "/")
            inner = base.parent
            if not (base.is_dir() or base.with_suffix(".py").is_file()):
                module = inner.with_suffix(".py")
                known = names_in(module) if module.is_file() else frozenset()
                if base.name not in known:
                    wrong.append(name)

    assert wrong == []


def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """On an air-gapped laptop a dead link cannot be searched for."""
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    dead = []
    for match in LINK.finditer(text):
        target = next(group for group in match.groups() if group)
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (document.parent / file).resolve() if file else document
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            dead.append(target)

    assert dead == []


@cache
def anchors(path: Path) -> frozenset[str]:
    """Heading anchors as common hosts make them."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings)


@cache
def options_of(verb: str) -> frozenset[str]:
    found = find(verb)
    assert found is not None
    parser = parser_for(found)
    return frozenset(option for action in parser._actions for option in action.option_strings)


def test_every_command_written_down_can_be_given(document: Path) -> None:
    """Somebody types what stands here, on the worst day of their year. It must be a verb and options we have."""
    wrong: list[str] = []
    for code in code_of(document.read_text(encoding="utf-8")):
        for match in COMMAND.finditer(code.replace("\\\n", " ")):
            verb, rest = match.groups()
            if find(verb) is None:
                wrong.append(f"witnessmark {verb}")
                continue
            rest = re.split(r"\s(?:#|&&|\|)\s|\s{3,}", rest)[0]
            known = options_of(verb) | {"--help"}
            wrong += [f"{verb} {o}" for o in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest) if o not in known]

    assert wrong == []


def test_no_document_is_unreachable_from_the_index() -> None:
    """A page that nothing links to is found by nobody on a laptop without a search engine."""
    index = ROOT / "docs" / "README.md"
    seen: set[Path] = set()
    waiting = [index]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        for match in LINK.finditer(page.read_text(encoding="utf-8")):
            target = next(group for group in match.groups() if group).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                waiting.append((page.parent / target).resolve())
    missing = [named(page) for page in documents() if page.parent != ROOT and page.resolve() not in seen]

    assert missing == []


def test_every_examiner_has_its_page_in_the_index() -> None:
    """A method without a page on its limits is one that the other side will explain for us."""
    index = (ROOT / "docs" / "methods" / "README.md").read_text(encoding="utf-8")
    without = [name for name in EXAMINERS if f"({name}.md)" not in index]

    assert without == []


def test_every_verb_is_documented_somewhere() -> None:
    """A verb that no page mentions is learnt by accident."""
    written = "\n".join(code for path in documents() for code in code_of(path.read_text(encoding="utf-8")))
    silent = [verb.name for verb in VERBS if f"witnessmark {verb.name}" not in written]

    assert silent == []
