"""The log in memory: the same promises as Redis keeps, for tests and for the simulation of the whole system.

Time comes from the injected clock, waiting from the event loop, so a simulation owns both. No step awaits in its
middle, which makes each as atomic as a script in Redis.
"""

from streams.memory.archiving import Archiving
from streams.memory.output import OutputStreams
from streams.memory.projection import Projection
from streams.memory.submissions import Submissions
from streams.memory.upkeep import RegistryStore, Upkeep
from streams.memory.work import Work


class MemoryLog(Submissions, Work, Projection, Archiving, Upkeep, RegistryStore, OutputStreams):
    """Implements every port of `streams.ports`."""


__all__ = ["MemoryLog"]
