"""What the engine, the kernel and Redis must offer. Pure: each check judges what somebody else has read."""

from typing import Any

from deploy.stack.finding import Finding, bad, ok, warn

GIB = 1024**3
OLDEST_ENGINE = (20, 10)
OLDEST_KERNEL = (4, 19)
OLDEST_LANDLOCK = 2


def judge_engine(version: str) -> Finding:
    if not version:
        return warn("engine", "no Docker engine answers: deploy/up installs and starts one")
    if _numbers(version) < OLDEST_ENGINE:
        return bad(
            "engine", f"Docker {version} is older than 20.10: its seccomp and cgroup handling is not what we rely on"
        )
    return ok("engine", f"Docker {version}")


def judge_compose(command: tuple[str, ...] | None) -> Finding:
    if command is None:
        return warn("compose", "Compose is missing: deploy/up installs it")
    return ok("compose", " ".join(command))


def judge_isolation(info: dict[str, Any]) -> list[Finding]:
    """Seccomp, AppArmor and the cgroup controllers, from `docker info`."""
    options = " ".join(info.get("SecurityOptions") or [])
    seccomp = "name=seccomp" in options
    apparmor = "name=apparmor" in options or "name=selinux" in options
    return [
        ok("seccomp", "the engine filters system calls")
        if seccomp
        else bad("seccomp", "the engine or the kernel has no seccomp: jobs can make any system call"),
        ok("apparmor", "on (AppArmor or SELinux)")
        if apparmor
        else warn("apparmor", "off: one layer of protection less; enable AppArmor in the kernel for it"),
        _judge_cgroup(str(info.get("CgroupVersion", "1"))),
        *_judge_controllers(info),
    ]


def judge_runtime(info: dict[str, Any], wanted: str) -> list[Finding]:
    """The runtime that SANDBOX_RUNTIME asks for."""
    if not wanted:
        return []
    if wanted not in (info.get("Runtimes") or {}):
        help_ = "; deploy/up makes it known" if wanted == "runsc" else ""
        return [bad("runtime", f"SANDBOX_RUNTIME={wanted!r} is not known to the engine: runners cannot start{help_}")]
    if wanted == "runsc":
        weaker = "no cgroup limits CPU time and memory, the agent looks at sums"
        if "--oci-seccomp" not in info["Runtimes"][wanted].get("runtimeArgs", ["--oci-seccomp"]):
            weaker += "; and the seccomp profile is not applied: add --oci-seccomp to the runtime's arguments"
        return [warn("runtime", f"gVisor: system calls are contained better; {weaker}")]
    return [ok("runtime", wanted)]


def judge_kernel(release: str) -> Finding:
    if _numbers(release) < OLDEST_KERNEL:
        return bad("kernel", f"Linux {release} is older than 4.19 and gets no security fixes")
    return ok("kernel", f"Linux {release}")


def judge_core_pattern(pattern: str) -> Finding:
    """What the kernel does with the memory of a program that crashed: `/proc/sys/kernel/core_pattern`."""
    if pattern.startswith("|"):
        harm = "runs for each crash of a job, on the host, whatever the limit on core dumps is"
        return warn("core dumps", f"{pattern.split(maxsplit=1)[0][1:]} {harm}; set kernel.core_pattern to a file name")
    return ok("core dumps", f"no program runs for a crash (kernel.core_pattern is {pattern.strip() or 'empty'})")


def judge_landlock(version: int) -> Finding:
    """The version of Landlock that the kernel offers; 0: none."""
    if version < OLDEST_LANDLOCK:
        found = f"version {version} is older than {OLDEST_LANDLOCK} (Linux 5.19)" if version else "off"
        return warn(
            "landlock", f"{found}: a job of many small processes can have its runner's agent killed in its place"
        )
    return ok("landlock", f"version {version}: jobs write nowhere but in their own places")


def judge_disk(where: str, free: int) -> Finding:
    """`free` in bytes."""
    text = f"{free / GIB:.1f} GiB free in {where}"
    if free < GIB:
        return bad("disk", f"{text}: Redis may fail to write what a 202 has promised")
    return warn("disk", f"{text}: images and the append-only file may fill it") if free < 5 * GIB else ok("disk", text)


def judge_memory(total: int, promised: int, swap: int) -> Finding:
    """Bytes: the machine's memory, the sum of the runners' limits, the swap."""
    text = f"{total / GIB:.1f} GiB, swap {swap / GIB:.1f} GiB, the runners may take {promised / GIB:.1f} GiB together"
    if promised > total:
        return warn("memory", f"{text}: more than there is; jobs could be killed by the kernel instead of their limit")
    return ok("memory", text)


def judge_open_files(most: int, promised: int) -> Finding:
    """`fs.file-max`, which all programs of the machine share, and what jobs can have open in all runners together."""
    text = f"the runners may open {promised} together, the kernel gives {most} to all (fs.file-max)"
    if promised >= most:
        harm = "jobs could take them all, and no other program but root's could open one"
        return warn("open files", f"{text}: {harm}; raise it, as systemd does at boot, or lower pids and nofile")
    return ok("open files", text)


def judge_redis(settings: dict[str, str]) -> list[Finding]:
    """`CONFIG GET` of a stack's Redis."""
    wanted = (
        ("appendonly", "yes", "a restart forgets every job"),
        ("appendfsync", "always", "a crash can lose submissions that were answered with 202"),
        ("maxmemory-policy", "noeviction", "a full Redis silently forgets jobs"),
    )
    return [
        ok("redis", f"{name} {value}")
        if settings.get(name) == value
        else bad("redis", f"{name} is {settings.get(name, 'unknown')}, expected {value}: {harm}")
        for name, value, harm in wanted
    ]


def judge_postgres(settings: dict[str, str]) -> list[Finding]:
    """`pg_settings` of a stack's PostgreSQL."""
    wanted = (
        ("fsync", "on", "a crash of the machine can destroy the archive and the accounts"),
        ("synchronous_commit", "on", "a crash can lose facts that the streams no longer have"),
        ("full_page_writes", "on", "a crash of the machine can destroy the archive and the accounts"),
        ("data_checksums", "on", "damage on disk goes unnoticed"),
        ("password_encryption", "scram-sha-256", "passwords of roles are stored in a weak form"),
    )
    return [
        ok("postgres", f"{name} {value}")
        if settings.get(name) == value
        else bad("postgres", f"{name} is {settings.get(name, 'unknown')}, expected {value}: {harm}")
        for name, value, harm in wanted
    ]


def _judge_cgroup(version: str) -> Finding:
    if version == "2":
        return ok("cgroup", "version 2")
    return ok("cgroup", "version 1 (peak memory is the largest resident size, as the answers say)")


def _judge_controllers(info: dict[str, Any]) -> list[Finding]:
    needed = (("MemoryLimit", "memory"), ("PidsLimit", "process"), ("CpuCfsQuota", "CPU"))
    found = [
        bad("cgroup", f"the engine cannot enforce {name} limits") for key, name in needed if info.get(key) is False
    ]
    if info.get("SwapLimit") is False:
        found.append(warn("cgroup", "no swap accounting: with swap on, jobs can exceed their memory limit"))
    return found


def _numbers(version: str) -> tuple[int, int]:
    parts = version.split(".")
    digits = [int("".join(filter(str.isdigit, part)) or "0") for part in (*parts, "0")[:2]]
    return digits[0], digits[1]
