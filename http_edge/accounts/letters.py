"""The words of every mail. Pure.

Nothing that somebody typed is in them: a name could be an advertisement, sent by us to whomever its author likes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Literal

from http_edge.accounts.mailing import Kind, Purpose, WaitingMail
from http_edge.accounts.rules import mailbox
from streams.duration import format_duration

TOKEN_LIFE: dict[Purpose, timedelta] = {"verify": timedelta(hours=24), "reset": timedelta(hours=1)}
PURPOSES: dict[Kind, Purpose] = {"verify": "verify", "reset": "reset"}
"""The kinds of mail that bring a token, and what it is for."""
_PAGES: dict[Purpose, Literal["verify", "reset"]] = {"verify": "verify", "reset": "reset"}

_SUBJECTS: dict[Kind, str] = {
    "verify": "Confirm your e-mail address",
    "taken": "You already have an account",
    "reset": "Choose a new password",
    "password_changed": "Your password was changed",
}
_TEXTS: dict[Kind, str] = {
    "verify": """Hello,

somebody, most likely you, registered this address at CodePortal. To confirm that it is yours, open

    {link}

within {life}. If it was not you, do nothing: without this step nobody can use an account with your address.
""",
    "taken": """Hello,

somebody, most likely you, tried to register this address at CodePortal. You have an account already: log in at

    {login}

where you can also choose a new password if you forgot it. If it was not you, there is nothing to do.
""",
    "reset": """Hello,

somebody, most likely you, asked to choose a new password at CodePortal. To do so, open

    {link}

within {life}. If it was not you, do nothing: your password stays as it is.
""",
    "password_changed": """Hello,

the password of your account at CodePortal was changed, and all other sessions were ended. API keys still work.
If it was not you, choose a new password at once:

    {login}
""",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, written. `text` may hold a token: it is for the recipient's eyes."""

    recipient: str
    subject: str
    text: str

    def message(self, sender: str, at: datetime) -> EmailMessage:
        """As it goes over the wire."""
        message = EmailMessage(policy=SMTP)
        local, _, domain = mailbox(self.recipient).rpartition("@")
        message["From"] = sender
        message["To"] = Address(username=local, domain=domain)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        return message


def write(mail: WaitingMail, token: str | None, public_url: str) -> Letter:
    """The letter that `mail` is about; with `token` in its link when it brings one."""
    purpose = PURPOSES.get(mail.kind)
    link = "" if purpose is None else f"{public_url}/{_PAGES[purpose]}?token={token}"
    life = "" if purpose is None else format_duration(TOKEN_LIFE[purpose])
    text = _TEXTS[mail.kind].format(link=link, life=life, login=f"{public_url}/login")
    return Letter(mail.email, _SUBJECTS[mail.kind], text)
