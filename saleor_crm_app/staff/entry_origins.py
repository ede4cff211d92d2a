"""Where an entry's points come from, as staff see it: the numbers behind them in words, and the lots they moved."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import points as ledger

LanguageArgument = Annotated[
    str | None, strawberry.argument(description="In which language, such as `RU`; English where there are no words.")
]


@strawberry.type(description="Why an entry has its points.")
class PointsExplanation:
    text: str = strawberry.field(description="In words.")
    numbers: JSON = strawberry.field(
        description="The ids, codes and numbers it was computed from; amounts in minor units."
    )

    @classmethod
    def of(cls, explanation: ledger.statements.Explanation) -> "PointsExplanation":
        return cls(text=explanation.text, numbers=JSON(dict(explanation.numbers)))


@strawberry.type(description="Points that an entry put into a lot or took out of it.")
class PointsLotMove:
    lot_id: strawberry.ID | None = strawberry.field(
        description="The lot, as other entries name it too; null for what the member owed or owes."
    )
    points: int = strawberry.field(description="Points put in, or taken out where negative.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The global id in Saleor of the order that earned the lot."
    )
    available_at: datetime | None = strawberry.field(description="Since or from when the lot can be spent.")
    expires_at: datetime | None = strawberry.field(description="When the lot expires.")

    @classmethod
    def of(cls, move: ledger.statements.LotMove) -> "PointsLotMove":
        return cls(
            lot_id=None if move.lot is None else strawberry.ID(global_id("PointsLot", move.lot)),
            points=move.points,
            order_id=None if move.order is None else strawberry.ID(global_id("Order", move.order)),
            available_at=move.available_at,
            expires_at=move.expires_at,
        )
