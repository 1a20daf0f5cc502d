"""Fingerprint of a stage's code: digests of its module and of everything it imports from here."""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "symbolnet"
STAGES = f"{PACKAGE}.pipeline.stages"
_ROOT = Path(__file__).parent
_SETTINGS = (["config"], ["errors"])


def fingerprint(module: str) -> list[str]:
    """Return sorted `module@digest` of `module` and its imports inside the package.

    The digest covers the syntax tree without docstrings, so comments, layout and docstrings do
    not count. Neither do the settings models: what they decide reaches a stage as its `spec`,
    which Snakemake tracks too. Schemas and templates that a module names in
    `DATA = ("schema/x.json", ...)` do count.
    """
    return [f"{name}@{_digest(name)}" for name in sorted(_reachable(module))]


def run_fingerprint() -> list[str]:
    """Return sorted `module@digest` of everything that any stage uses."""
    names = sorted(path.stem for path in (_ROOT / "pipeline" / "stages").glob("[a-z]*.py"))
    return sorted({one for name in names for one in fingerprint(f"{STAGES}.{name}")})


def _reachable(module: str) -> set[str]:
    seen: set[str] = set()
    queue = [module]
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue.extend(_imports(name))
    return seen


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_file(module).read_bytes())


@cache
def _file(module: str) -> Path:
    base = _ROOT.joinpath(*module.split(".")[1:])
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _is_module(name: str) -> bool:
    inside = name == PACKAGE or name.startswith(PACKAGE + ".")
    return inside and name.split(".")[1:2] not in _SETTINGS and _file(name).is_file()


@cache
def _imports(module: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if _is_module(name)]


@cache
def _digest(module: str) -> str:
    tree = _without_docstrings(_tree(module))  # parsed once: what it imports stays the same
    digest = hashlib.sha256(ast.dump(tree).encode())
    for name in _data_files(tree):
        digest.update((_ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(node, body[0]):
            del body[0]
    return tree


def _is_docstring(owner: ast.AST, first: ast.AST) -> bool:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    if not (isinstance(owner, owners) and isinstance(first, ast.Expr)):
        return False
    return isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def _data_files(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DATA":
            return list(ast.literal_eval(node.value))
    return []
