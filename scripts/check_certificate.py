"""Checks a certificate of Saleor CRM against the entries it was made from; needs Python 3.11+ and `cryptography`.

python check_certificate.py CERTIFICATE.json ENTRIES.jsonl [KEYS.json]

KEYS.json is what the app serves at /.well-known/saleor-crm-keys.json. Exit code 0: all is as certified.
"""

import json
import sys
from base64 import urlsafe_b64decode
from collections import Counter
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TAKEN = {"redeemed": ("REDEEM", "RETURN"), "expired": ("EXPIRE",), "clawed_back": ("CLAWBACK", "REVERSE")}


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def demand(holds: bool, sentence: str) -> None:  # noqa: FBT001 # reads as a sentence
    if not holds:
        sys.exit(f"BROKEN: {sentence}")


def demand_signature(document: dict[str, Any], keys: dict[str, str], what: str) -> None:
    message = canonical({name: value for name, value in document.items() if name != "signature"})
    public = bytes.fromhex(keys[document["key_id"]])
    demand(document["key_id"] == sha256(public).hexdigest()[:16], f"the key of the {what} is not the one it names")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(document["signature"]), message)
    except InvalidSignature:
        demand(False, f"the {what} was changed after it was signed")  # noqa: FBT003 # never holds here


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[tuple[int, bytes]], depth: int = 16) -> bytes:
    """Over hashes in order, each with its shard key from 0 on: 16 levels split by its first bits, RFC 6962 the rest."""
    if depth and leaves:
        cut = sum(not shard >> (47 + depth) & 1 for shard, _ in leaves)
        return node(root_of(leaves[:cut], depth - 1), root_of(leaves[cut:], depth - 1))
    level = [leaf for _, leaf in leaves] or [sha256(b"").digest()]
    while len(level) > 1:
        level = [node(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
    return reduce(lambda half, _: node(half, half), range(depth), level[0])  # below an empty node both halves are alike


def main(certificate_path: str, entries_path: str, keys_path: str = "") -> None:
    document = json.loads(Path(certificate_path).read_bytes())
    seal, keys, sums = document["seal"], document["keys"], document["sums"]
    if keys_path:
        published = json.loads(Path(keys_path).read_bytes())["keys"]
        known = {one["kid"]: urlsafe_b64decode(one["x"] + "=").hex() for one in published}
        demand(keys.items() <= known.items(), "a key of the certificate is not among the published ones")
    demand_signature(document, keys, "certificate")
    demand_signature(seal, keys, "seal")
    heads: dict[tuple[int, bytes], tuple[int, bytes]] = {}
    kinds, lots, found = Counter[str](), Counter[str](), Counter[str]()
    with Path(entries_path).open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            entry, moves, name = line["content"], line["allocations"], f"entry {line['content']['id']}"
            place = (entry["shard_key"], UUID(entry["account_id"]).bytes)
            seq, head = heads.get(place, (0, b""))
            demand(entry["installation_id"] == document["installation"] == seal["installation"], f"{name} is foreign")
            demand(entry["seq"] == seq + 1, f"{name} does not follow the one before it")
            head = sha256(head + canonical([line["version"], entry, moves])).digest()
            demand(head.hex() == line["hash"], f"{name} was changed after it was written")
            demand(entry["points"] == sum(points for _, points in moves), f"{name} is not fully allotted")
            heads[place], kinds[entry["kind"]] = (seq + 1, head), kinds[entry["kind"]] + entry["points"]
            lots[line["program"]] += sum(points for lot, points in moves if lot)
            found["owed"] -= sum(points for lot, points in moves if not lot)
            found["entries"] += 1
    leaves = []
    for (shard, account), (seq, head) in sorted(heads.items()):
        leaf = b"\x00" + shard.to_bytes(8, "big", signed=True) + account + seq.to_bytes(8, "big") + head
        leaves.append((shard + (1 << 63), sha256(leaf).digest()))
    demand(root_of(leaves).hex() == seal["root"] and len(leaves) == seal["accounts"], "the seal is over other entries")
    found |= {"accounts": len(heads), "points": kinds.total(), "outstanding": lots.total()}
    found |= {name: -sum(kinds[kind] for kind in of) for name, of in TAKEN.items()}
    found["issued"] = kinds.total() + sum(found[name] for name in TAKEN)
    for name, figure in sums.items():
        demand(figure == (found[name] if name != "by_kind" else {k: kinds[k] for k in figure}), f"{name} is wrong")
    for one in document["liability"]:
        worth = lots[one["program"]] * one["rate"]["minor_units"] // one["rate"]["points"]
        demand([one["points"], one["minor_units"]] == [lots[one["program"]], worth], f"the {one['currency']} liability")
    sys.stdout.write(f"OK: {found['entries']} entries of {len(heads)} accounts, as sealed at {seal['at']}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
