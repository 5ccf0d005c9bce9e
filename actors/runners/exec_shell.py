"""Commands in a container without an agent, as the user of its jobs."""

import asyncio
from dataclasses import dataclass

from actors.runners import exec_scripts
from actors.runners.exec_command import Command
from actors.runners.port import RunnerError
from actors.runners.users import User

_DEADLINE = 15.0
_MOST_SAID = 64 * 1024


@dataclass(frozen=True, slots=True)
class ExecShell:
    """`docker` is the command line, `runner` the container's name, for messages, and `container` its id."""

    docker: str
    user: User
    runner: str
    container: str

    def command(self, argv: tuple[str, ...], stdin: bytes, cap: int) -> Command:
        """A job's own command, in the job's directory; up to `cap` bytes of each of its outputs are kept."""
        return Command(self._argv(argv, exec_scripts.DIRECTORY), stdin, cap)

    async def housekeep(self, script: str, what: str, stdin: bytes = b"", *arguments: str) -> bytes:
        """What a script of ours prints. Raises RunnerError when it fails."""
        command = Command(self._argv(exec_scripts.shell(script, *arguments)), stdin, _MOST_SAID)
        try:
            async with asyncio.timeout(_DEADLINE):
                done = await command.run()
        except TimeoutError:
            raise RunnerError(f"runner {self.runner}: {what} took over {_DEADLINE:g} s") from None
        except OSError as error:
            raise RunnerError(f"SANDBOX_DOCKER_BIN={self.docker!r} cannot be run: {error}") from error
        if done.code != 0:
            said = done.stderr.decode(errors="replace").strip()[:500]
            raise RunnerError(f"runner {self.runner}: {what} failed with {done.code}: {said}")
        return done.stdout

    def _argv(self, argv: tuple[str, ...], directory: str = "/") -> tuple[str, ...]:
        return exec_scripts.command_line(self.docker, self.user, self.container, argv, directory)
