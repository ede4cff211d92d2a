"""The example carts of each version: kept, removed, and carried on into the next, if they earn what they should."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules.carts import Cart, earned_by
from saleor_crm_app.loyalty.rules.errors import ExampleNotFound, ExamplesChanged, ExampleWrong, TooManyExamples
from saleor_crm_app.loyalty.rules.locks import lock_rules
from saleor_crm_app.loyalty.rules.rule_set import RuleSet
from saleor_crm_app.loyalty.rules.versions import coming, rule_set_at, rule_sets_of

MOST_EXAMPLES: Final = 100

_DECODER: Final = msgspec.json.Decoder(Cart)
_READ = sa.text(
    """
    SELECT version, name, CAST(cart AS text) AS cart, expected FROM golden_cart
    WHERE installation_id = :installation AND program_id = :program AND version = ANY(:versions)
      AND removed_at IS NULL
    ORDER BY name
    """
).bindparams(sa.bindparam("versions", type_=ARRAY(sa.Integer)))
_REMOVE = sa.text(
    """
    UPDATE golden_cart SET removed_at = :at
    WHERE installation_id = :installation AND program_id = :program AND version = ANY(:versions) AND name = :name
    """
).bindparams(sa.bindparam("versions", type_=ARRAY(sa.Integer)), sa.bindparam("at", type_=sa.DateTime(timezone=True)))
_WRITE = sa.text(
    """
    INSERT INTO golden_cart (installation_id, program_id, version, name, cart, expected)
    SELECT :installation, :program, version, name, CAST(cart AS jsonb), expected
    FROM unnest(CAST(:versions AS integer[]), CAST(:names AS text[]), CAST(:carts AS text[]),
        CAST(:points AS bigint[])) AS rows (version, name, cart, expected)
    ON CONFLICT (installation_id, program_id, version, name) DO UPDATE SET
        cart = excluded.cart, expected = excluded.expected, removed_at = NULL
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A cart by name, and the points it earns by one version."""

    name: str
    cart: Cart
    points: int


async def examples_of(
    session: AsyncSession, installation: InstallationId, sets: Sequence[RuleSet]
) -> dict[int, list[Example]]:
    """The examples kept with these versions of one program, by version, in the order of their names; one statement."""
    wanted = {
        "installation": installation,
        "program": sets[0].program,
        "versions": [one.version for one in sets],
    }
    found: dict[int, list[Example]] = {one.version: [] for one in sets}
    for row in await session.execute(_READ, wanted):
        example = Example(name=row.name, cart=_DECODER.decode(row.cart), points=row.expected)
        found[row.version].append(example)
    return found


async def keep_example(
    session: AsyncSession, installation: InstallationId, program: Program, example: Example, *, at: datetime
) -> None:
    """Keep an example with the version that holds now and with those that are planned.

    Raises ExampleWrong when it is not what the cart earns now, TooManyExamples.
    """
    await lock_rules(session, installation, program.id)
    held = await _held(session, installation, program, at=at)
    others = [
        one for one in (await examples_of(session, installation, held[:1]))[held[0].version] if one.name != example.name
    ]
    if len(others) >= MOST_EXAMPLES:
        raise TooManyExamples(MOST_EXAMPLES)
    found = earned_by(held[0], example.cart, program).points
    if found != example.points:
        raise ExampleWrong(example.name, expected=example.points, found=found)
    kept = {
        one.version: [
            Example(name=example.name, cart=example.cart, points=earned_by(one, example.cart, program).points)
        ]
        for one in held
    }
    await write_examples(session, installation, program, kept)


async def remove_example(
    session: AsyncSession, installation: InstallationId, program: Program, name: str, *, at: datetime
) -> None:
    """Forget an example from now on; versions of before keep theirs.

    Raises ExampleNotFound.
    """
    await lock_rules(session, installation, program.id)
    held = await _held(session, installation, program, at=at)
    kept = await examples_of(session, installation, held)
    if not any(example.name == name for examples in kept.values() for example in examples):
        raise ExampleNotFound(name)
    versions = [one.version for one in held]
    await session.execute(
        _REMOVE,
        {"installation": installation, "program": program.id, "versions": versions, "name": name, "at": at},
    )


def carried_on(
    examples: Sequence[Example], rules: RuleSet, program: Program, *, accept: Mapping[str, int]
) -> list[Example]:
    """The examples of one version as the next has them.

    Raises ExamplesChanged for those that would earn something else than is kept, unless `accept` says so by name.
    """
    carried = [
        Example(name=one.name, cart=one.cart, points=earned_by(rules, one.cart, program).points) for one in examples
    ]
    changed = [
        (old.name, old.points, new.points)
        for old, new in zip(examples, carried, strict=True)
        if old.points != new.points and accept.get(old.name) != new.points
    ]
    if changed:
        raise ExamplesChanged(changed)
    return carried


async def write_examples(
    session: AsyncSession, installation: InstallationId, program: Program, kept: Mapping[int, Sequence[Example]]
) -> None:
    """Write examples by version; one statement."""
    rows = [(version, example) for version, examples in kept.items() for example in examples]
    if not rows:
        return
    await session.execute(
        _WRITE,
        {
            "installation": installation,
            "program": program.id,
            "versions": [version for version, _ in rows],
            "names": [example.name for _, example in rows],
            "carts": [msgspec.json.encode(example.cart).decode() for _, example in rows],
            "points": [example.points for _, example in rows],
        },
    )


async def _held(
    session: AsyncSession, installation: InstallationId, program: Program, *, at: datetime
) -> list[RuleSet]:
    sets = (await rule_sets_of(session, installation, [program]))[program.id]
    return [rule_set_at(sets, at), *coming(sets, at)]
