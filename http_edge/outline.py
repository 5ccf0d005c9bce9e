"""The outline of a large JSON body: what it consists of, found in a few passes over its bytes before anything is made
of it. Pure.
"""

MOST_VALUES = 16_384
"""Values of a large body, those inside others included. A valid request has some hundreds; a value takes a few bytes
of a body, and a hundred times of that in memory, with time to match."""
LONGEST_KEPT = 256
"""Bytes of a string that are kept in an outline; no field's name is as long."""


class TooManyValuesError(ValueError):
    """There are more than MOST_VALUES in the body."""


def outline(raw: bytes) -> bytes:
    """JSON with the same objects, arrays and names as `raw`, whose long strings are empty. Raises TooManyValuesError.

    Of what is not JSON it is whatever comes of it, but it stands for no more than MOST_VALUES up to the first fault.
    """
    # As long as before, and each quote that is left begins or ends a string.
    quoted = raw.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    pieces = quoted.split(b'"', 4 * MOST_VALUES + 1)
    between = b"".join(pieces[::2])
    marks = len(between) - len(between.translate(None, b",[{"))
    # A value is a name and a text at most, and a mark is before each but the first.
    if len(pieces) > 4 * MOST_VALUES + 1 or marks > MOST_VALUES:
        raise TooManyValuesError
    begin = 0
    for number, piece in enumerate(pieces):
        end = begin + len(piece)
        if number % 2:  # inside of a string
            pieces[number] = raw[begin:end] if len(piece) <= LONGEST_KEPT else b""
        begin = end + 1
    return b'"'.join(pieces)
