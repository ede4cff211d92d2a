"""Scalars of the staff schema."""

from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
"""A whole number of any size; JSON carries it as a string, since an Int has 32 bits."""

SCALARS: Final[dict[Any, ScalarDefinition]] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of any size, written as a string.",
        serialize=str,
        parse_value=int,
    )
}
