"""The commands that look at the streams, and the few that write to them."""

from deploy.cli.stream.archive import ARCHIVE
from deploy.cli.stream.dead import DEAD
from deploy.cli.stream.moving import EXPORT, IMPORT
from deploy.cli.stream.past import AT
from deploy.cli.stream.place import CONSUMERS, GROUPS, LAG
from deploy.cli.stream.rebuilding import REBUILD, VERIFY
from deploy.cli.stream.replay import REPLAY
from deploy.cli.stream.show import SHOW
from deploy.cli.stream.tail import TAIL
from deploy.cli.stream.top import TOP

STREAM_COMMANDS = (TAIL, SHOW, REPLAY, AT, REBUILD, VERIFY, EXPORT, IMPORT, DEAD, GROUPS, CONSUMERS, LAG, ARCHIVE, TOP)

__all__ = ["STREAM_COMMANDS"]
