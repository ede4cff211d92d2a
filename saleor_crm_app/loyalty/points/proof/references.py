"""Law I8 as one question: every row that names another names one of its own shop, shard and account."""

from dataclasses import dataclass
from typing import Final

from saleor_crm_app.loyalty.points.proof.laws import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """Rows of `table`, as far as `when` holds, name a row of `other`: `named` is that row in the condition `by`.

    A row is called by its column `subject`. Only what may lie with another customer is looked for in every shard.
    """

    table: str
    other: str
    by: str
    subject: str = "id"
    when: str = "true"
    in_shard: bool = True

    def query(self) -> str:
        shard = f"AND named.shard_key = {self.table}.shard_key" if self.in_shard else ""
        return f"""
            SELECT CAST({self.table}.{self.subject} AS text) AS row, '{self.table}' AS what FROM {self.table}
            WHERE {self.table}.installation_id = :installation AND {self.when} AND NOT EXISTS (
                SELECT FROM {self.other} AS named
                WHERE named.installation_id = {self.table}.installation_id {shard} AND {self.by})
        """  # noqa: S608 # names of our own tables, all from this file


_REFERENCES: Final = (
    _Reference(table="account", other="program", by="named.id = account.program_id", in_shard=False),
    _Reference(
        table="account",
        other="account",
        by="named.id = account.merged_into",
        when="account.merged_into IS NOT NULL",
        in_shard=False,
    ),
    _Reference(table="entry", other="account", by="named.id = entry.account_id"),
    _Reference(
        table="entry",
        other="order_points",
        by="named.order_id = entry.order_id AND named.account_id = entry.account_id",
        when="entry.source = 'ORDER' AND entry.order_id IS NOT NULL",
    ),
    _Reference(
        table="entry",
        other="redemption",
        by="named.id = entry.subject_id AND named.account_id = entry.account_id",
        when="entry.source = 'REDEMPTION' AND entry.subject_id IS NOT NULL",
    ),
    _Reference(table="allocation", other="entry", by="named.id = allocation.entry_id", subject="entry_id"),
    _Reference(
        table="allocation",
        other="lot",
        by="named.id = allocation.lot_id AND named.account_id = (SELECT account_id FROM entry"
        " WHERE entry.installation_id = named.installation_id AND entry.shard_key = named.shard_key"
        " AND entry.id = allocation.entry_id)",
        subject="entry_id",
        when="allocation.lot_id IS NOT NULL",
    ),
    _Reference(table="lot", other="account", by="named.id = lot.account_id"),
    _Reference(
        table="lot",
        other="lot",
        by="named.id = lot.origin_lot",
        when="lot.origin_lot IS NOT NULL",
        in_shard=False,  # points of a merged account lie with another customer now
    ),
    _Reference(
        table="lot",
        other="entry",
        by="named.order_id = lot.order_id",
        when="lot.order_id IS NOT NULL AND lot.granted > 0",
        in_shard=False,
    ),
    _Reference(table="lot_term", other="lot", by="named.id = lot_term.lot_id", subject="lot_id"),
    _Reference(
        table="order_points",
        other="lot",
        by="named.id = order_points.lot_id AND named.account_id = order_points.account_id"
        " AND named.order_id = order_points.order_id",
        subject="order_id",
    ),
    _Reference(table="hold", other="account", by="named.id = hold.account_id"),
    _Reference(table="hold_lot", other="hold", by="named.id = hold_lot.hold_id", subject="hold_id"),
    _Reference(table="hold_lot", other="lot", by="named.id = hold_lot.lot_id", subject="hold_id"),
    _Reference(table="redemption", other="account", by="named.id = redemption.account_id"),
    _Reference(table="entry_note", other="entry", by="named.id = entry_note.entry_id", subject="entry_id"),
)

REFERENCES: Final = Law(
    "I8",
    "{what} {row} names something that is not there, or lies in another shop, shard or account",
    " UNION ALL ".join(reference.query() for reference in _REFERENCES),
)
