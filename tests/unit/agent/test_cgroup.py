"""Both cgroup layouts, from recorded file trees."""

from pathlib import Path

from actors.agent.cgroup import find_cgroup
from actors.agent.locks import locks_watch
from actors.agent.sockets import buffers_counter, netlink_counter

V1 = {
    "cpuacct/cpuacct.usage": "5421236\n",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    "memory/memory.usage_in_bytes": "1048576\n",
    "memory/memory.limit_in_bytes": "536870912\n",
    "pids/pids.current": "4\n",
}
V2 = {
    "cgroup.controllers": "cpuset cpu io memory pids\n",
    "cpu.stat": "usage_usec 5421\nuser_usec 3000\nsystem_usec 2421\nnr_periods 0\n",
    "memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 0\n",
    "memory.current": "1048576\n",
    "memory.max": "max\n",
    "pids.current": "4\n",
    "pids.max": "max\n",
}


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_version_1(tmp_path: Path) -> None:
    cgroup = find_cgroup(_tree(tmp_path, V1))
    counters = (cgroup.version, cgroup.cpu_ns(), cgroup.oom_kills(), cgroup.tasks(), cgroup.memory_used())
    assert counters == (1, 5421236, 3, 4, 1048576)
    assert cgroup.memory_limit() == 536870912


def test_version_2(tmp_path: Path) -> None:
    cgroup = find_cgroup(_tree(tmp_path, V2))
    counters = (cgroup.version, cgroup.cpu_ns(), cgroup.oom_kills(), cgroup.tasks(), cgroup.memory_used())
    assert counters == (2, 5421000, 3, 4, 1048576)
    assert cgroup.memory_limit() == 1 << 60


def test_none(tmp_path: Path) -> None:
    cgroup = find_cgroup(tmp_path)
    assert (cgroup.version, cgroup.oom_kills(), cgroup.tasks(), cgroup.memory_limit()) == (0, None, None, None)
    assert min(cgroup.cpu_ns() or 0, cgroup.memory_used() or 0) > 0, "from /proc"


def test_counters_follow_the_file(tmp_path: Path) -> None:
    cgroup = find_cgroup(_tree(tmp_path, V2))
    (tmp_path / "memory.events").write_text("oom_kill 4\n")
    assert cgroup.oom_kills() == 4


def test_version_2_counts_the_buffers_of_sockets_by_itself(tmp_path: Path) -> None:
    assert find_cgroup(_tree(tmp_path, V2)).uncounted() == 0


def test_many_sockets_are_memory_and_a_few_are_free(tmp_path: Path) -> None:
    """Recorded from a container; sockets of the Unix family are counted by the cgroup."""
    file = tmp_path / "sockstat"
    recorded = "sockets: used 900\nTCP: inuse {} orphan 0 tw 0 alloc 346 mem 258637\nUDP: inuse 6 mem 2\nRAW: inuse 0\n"
    file.write_text(recorded.format(250))
    count = buffers_counter((str(file), str(tmp_path / "sockstat6")))
    assert count() == 0
    file.write_text(recorded.format(1250))
    assert count() == 1000 * 128 * 1024


def test_many_netlink_sockets_are_memory_and_a_few_are_free(tmp_path: Path) -> None:
    file = tmp_path / "protocols"
    recorded = (
        "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re\n"
        "AF_VSOCK  1240    900      -1   NI       0   yes  kernel      y  n  n  n  n  n  n  n  n  n  n  n\n"
        "NETLINK   1096 {:6}      -1   NI       0   no   kernel      n  n  n  n  n  n  n  n  n  n  n  n\n"
    )
    file.write_text(recorded.format(60))
    count = netlink_counter(str(file))
    assert count() == 0
    file.write_text(recorded.format(1064))
    assert count() == 1000 * 256 * 1024
    assert netlink_counter(str(tmp_path / "none"))() == 0


def test_more_locks_than_a_program_needs_are_noticed(tmp_path: Path) -> None:
    """Not those of open file descriptions: refused to jobs, and shown in every container, whoever's they are."""
    file = tmp_path / "locks"
    own = "7: POSIX  ADVISORY  WRITE 7671 00:3f:17 0 0\n"
    file.write_text(own * 20_000)
    too_many = locks_watch(str(file), most=20_000)
    assert not too_many()
    file.write_text(own * 20_000 + "8: OFDLCK ADVISORY  READ -1 00:06:3 0 EOF\n" * 500)
    assert not too_many()
    file.write_text(own * 20_001)
    assert too_many()
    assert not locks_watch(str(tmp_path / "none"))()


def test_version_2_with_the_hosts_namespace(tmp_path: Path) -> None:
    """As the engine documents `--cgroupns=host` (no such host was at hand): the whole tree, its own place in it."""
    own = tmp_path / "self"
    own.write_text("0::/system.slice/docker-4ba1.scope\n")
    tree = _tree(tmp_path / "cgroup", {"cgroup.controllers": "cpu memory pids\n", "cpu.stat": "usage_usec 999999999\n"})
    _tree(tree / "system.slice/docker-4ba1.scope", V2)
    cgroup = find_cgroup(tree, own)
    assert (cgroup.cpu_ns(), cgroup.oom_kills(), cgroup.tasks()) == (5421000, 3, 4)


def test_version_2_with_a_namespace_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "self"
    own.write_text("0::/\n")
    assert find_cgroup(_tree(tmp_path / "cgroup", V2), own).tasks() == 4
