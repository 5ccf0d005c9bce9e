"""How letters leave: through an SMTP server, or, in development, into the log."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from http_edge.accounts.letters import Letter
from http_edge.accounts.rules import mailbox
from streams.env import Env, SettingError
from streams.logging import VERBATIM

DEADLINE = 15.0
"""Seconds for a whole conversation with the mail server."""
_PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465, "smtp+insecure": 25}
_FORMS = "smtp://user:password@host:587 (STARTTLS), smtps://… (TLS) or smtp+insecure://… (neither)"


class NotSentError(Exception):
    """The letter was not taken, and may be later. The message says why, without the letter's text."""


class RefusedError(Exception):
    """The letter will never be taken: there is no such recipient, or the mail server cannot spell the address."""


class Post(Protocol):
    """What takes a letter to its recipient."""

    async def send(self, letter: Letter, at: datetime) -> None:
        """Raises NotSentError, RefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A mail server, and whom its mails are from."""

    host: str
    port: int
    security: str  # smtp (STARTTLS), smtps (TLS from the first byte) or smtp+insecure
    user: str
    password: str = field(repr=False)
    sender: str


def smtp_settings(env: Env) -> SmtpSettings | None:
    """From SMTP_URL (or SMTP_URL_FILE) and MAIL_FROM; None when there is no server. Raises SettingError."""
    url = env.secret("SMTP_URL")
    sender = env.parsed("MAIL_FROM", "CodePortal <codeportal@localhost>", _sender, "an address: Name <name@host>")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        if not parts.hostname or parts.path not in ("", "/"):
            raise ValueError("no host")
    except (ValueError, KeyError) as error:
        raise SettingError(f"SMTP_URL=(hidden): expected {_FORMS}") from error
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpSettings(parts.hostname, port, parts.scheme, user, password, sender)


def _sender(text: str) -> str:
    address = parseaddr(text)[1]
    if "@" not in address or "\n" in text or "\r" in text:
        raise ValueError("no address")
    return text.replace(address, mailbox(address))


class SmtpPost:
    """A conversation per letter: there are few."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()

    async def send(self, letter: Letter, at: datetime) -> None:
        try:
            async with self._conversation() as server:
                await _hand_over(server, letter, letter.message(self._settings.sender, at))
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if all(code >= 500 for code in codes):
                raise RefusedError(f"the mail server refuses the recipient ({codes[0]})") from error
            raise NotSentError(f"the mail server does not take the recipient now ({codes[0]})") from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotSentError(f"the mail server answers {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotSentError(str(error) or type(error).__name__) from error

    def _conversation(self) -> aiosmtplib.SMTP:
        settings = self._settings
        secure = settings.security != "smtp+insecure"
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.password or None,
            use_tls=settings.security == "smtps",
            start_tls=settings.security == "smtp",
            tls_context=self._tls if secure else None,
            timeout=DEADLINE,
        )


async def _hand_over(server: aiosmtplib.SMTP, letter: Letter, message: EmailMessage) -> None:
    try:
        await server.send_message(message)
    except aiosmtplib.SMTPNotSupported as error:  # of all that it may lack, only SMTPUTF8 is asked for here
        if mailbox(letter.recipient).isascii():
            raise  # our own address needs it, and that is for the operator to change
        raise RefusedError("the mail server takes no address outside of ASCII (SMTPUTF8)") from error


class LogPost:
    """Prints letters: in development there is no mail server, and this is the only place where a token may appear."""

    async def send(self, letter: Letter, at: datetime) -> None:
        del at
        # A token may look like a job's id, which every other line is rid of.
        structlog.get_logger().info(
            "mail", to=letter.recipient, subject=letter.subject, text=letter.text, **{VERBATIM: True}
        )
