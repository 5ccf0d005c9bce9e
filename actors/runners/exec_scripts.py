"""The shell scripts and commands that `docker exec` runs in a container without an agent. Pure."""

from actors.languages import Language

DIRECTORY = "/tmp/job"  # noqa: S108 -- in the container, emptied before and after each job
_WRITABLE = "/tmp /var/tmp /dev/shm /dev/mqueue /job"  # noqa: S108 -- likewise

# `kill -1` spares the shell that says it and PID 1; every other process of the job's user goes. Twice, because a fork
# may slip in between the kernel's look at two processes, and never a third time for one that was killed in mid-fork.
KILL = "kill -9 -1; kill -9 -1; true"

# Prints what could not be removed. Directories first made searchable: a job may have taken its own rights away.
CLEAN = f"""{KILL}
for d in {_WRITABLE}; do
  [ -d "$d" ] || continue
  find "$d" -mindepth 1 -user "$(id -u)" -type d -exec chmod 700 {{}} + 2>/dev/null
  find "$d" -mindepth 1 -depth -user "$(id -u)" -delete 2>/dev/null
  find "$d" -mindepth 1 -user "$(id -u)" 2>/dev/null
done
true
"""

MAKE_DIRECTORY = f"umask 022; mkdir -m 755 {DIRECTORY}"
WRITE_FILE = f'cd {DIRECTORY} && mkdir -p "$(dirname "./$1")" && cat > "./$1"'

ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 -- likewise
    "TMPDIR": "/tmp",  # noqa: S108 -- likewise
    "LANG": "C.UTF-8",
    "CGO_ENABLED": "0",
    "GOTOOLCHAIN": "local",
    "GOPROXY": "off",
}


def command_line(
    docker: str, user: tuple[int, int], container: str, argv: tuple[str, ...], directory: str = "/"
) -> tuple[str, ...]:
    """`docker exec` of `argv` as `user` in `directory`, with stdin."""
    environment = tuple(word for name, value in ENVIRONMENT.items() for word in ("-e", f"{name}={value}"))
    return (docker, "exec", "-i", "-u", f"{user[0]}:{user[1]}", "-w", directory, *environment, container, *argv)


def shell(script: str, *arguments: str) -> tuple[str, ...]:
    """`script` as a command, with `arguments` as $1, $2, ..."""
    return ("sh", "-c", script, "sh", *arguments)


def run_argv(language: Language, args: tuple[str, ...]) -> tuple[str, ...]:
    """The language's command with the job's arguments."""
    return (*language.run, *args)
