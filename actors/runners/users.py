"""As whom jobs run: the user that the operator names, or one of each runner's own. Pure.

The kernel counts some things by user over the whole host: inotify instances, pending signals, pages in pipes, files in
flight between processes. Were all runners to share a user, one job could use them up for all others.
"""

import hashlib
from dataclasses import dataclass

User = tuple[int, int]
"""uid and gid; neither is ever root's."""
OWN = "runner"
"""What asks for a user of each runner's own."""
NOBODY = 65534
NOBODYS_GROUP = 65534
FIRST_UID, UIDS = 0x7000_0000, 0x0FFD_0000
"""Ids that nobody hands out: above those that systemd and user namespaces take, below 2**31."""


@dataclass(frozen=True, slots=True)
class Users:
    """`fixed`: the one user of all jobs; None: one for each container, the same whoever asks."""

    fixed: User | None = None

    def of(self, container_id: str) -> User:
        """The user of jobs in that container. The id is the engine's own choice: no job has a say in it."""
        if self.fixed is not None:
            return self.fixed
        digest = hashlib.sha256(container_id.encode()).digest()
        return FIRST_UID + int.from_bytes(digest[:8], "big") % UIDS, NOBODYS_GROUP
