"""The setup code: only who has the manifest's whole address can install the app."""

import hmac
from base64 import b32encode
from hashlib import sha256
from typing import Final

from saleor_crm_app.config import Settings

_OFF: Final = "off"
_LENGTH: Final = 16


def setup_code(settings: Settings) -> str | None:
    """The code that opens installation, or None where anybody admitted by domain may install.

    Without one in the settings it follows from the secret key, so that every process and machine has the same.
    """
    if settings.setup_code is not None:
        chosen = settings.setup_code.get_secret_value()
        return None if chosen == _OFF else chosen
    digest = hmac.digest(settings.secret_keys[0].encode(), b"setup code", sha256)
    return b32encode(digest).decode()[:_LENGTH].lower()


def opens(given: str | None, settings: Settings) -> bool:
    """Whether a request with this code may go on; compared in constant time."""
    code = setup_code(settings)
    return code is None or hmac.compare_digest((given or "").encode(), code.encode())
