"""What happened to accounts: the frozen, versioned facts of the audit log. They are appended and never changed.

No fact holds an e-mail address, a name, a password or a token: the log outlives the account, and it must not need to be
cleaned when somebody asks to be forgotten.
"""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

VERSION = 1
"""Version of every fact in this module. A new type of fact, or a change of meaning, raises it."""

LoginRefusal: TypeAlias = Literal["unknown", "password", "disabled", "unverified"]


class AccountFact(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True, forbid_unknown_fields=True
):
    """What all have: when, which process wrote it, whose account it is about, who did it and from where.

    `account` is None only where nobody's was meant; `actor` is an account's id, or `operator` for the command line.
    """

    at: datetime
    by: str
    account: str | None
    actor: str | None = None
    address: str = ""


class Registered(AccountFact, frozen=True, kw_only=True, tag="registered"):
    """An account was made; its e-mail address is not verified yet, unless an operator vouched for it."""


class RegisteredAgain(AccountFact, frozen=True, kw_only=True, tag="registered_again"):
    """Somebody tried to register an address that has an account; its owner was told by mail."""


class Verified(AccountFact, frozen=True, kw_only=True, tag="verified"):
    """A token from a mail came back: the address is the owner's."""


class LoggedIn(AccountFact, frozen=True, kw_only=True, tag="logged_in"):
    session: str


class LoginRefused(AccountFact, frozen=True, kw_only=True, tag="login_refused"):
    why: LoginRefusal


class SessionEnded(AccountFact, frozen=True, kw_only=True, tag="session_ended"):
    """By logging out, or from another session of the account."""

    session: str


class OtherSessionsEnded(AccountFact, frozen=True, kw_only=True, tag="other_sessions_ended"):
    sessions: int


class ProfileChanged(AccountFact, frozen=True, kw_only=True, tag="profile_changed"):
    fields: tuple[str, ...]


class PasswordChanged(AccountFact, frozen=True, kw_only=True, tag="password_changed"):
    """With the old password, or (`reset`) with a token from a mail."""

    reset: bool = False


class MailAsked(AccountFact, frozen=True, kw_only=True, tag="mail_asked"):
    """Somebody asked for a mail with a token; whether they own the address, the token will tell."""

    purpose: Literal["verify", "reset"]


class KeyMade(AccountFact, frozen=True, kw_only=True, tag="key_made"):
    key: str
    scopes: tuple[str, ...]


class KeyRevoked(AccountFact, frozen=True, kw_only=True, tag="key_revoked"):
    key: str


class AdminSet(AccountFact, frozen=True, kw_only=True, tag="admin_set"):
    admin: bool


class PlanSet(AccountFact, frozen=True, kw_only=True, tag="plan_set"):
    plan: str


class DisabledSet(AccountFact, frozen=True, kw_only=True, tag="disabled_set"):
    disabled: bool


class Deleted(AccountFact, frozen=True, kw_only=True, tag="deleted"):
    """The account and all that belonged to it are gone."""


AnyAccountFact: TypeAlias = (
    Registered
    | RegisteredAgain
    | Verified
    | LoggedIn
    | LoginRefused
    | SessionEnded
    | OtherSessionsEnded
    | ProfileChanged
    | PasswordChanged
    | MailAsked
    | KeyMade
    | KeyRevoked
    | AdminSet
    | PlanSet
    | DisabledSet
    | Deleted
)


class UnknownAccountFactError(Exception):
    """An audit fact of a newer release, or no fact at all."""


_decoder: msgspec.json.Decoder[AnyAccountFact] = msgspec.json.Decoder(AnyAccountFact)


def encode_account_fact(fact: AnyAccountFact) -> str:
    """The fact as JSON."""
    return msgspec.json.encode(fact).decode()


def decode_account_fact(version: int, text: str) -> AnyAccountFact:
    """The fact that `text` is. Raises UnknownAccountFactError."""
    if version != VERSION:
        raise UnknownAccountFactError(f"an audit fact of version {version}; this release knows {VERSION}")
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise UnknownAccountFactError(str(error)) from error
