"""The commands that look at the streams, and the few that write to them."""

from deploy.cli.stream.show import SHOW
from deploy.cli.stream.tail import TAIL

STREAM_COMMANDS = (TAIL, SHOW)

__all__ = ["STREAM_COMMANDS"]
