"""Sizes in bytes, as people write them: `65536`, `64KiB`, `1MiB`."""

import re

_FACTORS = {
    "": 1,
    "B": 1,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
}
_SIZE = re.compile(r"([0-9]{1,15})\s?(B|KiB|MiB|GiB|KB|MB|GB)?")


def parse_size(text: str) -> int:
    """The number of bytes that `text` names. Raises ValueError when it names none."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:64]!r} is not a size such as 65536, 64KiB or 1MiB")
    return int(match[1]) * _FACTORS[match[2] or ""]


def format_size(size: int) -> str:
    """`size` in the largest binary unit that divides it: `64KiB`, `1000B`."""
    for unit in ("GiB", "MiB", "KiB"):
        if size and size % _FACTORS[unit] == 0:
            return f"{size // _FACTORS[unit]}{unit}"
    return f"{size}B"
