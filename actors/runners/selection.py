"""Which containers are an executor's to use. Pure."""

from dataclasses import dataclass
from typing import Literal

from actors.languages import canonical
from actors.runners.container import LANGUAGE_LABEL, POOL_LABEL, Container

DEFAULT_POOL = "codeportal"
Role = Literal["pool", "fallback"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Containers of `language`: those that `names` lists, else those that carry its label in the pool `pool`.

    `fallback` names a container that is used only while there are no others.
    """

    language: str
    pool: str = DEFAULT_POOL
    names: frozenset[str] = frozenset()
    fallback: str = ""

    def role(self, container: Container) -> Role | None:
        """What `container` is to this executor; None: none of its business."""
        if self.names:
            return "pool" if container.name in self.names else None
        if self._labelled(container):
            return "pool"
        return "fallback" if self.fallback and container.name == self.fallback else None

    def _labelled(self, container: Container) -> bool:
        label = container.labels.get(LANGUAGE_LABEL)
        return (
            label is not None
            and canonical(label) == self.language
            and container.labels.get(POOL_LABEL, DEFAULT_POOL) == self.pool
        )
