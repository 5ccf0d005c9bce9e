"""The schemas of accounts: what they take, and what they answer."""

from typing import Any

from http_edge.accounts import rules
from http_edge.identity import SCOPES

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_MAYBE: Schema = {"anyOf": [_MOMENT, {"type": "null"}]}
_EMAIL: Schema = {"type": "string", "format": "email", "maxLength": 254}
_PASSWORD: Schema = {"type": "string", "minLength": rules.SHORTEST_PASSWORD, "maxLength": rules.LONGEST_PASSWORD}
_OLD_PASSWORD: Schema = {"type": "string", "maxLength": rules.LONGEST_PASSWORD}
_NAME: Schema = {"type": "string", "minLength": 1, "description": f"At most {rules.LONGEST_NAME} characters"}
_TOKEN: Schema = {"type": "string", "minLength": 1, "maxLength": rules.LONGEST_TOKEN}
_SCOPES: Schema = {"type": "array", "minItems": 1, "items": {"enum": sorted(SCOPES)}}


def _object(**properties: Schema) -> Schema:
    """An object with exactly these properties, all of them always there."""
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


_KEY = {
    "id": _TEXT,
    "name": _TEXT,
    "prefix": {**_TEXT, "description": "What the key begins with, after cp_: to recognise it by"},
    "scopes": _SCOPES,
    "created_at": _MOMENT,
    "expires_at": {**_MAYBE, "description": "null: it does not expire"},
    "last_used_at": {**_MAYBE, "description": "To the minute"},
}
_ACCOUNT = _object(
    id=_TEXT,
    email=_TEXT,
    display_name=_TEXT,
    email_verified={"type": "boolean"},
    plan=_TEXT,
    admin={"type": "boolean"},
    created_at=_MOMENT,
)
_SESSION = _object(
    id=_TEXT,
    created_at=_MOMENT,
    last_used_at={**_MOMENT, "description": "To the minute"},
    expires_at={**_MOMENT, "description": "Unless it is used before"},
    user_agent=_TEXT,
    address=_TEXT,
    current={"type": "boolean", "description": "Whether this request was made with it"},
)

SCHEMAS: Schema = {
    "Registration": _object(email=_EMAIL, password=_PASSWORD, display_name=_NAME),
    "Token": _object(token=_TOKEN),
    "Address": _object(email=_EMAIL),
    "Login": _object(email=_EMAIL, password=_OLD_PASSWORD),
    "Profile": _object(display_name=_NAME),
    "PasswordAgain": _object(password=_OLD_PASSWORD),
    "NewPassword": {
        "oneOf": [
            _object(current_password=_OLD_PASSWORD, new_password=_PASSWORD),
            _object(token=_TOKEN, new_password=_PASSWORD),
        ]
    },
    "KeyRequest": {
        **_object(name=_NAME, scopes=_SCOPES, expires_at=_MAYBE),
        "required": ["name", "scopes"],
    },
    "Detail": _object(detail=_TEXT),
    "Account": _ACCOUNT,
    "Session": _SESSION,
    "LoggedIn": _object(account=_ACCOUNT, session=_SESSION),
    "Sessions": _object(sessions={"type": "array", "items": _SESSION}),
    "Key": _object(**_KEY),
    "NewKey": _object(**_KEY, key={**_TEXT, "description": "The key itself: shown here, and never again"}),
    "Keys": _object(keys={"type": "array", "items": _object(**_KEY)}),
}
