"""Text that may be bytes: how programs' output and input fit into JSON without losing anything."""

from streams.facts import Binary, Text


def text_from_bytes(raw: bytes) -> Text:
    """`raw` as a string where it is UTF-8, else as it is."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Binary(raw)


def text_from_truncated(raw: bytes) -> Text:
    """As `text_from_bytes`, for output cut off anywhere: a character cut in half at the end is dropped."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(raw) - error.start < 4:
            return raw[: error.start].decode()
        return Binary(raw)


def bytes_from_text(text: Text) -> bytes:
    """The bytes that `text` stands for."""
    return text.encode() if isinstance(text, str) else text.base64


def readable(text: Text) -> str:
    """`text` for people: what is not UTF-8 shows as U+FFFD."""
    return text if isinstance(text, str) else text.base64.decode(errors="replace")
