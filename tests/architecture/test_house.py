"""The manners of the house that no linter knows: captions, sizes, names, faces, and imports in sight."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "saleor_crm_app"
OURS = sorted(PACKAGE.rglob("*.py"))
FILES = [*OURS, *sorted((ROOT / "tests").rglob("*.py"))]
FACES = sorted(path for domain in ("loyalty", "crm") for path in (PACKAGE / domain).glob("*/__init__.py"))
VAGUE_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py", "base_service.py"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_in_functions(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (part.lineno for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom))


def is_face_statement(node: ast.stmt) -> bool:
    """A docstring, an import, or `__all__`."""
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets] == ["__all__"]
    return isinstance(node, ast.ImportFrom) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def test_every_file_opens_with_a_line_that_says_what_it_owns() -> None:
    captions = {name_of(path): (ast.get_docstring(tree_of(path)) or "").partition("\n")[0] for path in OURS}
    assert {name for name, caption in captions.items() if not re.fullmatch(r"\S+( \S+){2,}[.:]", caption)} == set()


def test_no_file_passes_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in FILES if path.name in VAGUE_NAMES] == []


def test_no_import_is_hidden() -> None:
    inside = {name_of(path): list(imports_in_functions(tree_of(path))) for path in OURS}
    assert {name: lines for name, lines in inside.items() if lines} == {}
    assert [name_of(path) for path in OURS if "TYPE_CHECKING" in path.read_text()] == []


def test_every_import_is_absolute() -> None:
    relative = [
        name_of(path)
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize("face", FACES, ids=name_of)
def test_a_slice_is_entered_by_a_small_face(face: Path) -> None:
    tree = tree_of(face)
    assert len(face.read_text().splitlines()) < 40
    assert [ast.unparse(node) for node in tree.body if not is_face_statement(node)] == []
    assert [node for node in tree.body if isinstance(node, ast.Assign)], "no __all__"
