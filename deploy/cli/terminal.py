"""What the command line shows people: a progress line on a terminal, and tables."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO


class Progress:
    """One line that is overwritten, on a terminal only: a pipe or a file gets nothing of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.visible = stream.isatty()
        self._drawn = False

    def show(self, text: str) -> None:
        if self.visible:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()
            self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def say(message: str) -> None:
    """Tell the user something beside the program's output."""
    sys.stderr.write(f"codeportal: {message}\n")
    sys.stderr.flush()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, without trailing blanks."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
