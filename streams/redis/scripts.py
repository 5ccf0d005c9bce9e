"""The Lua scripts: each one is an atomic step of the log."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from redis.exceptions import NoScriptError

from streams.redis.link import ANSWER_DEADLINE, Argument
from streams.redis.wire import Wire

_MAY_BE_REFUSED = frozenset({"submit_once", "submit_within", "show_output", "add_share"})
_PAST_THE_LIMIT = b"#!lua flags=allow-oom\n"
"""At `maxmemory` Redis refuses submissions, shares and live output: what was accepted still gets its verdict."""


_DEFINED = re.compile(rb"^local (?:function )?(\w+(?:, \w+)*)", re.MULTILINE)


@cache
def _source_and_sha(name: str) -> tuple[bytes, str]:
    folder = resources.files("streams.redis") / "lua"
    script = (folder / f"{name}.lua").read_bytes()
    source = needed_of((folder / "prelude.lua").read_bytes(), script) + script
    if name not in _MAY_BE_REFUSED:
        source = _PAST_THE_LIMIT + source
    return source, hashlib.sha1(source, usedforsecurity=False).hexdigest()


def needed_of(prelude: bytes, script: bytes) -> bytes:
    """The parts of `prelude` that `script` names, and those that they name: what a script defines, it defines anew each
    time that it runs, and all of it took longer than most of what the scripts do.

    Parts are parted by empty lines, and name only what stands before them.
    """
    needed: list[bytes] = []
    for part in reversed(prelude.split(b"\n\n")):
        names = b"|".join(_DEFINED.findall(part)).replace(b", ", b"|")
        if names and re.search(rb"\b(?:%b)\b" % names, script):
            needed.append(part.rstrip() + b"\n\n")
            script += part
    return b"".join(reversed(needed))


async def run_script(
    wire: Wire,
    name: str,
    keys: Sequence[str],
    arguments: Sequence[Argument],
    deadline: float = ANSWER_DEADLINE,
) -> Any:
    """The answer of `lua/<name>.lua`. Sent by its digest; in full only to a server that does not know it yet."""
    source, sha = _source_and_sha(name)
    try:
        return await wire.call("EVALSHA", sha, len(keys), *keys, *arguments, deadline=deadline)
    except NoScriptError:
        return await wire.call("EVAL", source, len(keys), *keys, *arguments, deadline=deadline)
