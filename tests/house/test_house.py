"""The rules of the house that a reader cannot keep by eye: directions, sizes, leftovers, speed, independence."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

SOURCES = ROOT / "src"
LONGEST_FILE_LINES = 450
HELP_LINES = 60
HELP_S = 0.3
MODULES = "-- modules --"
GENERATED = "migrations"
"""Django writes migrations; their length says nothing about ideas."""

LEFTOVERS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")))
MACHINE = re.compile(
    "|".join(
        (
            "/wo" + r"rk/(?:main|shared|tmp)",
            "/tm" + "p/wm",
            "/ro" + r"ot/[\w.]",
            "/ho" + r"me/(?!someone\b|sergei\b|anna\b|\.)\w",
        )
    )
)
"""Paths of one machine. The three names are invented ones in tests of what names give away."""
REGISTRY = re.compile(r"(?:index-url|registry|proxy)\S*\s*[=:]\s*\S*https?://(?!pypi\.org\b)", re.IGNORECASE)
"""A package index other than the public one, in any file."""


def tracked() -> list[Path]:
    """Files of the checkout that git knows, or all text files where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("src", "tests", "docs", "bench", "packaging")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]


def texts(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def python_files() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


def test_imports_run_in_one_direction() -> None:
    """Without it a room calls a room, evidence bytes meet the network, or the verifier starts to need us."""
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert " 0 broken." in ran.stdout


def test_no_file_holds_more_than_one_idea() -> None:
    """A file that grew beyond one screenful of ideas is read by nobody before it is trusted."""
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in python_files()
        if GENERATED not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE_LINES
    }

    assert long == {}


def test_nothing_is_left_for_later_in_the_source() -> None:
    """A stub that looks like a check is worse than no check: it would be relied on."""
    left = [
        f"{name}:{number}"
        for name, text in texts(python_files())
        for number, line in enumerate(text.splitlines(), 1)
        if LEFTOVERS.search(line)
    ]

    assert left == []


def test_no_file_names_a_machine_or_a_private_registry() -> None:
    """What the project publishes must not point back to the machine, or the people, it was written on."""
    named = [
        f"{name}:{number}"
        for name, text in texts(tracked())
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE.search(line) or (name != "uv.lock" and REGISTRY.search(line))
    ]
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))

    assert named == []
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_every_package_says_what_it_is_for() -> None:
    """The folder list is the procedure; a folder without a sentence is a step that nobody can follow."""
    silent = [
        path.parent.relative_to(ROOT).as_posix()
        for path in python_files()
        if path.name == "__init__.py"
        and GENERATED not in path.parts
        and not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()
    ]

    assert silent == []


def real_help() -> tuple[str, float]:
    """What the command prints, and the best wall time of up to five starts in seconds."""
    best = float("inf")
    text = ""
    for attempt in range(5):
        began = time.perf_counter()
        ran = subprocess.run(
            [str(Path(sys.executable).with_name("witnessmark")), "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        best = min(best, time.perf_counter() - began)
        text = ran.stdout
        if attempt >= 2 and best < HELP_S:
            break
    return text, best


def test_help_fits_one_screen_and_answers_at_once() -> None:
    """Somebody with a disk on the table and ten minutes must see at once what can be done."""
    text, best_s = real_help()

    assert len(text.splitlines()) <= HELP_LINES
    assert max(map(len, text.splitlines())) <= 110
    assert best_s < HELP_S


def test_the_readme_quotes_the_help_as_it_is() -> None:
    """A help text in the README that is not the command's own sends people to verbs that are not there."""
    text, _ = real_help()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = [
        block
        for block in re.findall(r"```text\n(.*?)```", readme, re.DOTALL)
        if "\nusage: witnessmark" in block
    ]

    assert quoted == [text]


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in ``sys.modules`` of a fresh interpreter after the statement."""
    names = "{name.split('.')[0] for name in sys.modules}"
    code = f"import sys\n{statement}\nprint('{MODULES}', *{names}, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.rpartition(MODULES)[2].split())


def test_listing_the_methods_loads_no_decoder() -> None:
    """Reading what a method can tell must never start a decoder or a model outside the jail."""
    loaded = loaded_by(
        "from witnessmark.examine.registry import cards\nassert len(cards()) > 5, 'no methods are listed'"
    )

    assert loaded & {"av", "onnxruntime", "c2pa"} == set()


def test_the_help_loads_nothing_heavy() -> None:
    """The terminal door must not pull half the house in before it knows what is asked."""
    loaded = loaded_by("from witnessmark.cli import main\nmain(['--help'])")

    assert loaded & {"av", "numpy", "django", "cryptography", "rich", "jinja2"} == set()


def test_the_strangers_verifier_stands_alone(tmp_path: Path) -> None:
    """A stranger has a Python and a folder. What needs more than that is checked by nobody."""
    package = SOURCES / "witnessmark_verify"
    modules = sorted(path.stem for path in package.glob("*.py") if not path.stem.startswith("__"))
    target = tmp_path / "alone" / "witnessmark_verify"
    target.mkdir(parents=True)
    for path in package.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 9))
        (target / path.name).write_text(source, encoding="utf-8")
    imports = "\n".join(f"import witnessmark_verify.{name}" for name in (*modules, "__main__"))
    code = (
        f"import sys\nsys.path.insert(0, {str(target.parent)!r})\n{imports}\n"
        "ours = {name.split('.')[0] for name in sys.modules}\n"
        "print('\\n'.join(sorted(ours - set(sys.stdlib_module_names) - {'__main__'})))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert ran.stderr == ""
    assert ran.stdout.split() == ["witnessmark_verify"]
    assert modules != []
