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
LENGTH: Final = 12
"""60 bits."""
_COLUMN: Final = "code"


def new_code(prefix: str = "") -> str:
    """Make a code of 60 random bits, such as `P-4F7K-0XQZ-99AB` with the prefix `P`."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join((*([prefix] if prefix else ()), drawn[:4], drawn[4:8], drawn[8:]))


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
