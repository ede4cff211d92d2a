"""One batch's postings, collected in memory under the accounts' locks until they are written set-wise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from saleor_crm_app.kernel.ids import (
    AccountId,
    CustomerId,
    EntryId,
    InstallationId,
    LotId,
    OrderId,
    ProgramId,
    RedemptionId,
    ShardKey,
    new_id,
)
from saleor_crm_app.loyalty.points.chain import HASH_VERSION, entry_hash
from saleor_crm_app.loyalty.points.lots import Draw, Lot
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource


@dataclass(slots=True)
class OpenAccount:
    """An account under lock, changed in memory until the ledger is written."""

    id: AccountId
    shard: ShardKey
    customer: CustomerId
    program: ProgramId
    balance: int
    deficit: int
    last_seq: int
    head: bytes
    status: AccountStatus = AccountStatus.ACTIVE
    last_active_at: datetime | None = None


@dataclass(slots=True)
class OrderPosting:
    """What was posted for an order so far, with its lot.

    `forgiven` of it need not come back; `reversed` more was taken back by staff; `version` names the rule set by which
    it was recalculated; `budgets` are the points it took out of rules' budgets; `segments` are those the customer was
    in when it was made, None where no rule asked.
    """

    order: OrderId
    lot: Lot
    posted: int = 0
    taken_back: int = 0
    postings: int = 0
    forgiven: int = 0
    reversed: int = 0
    version: int | None = None
    budgets: dict[str, int] = field(default_factory=dict)
    segments: frozenset[UUID] | None = None

    @property
    def keys(self) -> list[str]:
        """The keys of its entries so far."""
        return [f"order:{self.order}:{n}" for n in range(self.postings)]

    @property
    def next_key(self) -> str:
        return f"order:{self.order}:{self.postings}"

    @property
    def granted(self) -> int:
        """What the order has in the books, less what the shop bore."""
        return self.posted - self.forgiven

    def lacks(self, target: int) -> int:
        """Points to post so that the order has what it deserves; negative ones are to come back."""
        return max(target, self.reversed) - self.granted

    def add(self, points: int) -> None:
        """Count one more posting."""
        self.posted += points
        self.taken_back += max(-points, 0)
        self.postings += 1


@dataclass(slots=True)
class Redemption:
    """Points spent at once; `returned` of them came back since."""

    id: RedemptionId
    account: AccountId
    order: OrderId | None
    points: int
    redeemed_at: datetime
    returned: int = 0
    postings: int = 0

    @property
    def keys(self) -> list[str]:
        """The keys of its entries so far."""
        return [f"redeem:{self.id}:{n}" for n in range(self.postings)]

    @property
    def next_key(self) -> str:
        return f"redeem:{self.id}:{self.postings}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One entry to be: `explanation` holds ids, numbers and codes only.

    `subject` is what it is about besides an order: a redemption, a lapsed lot, the entry it undoes, an account.
    """

    kind: EntryKind
    source: EntrySource
    key: str
    order: OrderId | None
    program_version: int
    explanation: dict[str, Any]
    occurred_at: datetime
    draws: Sequence[Draw]
    subject: UUID | None = None


@dataclass(slots=True)
class Journal:
    """Everything one batch posts, collected to be written with a fixed number of statements."""

    installation: InstallationId
    recorded_at: datetime
    entries: list[dict[str, Any]] = field(default_factory=list)
    allocations: list[dict[str, Any]] = field(default_factory=list)
    accounts: dict[AccountId, OpenAccount] = field(default_factory=dict)
    lots: dict[LotId, tuple[OpenAccount, Lot]] = field(default_factory=dict)
    terms: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[OrderId, tuple[OpenAccount, OrderPosting]] = field(default_factory=dict)
    redemptions: dict[RedemptionId, tuple[OpenAccount, Redemption]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.entries or self.lots or self.orders or self.accounts)

    def post(self, account: OpenAccount, posted: Posted) -> None:
        """Add an entry to the end of its account's chain."""
        points = sum(draw.points for draw in posted.draws)
        account.last_seq += 1
        account.balance += points
        account.deficit -= sum(draw.points for draw in posted.draws if draw.lot is None)
        row: dict[str, Any] = {
            "installation_id": self.installation,
            "shard_key": account.shard,
            "id": EntryId(new_id()),
            "account_id": account.id,
            "seq": account.last_seq,
            "kind": posted.kind.value,
            "source": posted.source.value,
            "points": points,
            "key": posted.key,
            "order_id": posted.order,
            "program_version": posted.program_version,
            "explanation": posted.explanation,
            "occurred_at": posted.occurred_at,
            "recorded_at": self.recorded_at,
            "subject_id": posted.subject,
        }
        head = entry_hash(account.head, row, [(draw.lot, draw.points) for draw in posted.draws])
        row |= {"hash_version": HASH_VERSION, "prev_hash": account.head, "hash": head}
        row["explanation"] = msgspec.json.encode(posted.explanation).decode()
        account.head = head
        self.entries.append(row)
        self.allocations += self._allocations(account, row["id"], posted.draws)
        self.accounts[account.id] = account

    def touch_account(self, account: OpenAccount) -> None:
        """Have an account written as it stands at the end."""
        self.accounts[account.id] = account

    def touch_lot(self, account: OpenAccount, lot: Lot) -> None:
        """Have a lot written as it stands at the end."""
        self.lots[lot.id] = (account, lot)

    def date_lot(self, account: OpenAccount, lot: Lot) -> None:
        """Note that a lot has new dates."""
        lot.terms_known += 1
        self.terms.append(
            {
                "installation_id": self.installation,
                "shard_key": account.shard,
                "lot_id": lot.id,
                "n": lot.terms_known,
                "activates_at": lot.terms.activates_at,
                "expires_at": lot.terms.expires_at,
                "recorded_at": self.recorded_at,
            }
        )
        self.touch_lot(account, lot)

    def _allocations(self, account: OpenAccount, entry: EntryId, draws: Sequence[Draw]) -> Iterable[dict[str, Any]]:
        return (
            {
                "installation_id": self.installation,
                "shard_key": account.shard,
                "entry_id": entry,
                "n": n,
                "lot_id": draw.lot,
                "points": draw.points,
            }
            for n, draw in enumerate(draws)
        )
