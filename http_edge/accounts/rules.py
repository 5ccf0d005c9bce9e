"""What accounts consist of, and what is wrong with a value that does not fit. Pure: no clock, no store."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from email_validator import EmailNotValidError, validate_email

from http_edge.identity import SCOPES
from http_edge.problems import FieldError, Problem

T = TypeVar("T")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
"""In characters. Longer is what makes one good; rules about digits and signs do not."""
LONGEST_NAME = 100
LONGEST_TOKEN = 128
LONGEST_KEY_LIFE = timedelta(days=5 * 366)
MOST_UNKNOWN = 20
FREE = "free"
"""The plan of a new account."""
_PLAN = re.compile(r"[a-z][a-z0-9-]{0,31}")
_KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}
_OBVIOUS = frozenset({"password12", "password123", "1234567890", "qwertyuiop", "12345678910", "passwordpassword"})


class Fields:
    """Reads the fields of a request's body, and names every wrong one, not just the first."""

    def __init__(self, body: Mapping[str, Any], *known: str) -> None:
        self._body = body
        names = ", ".join(known)
        unknown = [name[:64] for name in body if name not in known][:MOST_UNKNOWN]
        self._errors = [FieldError(name, f"unknown field; known are {names}") for name in unknown]

    def given(self, name: str) -> bool:
        return self._body.get(name) is not None

    def take(self, name: str, parse: Callable[[str], T], otherwise: T) -> T:
        """The string `name` through `parse`, whose ValueError says what is wrong; `otherwise` if something is."""
        return self.take_any(name, lambda value: parse(_string(value)), otherwise)

    def take_any(self, name: str, parse: Callable[[Any], T], otherwise: T) -> T:
        """As `take`, for a value of any type."""
        value = self._body.get(name)
        if value is None:
            self._errors.append(FieldError(name, "required"))
            return otherwise
        try:
            return parse(value)
        except ValueError as error:
            self._errors.append(FieldError(name, str(error)))
            return otherwise

    def check(self) -> None:
        """Raises Problem (400) when anything was wrong."""
        if self._errors:
            raise Problem(400, "The request is not valid.", self._errors)


def email_address(text: str) -> str:
    """The address in its normal form. Raises ValueError."""
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    return found.normalized


def mailbox(address: str) -> str:
    """The address as mail servers take it: its domain in ASCII, unless what is before that is not in ASCII either."""
    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:  # it is no person's, or what an address is has changed since it was taken
        return address
    return found.ascii_email or address


def email_key(address: str) -> str:
    """What two spellings of an address have in common: no mail server tells capitals apart."""
    return address.casefold()


def password(text: str) -> str:
    """A password that somebody may choose. Raises ValueError."""
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise ValueError(f"{len(text)} characters; from {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} are possible")
    if len(set(text)) < 4 or text.lower() in _OBVIOUS:
        raise ValueError("too easy to guess")
    return text


def given_password(text: str) -> str:
    """A password that somebody types to be recognised: whether it is a good one does not matter now."""
    if len(text) > LONGEST_PASSWORD:
        raise ValueError(f"{len(text)} characters; at most {LONGEST_PASSWORD} are possible")
    return text


def name(text: str) -> str:
    """A name for people to read: of a person or a key. Raises ValueError."""
    trimmed = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(trimmed) <= LONGEST_NAME:
        raise ValueError(f"{len(trimmed)} characters; from 1 to {LONGEST_NAME} are possible")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in trimmed):
        raise ValueError("control characters and line breaks are not possible")
    return trimmed


def token(text: str) -> str:
    """A token from a mail. Raises ValueError."""
    if not 1 <= len(text) <= LONGEST_TOKEN:
        raise ValueError("this is no token of ours")
    return text


def scopes(value: Any) -> tuple[str, ...]:
    """Scopes of a key, each once, in order. Raises ValueError."""
    expected = f"expected a list of at least one of {', '.join(sorted(SCOPES))}"
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ValueError(expected)
    for scope in value:
        if not isinstance(scope, str) or scope not in SCOPES:
            raise ValueError(expected)
    return tuple(sorted(set(value)))


def key_expiry(text: str, now: datetime) -> datetime:
    """When a key ends: RFC 3339, with an offset, in the future. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("expected a time such as 2027-01-31T12:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError("expected a time with an offset, such as 2027-01-31T12:00:00Z")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("expected a time that the calendar has") from error
    if not now < moment <= now + LONGEST_KEY_LIFE:
        raise ValueError(f"expected a time from now on and at most {LONGEST_KEY_LIFE.days} days away")
    return moment


def plan(text: str) -> str:
    """The name of a plan. Raises ValueError."""
    if not _PLAN.fullmatch(text):
        raise ValueError("expected a plan's name: lower-case letters, digits and dashes")
    return text


def printable(text: str, most: int) -> str:
    """As much of a header's value as is safe to keep and to show."""
    return "".join(character for character in text if character.isprintable())[:most]


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a string, got {_KINDS.get(type(value), 'null')}")
    return value
