"""verify.py: the package ``witnessmark_verify`` as one file that a stranger can read from top to bottom.

The modules stand one after another in the order in which they use each other, without the imports between them; a
module that is used by its name (``merkle.root``) gets a small object of that name. The same package gives the
same bytes. Two modules that define the same name would overwrite each other: that is refused here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import witnessmark_verify

PACKAGE = "witnessmark_verify"
MODULES = (
    "verdict",
    "documents",
    "container",
    "merkle",
    "ed25519",
    "daytree",
    "note",
    "policy",
    "publication",
    "approvals",
    "opening",
    "tokens",
    "manifest",
    "bundle",
    "__main__",
)
HEAD = '''\
#!/usr/bin/env python3
"""Checks a witnessmark bundle. One file, Python 3.9 or later, nothing else needed, no network.

    python verify.py BUNDLE [--trust FINGERPRINT] [--policy FILE] [--json]

This is the package witnessmark_verify, module after module, as published (MIT licence, see the end). Take it from
another place than the bundle: who forges a bundle forges this file too.
"""

from __future__ import annotations

'''


def build() -> bytes:
    """The file. ValueError where the modules cannot stand in one file."""
    folder = Path(witnessmark_verify.__file__).parent
    imports: set[str] = set()
    bodies: list[str] = []
    defined: dict[str, str] = {}
    for name in MODULES:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(text)
        for own in _names(tree):
            if own in defined:
                raise ValueError(f"{own} is defined in {defined[own]} and in {name}")
            defined[own] = name
        imports |= _imports(tree)
        bodies.append(_body(name, text, tree))
    used = {module for body in bodies for module in MODULES if f"{module} = SimpleNamespace" in body}
    if used:
        imports.add("from types import SimpleNamespace")
    lines = sorted(imports, key=lambda line: (line.startswith("from"), line))
    licence = "\n".join(f"# {line}".rstrip() for line in LICENCE.splitlines())
    return (HEAD + "\n".join(lines) + "\n" + "".join(bodies) + "\n\n" + licence + "\n").encode()


def _names(tree: ast.Module) -> set[str]:
    """What a module defines at its top level."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def _is_own(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE


def _imports(tree: ast.Module) -> set[str]:
    """Imports of the standard library at the top level, one name a line."""
    made = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            made |= {f"import {alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not _is_own(node) and node.module != "__future__":
            made |= {f"from {node.module} import {alias.name}" for alias in node.names}
        if any(alias.asname for alias in getattr(node, "names", ())):
            raise ValueError("a renamed import cannot stand in one file")
    return made


def _body(name: str, text: str, tree: ast.Module) -> str:
    lines = text.splitlines()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    rest = _squeezed(lines)
    title = f"\n\n# {'=' * 100}\n# {PACKAGE}.{name}\n# {'=' * 100}\n\n"
    namespace = ""
    if name in _used_by_name():
        public = sorted(own for own in _names(tree) if not own.startswith("_"))
        inside = ", ".join(f"{own}={own}" for own in public)
        namespace = f"\n\n{name} = SimpleNamespace({inside})\n"
    return title + rest + namespace


@cache
def _used_by_name() -> frozenset[str]:
    """Modules that another one imports whole."""
    folder, found = Path(witnessmark_verify.__file__).parent, set()
    for other in MODULES:
        for node in ast.parse((folder / f"{other}.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
                found |= {alias.name for alias in node.names}
    return frozenset(found)


def _squeezed(lines: list[str]) -> str:
    """No more than two empty lines in a row, none at the start."""
    kept: list[str] = []
    for line in lines:
        if line or kept[-2:] != ["", ""]:
            kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"


LICENCE = """\
MIT License

Copyright (c) 2026 The witnessmark founders

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN
AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE
OR OTHER DEALINGS IN THE SOFTWARE.
"""
