"""What a program is given beside its input: `args` and `files`, checked so that a runner never has to refuse them."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from http_edge.problems import FieldError
from streams.bytesize import format_size
from streams.facts import Binary, File, Text

MOST_ARGS = 256
ARGS_SIZE = 64 << 10
"""Bytes of all arguments together; Linux gives a single one no more than 128 KiB."""
MOST_FILES = 64
LONGEST_PATH = 255
"""Bytes of a whole path."""
DEEPEST_PATH = 8
"""Names in a path: every directory takes an inode of the runner's small file systems."""
ENCODINGS = ("utf-8", "base64")
MOST_ERRORS = 20

Failure = tuple[FieldError, int]
"""What is wrong, and the status of an answer in which nothing else is."""


def parse_args(given: Any) -> tuple[tuple[str, ...], list[Failure]]:
    """The command line arguments of the program, and what is wrong with them."""
    if given is None:
        return (), []
    if not isinstance(given, list):
        return (), [_bad("args", "expected an array of strings")]
    if len(given) > MOST_ARGS:
        return (), [_bad("args", f"{len(given)} arguments; at most {MOST_ARGS}")]
    wrong = [_bad(f"args[{number}]", reason) for number, arg in enumerate(given) if (reason := _wrong_arg(arg))]
    if wrong:
        return (), wrong[:MOST_ERRORS]
    size = sum(len(arg.encode()) for arg in given)
    if size > ARGS_SIZE:
        return (), [_large("args", size, ARGS_SIZE)]
    return tuple(given), []


def parse_files(given: Any, limit: int) -> tuple[tuple[File, ...], list[Failure]]:
    """The files that lie beside the program, at most `limit` bytes in all, and what is wrong with them."""
    if given is None:
        return (), []
    if not isinstance(given, list):
        return (), [_bad("files", "expected an array of objects")]
    if len(given) > MOST_FILES:
        return (), [_bad("files", f"{len(given)} files; at most {MOST_FILES}")]
    files: list[File] = []
    wrong: list[Failure] = []
    size = 0
    for number, each in enumerate(given):
        try:
            path, content = _file(each)
        except _WrongFileError as error:
            wrong.append(_bad(f"files[{number}]{error.place}", str(error)))
            continue
        size += len(content)
        files.append(File(path, _as_text(content)))
    if size > limit:
        wrong.append(_large("files", size, limit))
    wrong += [_bad("files", reason) for reason in _clashes([file.path for file in files])]
    return tuple(files), wrong[:MOST_ERRORS]


class _WrongFileError(ValueError):
    """A file that is not taken, and which part of it is wrong."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def _file(given: Any) -> tuple[str, bytes]:
    if not isinstance(given, Mapping):
        raise _WrongFileError("", "expected an object with path and content")
    unknown = [name for name in given if name not in ("path", "content", "encoding")]
    if unknown:
        raise _WrongFileError(f".{unknown[0][:64]}", "unknown field; known are path, content, encoding")
    path, content = given.get("path"), given.get("content")
    if not isinstance(path, str):
        raise _WrongFileError(".path", "required, a string")
    reason = wrong_path(path)
    if reason:
        raise _WrongFileError(".path", reason)
    if not isinstance(content, str):
        raise _WrongFileError(".content", "required, a string")
    encoding = "utf-8" if given.get("encoding") is None else given["encoding"]
    if encoding not in ENCODINGS:
        raise _WrongFileError(".encoding", f"expected one of {', '.join(ENCODINGS)}")
    return path, content.encode() if encoding == "utf-8" else _from_base64(content)


def _from_base64(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _WrongFileError(".content", f"not base64: {error}") from error


def _as_text(content: bytes) -> Text:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Binary(content)


def wrong_path(path: str) -> str | None:
    """Why no file can lie at `path`, relative to the program; None: it can."""
    names = path.split("/")
    if path.startswith("/"):
        return "expected a relative path"
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        return "no control characters in a path"
    if any(name in ("", ".", "..") for name in names):
        return "expected names with a / between them, none of them empty, . or .."
    if len(path.encode()) > LONGEST_PATH or len(names) > DEEPEST_PATH:
        return f"at most {LONGEST_PATH} bytes and {DEEPEST_PATH} names"
    if names[0] == "main" or names[0].startswith("main."):
        return "main and main.* are the program's own names"
    return None


def _clashes(paths: Sequence[str]) -> list[str]:
    """Paths that are there twice, or of which one would have to be a file and a directory."""
    # With the separator at the end, what lies in a directory sorts right behind it.
    return [
        f"{first[:-1]!r} and {second[:-1]!r} cannot both be there"
        for first, second in pairwise(sorted(f"{path}/" for path in paths))
        if second.startswith(first)
    ]


def _wrong_arg(arg: Any) -> str | None:
    if not isinstance(arg, str):
        return "expected a string"
    return "no NUL in an argument" if "\0" in arg else None


def _bad(field: str, reason: str) -> Failure:
    return FieldError(field, reason), 400


def _large(field: str, size: int, limit: int) -> Failure:
    return FieldError(field, f"{size} bytes in all; at most {format_size(limit)} ({limit} bytes)"), 413
