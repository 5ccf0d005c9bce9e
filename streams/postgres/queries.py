"""Named queries: SQL in `.sql` files, as the Lua of the log is in `.lua` files."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

_HEAD = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)


@cache
def load_queries(package: str) -> Mapping[str, str]:
    """The queries in all files of `<package>/sql/`, each headed by a line `-- name: find_account`.

    Raises ValueError for a file without names and for a name that is given twice.
    """
    found: dict[str, str] = {}
    for file in sorted((resources.files(package) / "sql").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            for name, text in _queries(file.name, file.read_text(encoding="utf-8")):
                if name in found:
                    raise ValueError(f"{package}/sql/{file.name}: a second query is called {name}")
                found[name] = text
    return MappingProxyType(found)


def _queries(file: str, text: str) -> Iterator[tuple[str, str]]:
    heads = list(_HEAD.finditer(text))
    if not heads:
        raise ValueError(f"{file}: no query has a name; it starts with a line such as -- name: find_account")
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = len(text) if following is None else following.start()
        yield head[1], text[head.end() : end].strip()
