"""Codes that are worth money: unguessable when made, and at rest a ciphertext with a keyed digest to find it by."""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.secrets import Vault

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are taken for other letters."""
_BITS: Final = 60
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
"""Ten bits as two letters."""
_COLUMN: Final = "code"


def new_code(prefix: str = "") -> str:
    """Make a code of 60 random bits, such as `P-4F7K-0XQZ-99AB` with the prefix `P`."""
    drawn = secrets.randbits(_BITS)
    one, two, three = _four(drawn >> 40), _four(drawn >> 20), _four(drawn)
    return f"{prefix}-{one}-{two}-{three}" if prefix else f"{one}-{two}-{three}"


def new_codes(number: int, prefix: str = "") -> list[str]:
    """Make so many, no two alike."""
    made: dict[str, None] = {}
    while len(made) < number:
        made[new_code(prefix)] = None
    return list(made)


def _four(bits: int) -> str:
    """The lowest twenty bits as four letters."""
    return _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]


class CodeBook:
    """Seals codes, opens them for their owner, and digests them; with older keys too."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._vault = Vault(secret_keys)
        self._macs = [hmac.digest(key.encode(), b"codes", sha256) for key in secret_keys]

    def seal(self, code: str, *, installation: InstallationId) -> bytes:
        """Encrypt a code for one installation."""
        return self._vault.seal(code, installation=installation, column=_COLUMN)

    def open(self, sealed: bytes, *, installation: InstallationId) -> str:
        """Decrypt what `seal` made.

        Raises CannotOpen.
        """
        return self._vault.open(sealed, installation=installation, column=_COLUMN)

    def mac(self, code: str, *, installation: InstallationId) -> bytes:
        """The digest to keep with a new code."""
        return self.macs(code, installation=installation)[0]

    def macs(self, code: str, *, installation: InstallationId) -> list[bytes]:
        """The digests a code may be kept with, whichever key was in use; letters' case does not matter."""
        text = installation.bytes + code.strip().upper().encode()
        return [hmac.digest(key, text, sha256) for key in self._macs]

    def again(self, sealed: bytes, *, installation: InstallationId) -> tuple[bytes, bytes] | None:
        """What is sealed under an older key, sealed under the one in use, and its digest; None where it is already.

        Raises CannotOpen.
        """
        if self._vault.is_current(sealed):
            return None
        text = self.open(sealed, installation=installation)
        return self.seal(text, installation=installation), self.mac(text, installation=installation)
