"""Makes mistakes in the running posting code on purpose, and takes them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import sqlalchemy as sa

from tests.reliability.scenarios import Scenario

PACKAGE = "saleor_crm_app.loyalty.points"


class Mutant(NamedTuple):
    """In `module`, `right` becomes `wrong`, which would mean `means`; the scenario that notices it first."""

    module: str
    right: str
    wrong: str
    means: str
    noticed_by: Scenario

    @property
    def source(self) -> str:
        """The whole module with the mistake. The text must be there exactly once."""
        path = Path(str(import_module(f"{PACKAGE}.{self.module}").__file__))
        text = path.read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise LookupError(f"{self.module} holds {self.right!r} {text.count(self.right)} times")
        return text.replace(self.right, self.wrong)


@contextmanager
def made(mutant: Mutant) -> Iterator[None]:
    """Make the mistake in the running program; whoever imported the module's functions has it as well."""
    module = import_module(f"{PACKAGE}.{mutant.module}")
    wrong: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(mutant.source, f"{mutant.module} with a mistake", "exec"), wrong)  # noqa: S102 # our own source
    functions = _functions(vars(module), module)
    codes = {name: function.__code__ for name, function in functions.items()}
    constants = {name: vars(module)[name] for name in wrong if _is_other(vars(module).get(name), wrong[name])}
    try:
        for name, function in _functions(wrong, module).items():
            functions[name].__code__ = function.__code__
        vars(module).update({name: wrong[name] for name in constants})
        if not constants and codes == {name: _bare(each) for name, each in functions.items()}:
            raise LookupError(f"nothing is wrong in {mutant.module}")
        yield
    finally:
        for name, function in functions.items():
            function.__code__ = codes[name]
        vars(module).update(constants)


def _functions(names: dict[str, Any], module: ModuleType) -> dict[str, FunctionType]:
    """A module's functions and those of its classes, by qualified name."""
    own = [value for value in names.values() if getattr(value, "__module__", None) == module.__name__]
    members = [member for each in own if isinstance(each, type) for member in vars(each).values()]
    bare = [member.fget if isinstance(member, property) else member for member in [*own, *members]]
    found = [each for each in bare if isinstance(each, FunctionType) and each.__module__ == module.__name__]
    return {each.__qualname__: each for each in found if not each.__qualname__.rpartition(".")[2].startswith("__")}


def _bare(function: FunctionType) -> CodeType:
    return function.__code__


def _is_other(right: object, wrong: object) -> bool:
    if isinstance(right, sa.TextClause) and isinstance(wrong, sa.TextClause):
        return right.text != wrong.text
    return isinstance(right, frozenset) and right != wrong
