"""All kinds of faults, with what the system must be like for each."""

from dataclasses import dataclass
from typing import Literal

from tests.faults.processes import redis_strikes, strikes
from tests.faults.processes.blow import StrikeAction


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: `rounds` strikes for each 400 jobs; what Redis and the environment are like.

    `loses`: whether jobs are lost, which are counted. `attempts`: how many each job has. `sized`: some jobs
    ask for less memory than others, for which the engine must change their runners.
    """

    name: str
    action: StrikeAction
    rounds: int = 2
    fsync: str = "always"
    disk_mib: int = 0
    faked: tuple[str, ...] = ()
    replica: bool = False
    loses: Literal["nothing", "perhaps", "something"] = "nothing"
    attempts: int = 20
    sized: bool = False


FAULTS = (
    Fault("executor killed", strikes.kill_executor, 3),
    Fault("executor stopped for 7 s", strikes.stall_executor, 1),
    Fault("projector killed", strikes.kill_projector, 3),
    Fault("projector stopped for 2 s", strikes.stall_projector, 1),
    Fault("edge killed", strikes.kill_edge),
    Fault("edge stopped for 3 s", strikes.stall_edge, 1),
    Fault("Redis restarted, always", redis_strikes.restart_redis),
    Fault("Redis killed, always", redis_strikes.kill_redis),
    Fault("Redis killed, everysec", redis_strikes.kill_redis, fsync="everysec"),
    Fault("runner killed", strikes.kill_runner),
    Fault("runner paused for 7 s", strikes.pause_runner, 1),
    Fault("runner's agent wedged for 7 s", strikes.wedge_runner, 1),
    Fault("rolling restart of everything", strikes.restart_everything, 1),
    Fault("everything killed at once", strikes.kill_everything, 1),
    Fault("disk full, always", redis_strikes.fill_disk, 1, disk_mib=16),
    Fault("disk full, everysec", redis_strikes.fill_disk, 1, fsync="everysec", disk_mib=16),
    Fault("Redis's memory full", redis_strikes.fill_memory, 1),
    Fault("executor's clock jumps by 1 h", strikes.jump_clock("executor-0"), 1, faked=("executor-0",)),
    Fault("janitor's clock jumps by 1 h", strikes.jump_clock("janitor"), 1, faked=("janitor",)),
    Fault("edge's clock jumps by 1 h", strikes.jump_clock("edge"), 1, faked=("edge",)),
    Fault("Redis's clock jumps by 1 h", strikes.jump_clock("redis"), 1, faked=("redis",)),
    Fault("failover to a replica", redis_strikes.fail_over(behind=0), 1, replica=True, loses="perhaps"),
    Fault("failover, replica 1 s behind", redis_strikes.fail_over(behind=1), 1, replica=True, loses="something"),
    Fault("FLUSHALL", redis_strikes.flush, 1, loses="something"),
)

ENGINE_FAULTS = (
    Fault("Docker engine restarted", strikes.restart_engine, 1, attempts=3, sized=True),
    Fault("Docker engine killed", strikes.kill_engine, 1, attempts=3, sized=True),
)
"""Their runners are on an engine of the test's own. Attempts are as few as a user's jobs have: waiting for an engine
must not use them up.
"""
