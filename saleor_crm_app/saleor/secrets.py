"""Secrets at rest: AES-256-GCM, bound to the row and column they belong to, under keys that can be changed."""

import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import InstallationId

_FORM: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_FORM) + _KEY_ID_BYTES
"""Stored: form (1), key id (8), nonce (12), ciphertext with tag."""


class CannotOpen(CrmError):
    """A stored secret was sealed under a key we no longer have, for another place, or was altered."""


class Vault:
    """Seals with the first key, opens with any; keys are derived from the texts of the settings."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys or not all(secret_keys):
            raise ValueError("a vault needs at least one key")
        derived = [_derive(secret) for secret in secret_keys]
        self._keys = {key_id: AESGCM(key) for key_id, key in reversed(derived)}
        self._sealing = derived[0][0]

    def seal(self, plain: str, *, installation: InstallationId, column: str) -> bytes:
        """Encrypt for one column of one installation's row."""
        head = _FORM + self._sealing
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._sealing].encrypt(nonce, plain.encode(), _place(head, installation, column))
        return head + nonce + sealed

    def open(self, sealed: bytes, *, installation: InstallationId, column: str) -> str:
        """Decrypt what `seal` made for the same place.

        Raises CannotOpen.
        """
        head, rest = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
        key = self._keys.get(head[len(_FORM) :])
        if not head.startswith(_FORM) or key is None:
            raise CannotOpen(f"The {column} was sealed under a key that is in no setting; add it back as a fallback")
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return key.decrypt(nonce, ciphertext, _place(head, installation, column)).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(f"The stored {column} was altered or belongs to another installation") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was sealed under the key that seals now."""
        return sealed[:_HEAD_BYTES] == _FORM + self._sealing


def _place(head: bytes, installation: InstallationId, column: str) -> bytes:
    return head + installation.bytes + column.encode()


def _derive(secret: str) -> tuple[bytes, bytes]:
    """Key id and key; the id tells nothing of the key."""
    okm = HKDF(algorithm=SHA256(), length=_KEY_ID_BYTES + 32, salt=None, info=b"saleor-crm secrets at rest 1").derive(
        secret.encode()
    )
    return okm[:_KEY_ID_BYTES], okm[_KEY_ID_BYTES:]
