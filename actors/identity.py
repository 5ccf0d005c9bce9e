"""What processes of actors are called."""

import os
import secrets
import socket


def consumer_name() -> str:
    """`<host>-<pid>-<random>`: unique for each life of a process, so that nobody inherits another's claims."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
