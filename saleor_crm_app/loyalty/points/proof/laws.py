"""The laws of the ledger as questions: each query gives the rows of one installation that break its law."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Law:
    """A law's number, the sentence about a row that breaks it, and the query, whose first column is that row.

    The sentence may name the row and the query's second column, `what`.
    """

    number: str
    sentence: str
    query: str


LAWS: Final[tuple[Law, ...]] = (
    Law(
        "I1",
        "entry {row} is not fully allotted",
        """
        SELECT entry.id FROM entry LEFT JOIN (
            SELECT shard_key, entry_id, sum(points) AS points, count(*) AS number, min(n) AS first, max(n) AS last
            FROM allocation WHERE installation_id = :installation GROUP BY shard_key, entry_id) AS allotted
          ON allotted.shard_key = entry.shard_key AND allotted.entry_id = entry.id
        WHERE entry.installation_id = :installation
          AND (allotted.points, allotted.first, allotted.last) IS DISTINCT FROM (entry.points, 0, number - 1)
        """,
    ),
    Law(
        "I2",
        "account {row} has a balance other than the sum of its entries, or other than its lots less its deficit",
        """
        SELECT account.id FROM account
        LEFT JOIN (SELECT shard_key, account_id, sum(points) AS points, count(*) AS entries FROM entry
                   WHERE installation_id = :installation GROUP BY shard_key, account_id) AS booked
          ON booked.shard_key = account.shard_key AND booked.account_id = account.id
        LEFT JOIN (SELECT shard_key, account_id, sum(remaining) AS points FROM lot
                   WHERE installation_id = :installation GROUP BY shard_key, account_id) AS lots
          ON lots.shard_key = account.shard_key AND lots.account_id = account.id
        WHERE account.installation_id = :installation
          AND (account.balance <> coalesce(booked.points, 0)
               OR account.balance <> coalesce(lots.points, 0) - account.deficit
               OR account.last_seq <> coalesce(booked.entries, 0))
        """,
    ),
    Law(
        "I3",
        "account {row} has a deficit other than what was allotted to none of its lots",
        """
        SELECT account.id FROM account
        LEFT JOIN (SELECT entry.shard_key, entry.account_id, -sum(allocation.points) AS owed
                   FROM allocation JOIN entry
                     ON entry.installation_id = allocation.installation_id
                    AND entry.shard_key = allocation.shard_key AND entry.id = allocation.entry_id
                   WHERE allocation.installation_id = :installation AND allocation.lot_id IS NULL
                   GROUP BY entry.shard_key, entry.account_id) AS owing
          ON owing.shard_key = account.shard_key AND owing.account_id = account.id
        WHERE account.installation_id = :installation
          AND (account.deficit <> coalesce(owing.owed, 0) OR account.deficit < 0)
        """,
    ),
    Law(
        "I4",
        "entry {row} has a source key that another entry of its account has as well",
        """
        SELECT max(CAST(entry.id AS text)) FROM entry WHERE entry.installation_id = :installation
        GROUP BY entry.shard_key, entry.account_id, entry.key HAVING count(*) > 1
        """,
    ),
    Law(
        "I5",
        "lot {row} holds other points than its allocations give, or more than it ever got",
        """
        SELECT lot.id FROM lot
        LEFT JOIN (SELECT shard_key, lot_id, sum(points) AS points, sum(points) FILTER (WHERE points > 0) AS got
                   FROM allocation WHERE installation_id = :installation GROUP BY shard_key, lot_id) AS moved
          ON moved.shard_key = lot.shard_key AND moved.lot_id = lot.id
        WHERE lot.installation_id = :installation
          AND (lot.remaining <> coalesce(moved.points, 0) OR lot.remaining NOT BETWEEN 0 AND lot.granted
               OR lot.granted > coalesce(moved.got, 0))
        """,
    ),
    Law(
        "I5",
        "lot {row} has other dates than were noted last",
        """
        SELECT lot.id FROM lot
        LEFT JOIN (SELECT shard_key, lot_id, max(n) AS last, count(*) AS number FROM lot_term
                   WHERE installation_id = :installation GROUP BY shard_key, lot_id) AS noted
          ON noted.shard_key = lot.shard_key AND noted.lot_id = lot.id
        LEFT JOIN lot_term AS term ON term.installation_id = lot.installation_id
          AND term.shard_key = lot.shard_key AND term.lot_id = lot.id AND term.n = noted.last
        WHERE lot.installation_id = :installation
          AND ((lot.terms, lot.terms) IS DISTINCT FROM (coalesce(noted.last, 0), coalesce(noted.number, 0))
               OR lot.activates_at IS DISTINCT FROM term.activates_at
               OR lot.expires_at IS DISTINCT FROM term.expires_at)
        """,
    ),
    Law(
        "I5",
        "lot {row} has other points set aside than the open holds say, or more than it has",
        """
        SELECT lot.id FROM lot
        LEFT JOIN (SELECT part.shard_key, part.lot_id, sum(part.points) AS points FROM hold_lot AS part
                   JOIN hold ON hold.installation_id = part.installation_id AND hold.shard_key = part.shard_key
                            AND hold.id = part.hold_id
                   WHERE part.installation_id = :installation AND hold.state = 'OPEN'
                   GROUP BY part.shard_key, part.lot_id) AS aside
          ON aside.shard_key = lot.shard_key AND aside.lot_id = lot.id
        WHERE lot.installation_id = :installation
          AND (lot.held <> coalesce(aside.points, 0) OR lot.held NOT BETWEEN 0 AND lot.remaining)
        """,
    ),
    Law(
        "I5",
        "hold {row} has set aside other points than its lots say",
        """
        SELECT hold.id FROM hold
        LEFT JOIN (SELECT shard_key, hold_id, sum(points) AS points FROM hold_lot
                   WHERE installation_id = :installation GROUP BY shard_key, hold_id) AS parts
          ON parts.shard_key = hold.shard_key AND parts.hold_id = hold.id
        WHERE hold.installation_id = :installation AND hold.points <> coalesce(parts.points, 0)
        """,
    ),
    Law(
        "I6",
        "order {row} has other points than were posted for it",
        """
        SELECT done.order_id FROM order_points AS done
        LEFT JOIN (SELECT shard_key, order_id, sum(points) AS points, count(*) AS postings,
                          coalesce(-sum(points) FILTER (WHERE points < 0), 0) AS taken
                   FROM entry WHERE installation_id = :installation AND source = 'ORDER'
                   GROUP BY shard_key, order_id) AS booked
          ON booked.shard_key = done.shard_key AND booked.order_id = done.order_id
        LEFT JOIN (SELECT shard_key, order_id, -sum(points) AS points FROM entry
                   WHERE installation_id = :installation AND kind = 'REVERSE' AND points < 0
                   GROUP BY shard_key, order_id) AS undone
          ON undone.shard_key = done.shard_key AND undone.order_id = done.order_id
        WHERE done.installation_id = :installation
          AND (done.reversed <> coalesce(undone.points, 0) OR done.posted <> coalesce(booked.points, 0)
               OR done.postings <> coalesce(booked.postings, 0)
               OR done.taken_back <> coalesce(booked.taken, 0) OR done.forgiven NOT BETWEEN 0 AND done.posted)
        """,
    ),
    Law(
        "I6",
        "redemption {row} has other points than were posted for it",
        """
        SELECT spent.id FROM redemption AS spent
        LEFT JOIN (SELECT shard_key, subject_id, -sum(points) AS points, count(*) AS postings
                   FROM entry WHERE installation_id = :installation AND source = 'REDEMPTION'
                   GROUP BY shard_key, subject_id) AS booked
          ON booked.shard_key = spent.shard_key AND booked.subject_id = spent.id
        WHERE spent.installation_id = :installation
          AND (spent.points - spent.returned <> coalesce(booked.points, 0)
               OR spent.postings <> coalesce(booked.postings, 0))
        """,
    ),
)

WAITING: Final = Law(
    "SEAL",
    "{what} {row} is covered by no seal and waits for none, or was sealed by a seal that is gone",
    """
    SELECT CAST(account.id AS text) AS row, 'account' AS what FROM account
    WHERE account.installation_id = :installation AND account.last_seq > 0
      AND NOT EXISTS (SELECT FROM unsealed AS due WHERE due.installation_id = account.installation_id
                      AND due.shard_key = account.shard_key AND due.subject_id = account.id
                      AND due.seq = account.last_seq)
      AND NOT EXISTS (SELECT FROM sealed AS done WHERE done.installation_id = account.installation_id
                      AND done.shard_key = account.shard_key AND done.subject_id = account.id
                      AND done.seq = account.last_seq)
    UNION ALL
    SELECT CAST(lot_term.lot_id AS text), 'lot_term' FROM lot_term
    WHERE lot_term.installation_id = :installation
      AND NOT EXISTS (SELECT FROM unsealed AS due WHERE due.installation_id = lot_term.installation_id
                      AND due.shard_key = lot_term.shard_key AND due.subject_id = lot_term.lot_id
                      AND due.seq = lot_term.n)
      AND NOT EXISTS (SELECT FROM sealed AS done WHERE done.installation_id = lot_term.installation_id
                      AND done.shard_key = lot_term.shard_key AND done.subject_id = lot_term.lot_id
                      AND done.seq = lot_term.n)
    UNION ALL
    SELECT CAST(done.subject_id AS text), 'sealed' FROM sealed AS done
    WHERE done.installation_id = :installation
      AND NOT EXISTS (SELECT FROM seal WHERE seal.installation_id = done.installation_id AND seal.n = done.n)
    """,
)
"""Whoever posts is sealed or waits for it, in the very transaction."""

PROSE: Final[tuple[tuple[str, str], ...]] = (
    ("I1", "every entry is fully allotted to lots or to its account's deficit"),
    ("I2", "balances are the sums of their entries, and of their lots less the deficit"),
    ("I3", "deficits are what was allotted to no lot, and never negative"),
    ("I4", "no source was posted twice"),
    ("I5", "lots hold what their allocations give, with the dates noted last and the points set aside by open holds"),
    ("I6", "issued = available + pending + held + redeemed + expired + clawed back, by order and redemption as well"),
    ("I7", "no coupon is used more often than it may be: no coupons are kept"),
    ("I8", "no row lies under a wrong installation or shard, or names one that does"),
    ("CHAIN", "the entries of an account follow each other and are as they were written"),
    ("SEAL", "every seal follows the one before, is signed, and its root follows from the entries it covers"),
)
"""What is proved, by the number of the law."""
