"""What all of Saleor's objects share: a key and the global id made of it."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from saleor_crm_app.kernel.ids import global_id


@dataclass(slots=True, eq=False, kw_only=True)
class Node:
    """An object with an identity; two of them are equal only when they are the same one."""

    kind: ClassVar[str]
    pk: int | UUID

    @property
    def id(self) -> str:
        """The global id, e.g. `VXNlcjo2` for the user 6."""
        return global_id(self.kind, self.pk)
