"""The Lua scripts: each one is an atomic step of the log."""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from redis.exceptions import NoScriptError

from streams.redis.link import Argument
from streams.redis.wire import ANSWER_DEADLINE, Wire

_MAY_BE_REFUSED = frozenset({"submit_once", "submit_within", "show_output", "add_share"})
_PAST_THE_LIMIT = b"#!lua flags=allow-oom\n"
"""At `maxmemory` Redis refuses submissions, shares and live output: what was accepted still gets its verdict."""


@cache
def _source_and_sha(name: str) -> tuple[bytes, str]:
    folder = resources.files("streams.redis") / "lua"
    source = (folder / "prelude.lua").read_bytes() + (folder / f"{name}.lua").read_bytes()
    if name not in _MAY_BE_REFUSED:
        source = _PAST_THE_LIMIT + source
    return source, hashlib.sha1(source, usedforsecurity=False).hexdigest()


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
