"""The Redis of a stack: its own one has a password, made here unless one is given."""

from dataclasses import replace

from deploy.stack import secret
from deploy.stack.settings import StackSettings

_PASSWORD_FILE = "redis-password"  # noqa: S105 -- the name of the file, not a password


def with_password(stack: StackSettings) -> StackSettings:
    """`stack` with the REDIS_PASSWORD that server, processes and `codeportal` take; a server elsewhere has its own.

    In development, too: no port is published, but whoever is on this machine can reach its containers' addresses.
    """
    given = stack.process
    if given.get("REDIS_PASSWORD") or given.get("REDIS_ADDR"):
        return stack
    return replace(stack, process={**given, "REDIS_PASSWORD": secret.kept(stack.state_dir, _PASSWORD_FILE)})
