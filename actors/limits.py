"""Which limits hold for a job: what the request says, else the language's and the service's defaults."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from streams.duration import in_milliseconds
from streams.facts import Limits


@dataclass(frozen=True, slots=True)
class DefaultLimits:
    """What holds where a request says nothing."""

    wall: timedelta
    compile_wall: timedelta
    output_bytes: int


def resolve(asked: Limits, defaults: DefaultLimits) -> Limits:
    """The limits in force. None still means that only the container's own limit holds."""
    return msgspec.structs.replace(
        asked,
        wall_ms=in_milliseconds(defaults.wall) if asked.wall_ms is None else asked.wall_ms,
        compile_wall_ms=(
            in_milliseconds(defaults.compile_wall) if asked.compile_wall_ms is None else asked.compile_wall_ms
        ),
        output_bytes=defaults.output_bytes if asked.output_bytes is None else asked.output_bytes,
    )
