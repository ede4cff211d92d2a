"""The catalog of refusals, read from the source: each code, what to do about it, and every sentence that carries it."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import saleor_crm_app
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

WHAT_TO_DO: Final[Mapping[LoyaltyErrorCode, str]] = {
    LoyaltyErrorCode.NOT_ENOUGH_POINTS: "Read the balance again and offer less.",
    LoyaltyErrorCode.BELOW_MINIMUM: "Ask for more, or for nothing.",
    LoyaltyErrorCode.OVER_ORDER_CAP: "Ask for less: the preview tells how much there is room for.",
    LoyaltyErrorCode.NOT_ELIGIBLE: "Do not offer it to this customer; asking again changes nothing.",
    LoyaltyErrorCode.EXPIRED: "Its time is over: show what there is now.",
    LoyaltyErrorCode.LIMIT_REACHED: "It was had as often as may be.",
    LoyaltyErrorCode.RATE_LIMITED: "Wait a minute before asking again.",
    LoyaltyErrorCode.PROGRAM_PAUSED: "Show points meanwhile, and try again when the program runs.",
    LoyaltyErrorCode.IDEMPOTENCY_CONFLICT: "A new wish needs a new key; its own goes with the same wish alone.",
    LoyaltyErrorCode.STALE_VERSION: "Somebody was faster: read it again, then change it.",
    LoyaltyErrorCode.HELD_FOR_REVIEW: "A member of staff looks at the account first.",
    LoyaltyErrorCode.SHOP_UNAVAILABLE: "Saleor did not answer: ask again in a moment, with the same key.",
    LoyaltyErrorCode.GRAPHQL_ERROR: "Saleor refused what the app asked of it; the app's log tells why.",
    LoyaltyErrorCode.INVALID: "Correct the input that `field` names.",
    LoyaltyErrorCode.NOT_FOUND: "It is not there, or not for this caller; the two look alike on purpose.",
    LoyaltyErrorCode.REQUIRED: "Give the input that `field` names.",
    LoyaltyErrorCode.UNIQUE: "Something else has it already: choose another.",
}

_HEAD: Final = """# Error codes

What the GraphQL APIs answer in `errors { field code message }` when they refuse something, and with the code in
`extensions.code` where a field has no payload. Made from the code by `saleor-crm schema export`; what stands in braces
is filled in. Decide by `code`: sentences may be worded anew.

Requests that do not get so far (a token of the wrong kind, a query too deep) are told in
[Call the storefront API](../how-to/call-the-storefront-api.md#limits-and-errors).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One class of refusal."""

    code: str
    when: str
    sentence: str


def error_catalog() -> str:
    """The page `docs/reference/errors.md`."""
    by_code: dict[str, list[_Told]] = defaultdict(list)
    for told in _refusals():
        by_code[told.code].append(told)
    parts = [_HEAD]
    for code, advice in WHAT_TO_DO.items():
        rows = sorted({f"| {one.when} | {one.sentence} |" for one in by_code[code]})
        table = ["", "| when | what is said |", "|---|---|", *rows] if rows else []
        parts.append("\n".join([f"## {code}", "", advice, *table, ""]))
    return "\n".join(parts)


def _refusals() -> Iterator[_Told]:
    """Every class of the family, wherever it is; a class that says no code has its parent's."""
    classes = _classes()
    codes = {Refusal.__name__: ""}
    while found := {name: one for name, one in classes.items() if name not in codes and _parent(one, codes)}:
        for name, one in found.items():
            code = _constant(one, "code")
            codes[name] = code.attr if isinstance(code, ast.Attribute) else codes[_parent(one, codes)]
            if codes[name]:
                yield _Told(code=codes[name], when=_first_sentence(one), sentence=_sentence(one))


def _classes() -> dict[str, ast.ClassDef]:
    """By name, and by file where several have one."""
    root = Path(saleor_crm_app.__path__[0])
    found: dict[str, ast.ClassDef] = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name if node.name not in found else f"{path}:{node.name}"] = node
    return found


def _parent(one: ast.ClassDef, known: Mapping[str, str]) -> str:
    names = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in one.bases]
    return next((name for name in names if name in known), "")


def _constant(one: ast.ClassDef, name: str) -> ast.expr | None:
    """What the class itself sets this attribute to."""
    for node in one.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    return None


def _first_sentence(one: ast.ClassDef) -> str:
    text = " ".join((ast.get_docstring(one) or "").split("\n\n")[0].split())
    return _cell(text.partition(". ")[0].removesuffix("."))


def _sentence(one: ast.ClassDef) -> str:
    given = _constant(one, "sentence")
    if given is None:
        calls = [
            node
            for node in ast.walk(one)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
        ]
        given = calls[0].args[0] if calls and calls[0].args else None
    return _cell(_text(given))


def _text(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) for value in values)
        case ast.FormattedValue(value=ast.Name(id=name)):
            return f"{{{name}}}"
        case ast.FormattedValue():
            return "{…}"
        case ast.IfExp(body=body, orelse=orelse):
            return f"{_text(body)} Or: {_text(orelse)}"
        case _:
            return "(says what was found)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
