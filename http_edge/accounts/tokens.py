"""Secrets that clients hold and we do not: session tokens, API keys, the tokens in mails. Only digests are kept.

They have 200 random bits or more, so a plain SHA-256 is enough of a hash: there is nothing to guess.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from http_edge.identity import KEY_MARK

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PREFIX_LENGTH = 8
_KEY_LENGTH = 40
_KEY = re.compile(rf"{KEY_MARK}([{_ALPHABET}]{{{_PREFIX_LENGTH}}})_[{_ALPHABET}]{{{_KEY_LENGTH}}}")
_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key at the only moment when we know it."""

    prefix: str
    key: str

    @property
    def digest(self) -> bytes:
        return digest(self.key)


def new_token() -> str:
    """A session's or a mail's token: 256 random bits, fit for cookies and URLs."""
    return secrets.token_urlsafe(32)


def new_key() -> NewKey:
    """`cp_<prefix>_<secret>`: 40 random bits to find it by, 200 to be sure."""
    prefix, secret = _letters(_PREFIX_LENGTH), _letters(_KEY_LENGTH)
    return NewKey(prefix, f"{KEY_MARK}{prefix}_{secret}")


def key_prefix(key: str) -> str | None:
    """The prefix of what looks like a key of ours."""
    match = _KEY.fullmatch(key)
    return None if match is None else match[1]


def new_id() -> str:
    """An id of an account, session or key: opaque and public to its owner."""
    return secrets.token_hex(12)


def is_id(text: str) -> bool:
    """Whether `text` can be such an id; what cannot is not looked for."""
    return _ID.fullmatch(text) is not None


def digest(secret: str) -> bytes:
    """What is kept of a secret: 32 bytes of SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
