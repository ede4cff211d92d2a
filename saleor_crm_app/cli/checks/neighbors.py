"""The neighbors that settings may name: the mail server and the Dashboards."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from saleor_crm_app.cli.checks.findings import Finding, failed, ok, warning
from saleor_crm_app.config import Settings
from saleor_crm_app.saleor.http import CallFailed, CallPolicy, Redirected, TooLarge, shop_client

MAIL_SLOW_FIX: Final = "Check host and port in SMTP_URL, and that the firewall lets this machine send mail."
ORIGIN_SLOW_FIX: Final = "Check the address in DASHBOARD_ORIGINS, and that it is reached from here."
_SECONDS: Final = 8.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


async def takes_mail(smtp_url: str) -> Sequence[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    parts = urlsplit(smtp_url)
    if parts.scheme not in _PORTS or not parts.hostname:
        fix = "Write SMTP_URL as smtp://user:password@host:587, or smtps:// with port 465."
        return [failed("mail.smtp", "SMTP_URL is no address of a mail server", fix=fix)]
    try:
        encrypted = await asyncio.to_thread(_greet, smtp_url)
    except smtplib.SMTPAuthenticationError:
        fix = "Correct user and password in SMTP_URL; characters such as @ and / are written as %40 and %2F there."
        return [failed("mail.smtp", f"{parts.hostname} refuses user or password", fix=fix)]
    except ssl.SSLError as error:
        fix = "Name the mail server in SMTP_URL as its certificate does."
        return [failed("mail.smtp", f"{parts.hostname} does not prove who it is: {error.reason}", fix=fix)]
    except (smtplib.SMTPException, OSError) as error:
        return [failed("mail.smtp", f"{parts.hostname} is not reached: {type(error).__name__}", fix=MAIL_SLOW_FIX)]
    if not encrypted:
        fix = "Use smtps://, or let the server offer STARTTLS."
        return [warning("mail.smtp", f"{parts.hostname} takes mail, but in the clear", fix=fix)]
    return [ok("mail.smtp", f"{parts.hostname} takes mail")]


def _greet(smtp_url: str) -> bool:
    """Connect, encrypt where it can be, log in where there is a user; says whether it is encrypted."""
    parts = urlsplit(smtp_url)
    address = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    tls = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=_SECONDS, context=tls)
    else:
        server = smtplib.SMTP(*address, timeout=_SECONDS)
    with server:
        server.ehlo()
        encrypted = parts.scheme == "smtps"
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
            encrypted = True
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.noop()
    return encrypted


async def is_an_origin(chosen: Settings, origin: str) -> Sequence[Finding]:
    """Whether it is an origin, as a browser names it, and somebody answers there."""
    parts = urlsplit(origin)
    if parts.scheme not in {"https", "http"} or f"{parts.scheme}://{parts.netloc}" != origin or not parts.hostname:
        fix = "Write origins in DASHBOARD_ORIGINS as https://dashboard.example, without a path or a slash at the end."
        return [failed("dashboard.origin", f"{origin!r} is no origin", fix=fix)]
    if parts.scheme == "http" and not chosen.allow_private_hosts:
        fix = "Serve the Dashboard by https, and name it so in DASHBOARD_ORIGINS."
        return [failed("dashboard.origin", f"{origin} is not https", fix=fix)]
    try:
        async with shop_client(origin, CallPolicy(allow_private=True)) as client:
            await client.get(f"{origin}/")
    except CallFailed as trouble:
        # a redirect to its own first page, or a long page, is an answer too
        if not isinstance(trouble, Redirected | TooLarge):
            says = f"{origin} is not reached from here: {trouble}"
            return [failed("dashboard.origin", says, fix=ORIGIN_SLOW_FIX)]
    return [ok("dashboard.origin", f"{origin} answers")]
