"""Compose, v1 or v2, on the files of one stack."""

from dataclasses import dataclass
from pathlib import Path

from deploy.stack import database, engine, profiles, record
from deploy.stack.command import Outcome, attempt, run_logged, telling_line
from deploy.stack.errors import DeployError
from deploy.stack.record import StackRecord
from deploy.stack.settings import ROOT

# A process may be early, before Redis listens; one that has ended this often has another reason.
GIVE_UP_RESTARTS = 5
COMPOSE_FILE = ROOT / "deploy" / "compose.yml"


def executors_for(runners: int) -> int:
    """One executor keeps two runners busy, and the second of a language is there when the first dies."""
    return (runners + 1) // 2


@dataclass(frozen=True)
class Compose:
    """The stack of one record. Makes the generated file when constructed through `of`."""

    stack: StackRecord
    command: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def log(self) -> Path:
        return self.stack.settings.log("compose")

    def up(self, services: tuple[str, ...] = (), keep: bool = False) -> None:
        """Starts what is missing and renews what changed; with `keep`, nothing that runs is touched."""
        counts = {f"executor-{name}": executors_for(count) for name, count in self.stack.runners.items()}
        counts[database.SERVICE] = int(database.is_own(self.stack.settings))
        # Compose v2 refuses a scale for a service that is not among those named.
        scale = [f"{name}={count}" for name, count in counts.items() if not services or name in services]
        options = [word for pair in scale for word in ("--scale", pair)]
        fence = ["--no-recreate"] if keep else ["--remove-orphans"]
        self._run("starting the services", "up", "-d", *fence, *options, *services)

    def stop(self, services: tuple[str, ...]) -> None:
        """Tells services to drain and waits until they have."""
        if services:
            self._run("stopping services", "stop", *services)

    def remove(self, services: tuple[str, ...]) -> None:
        """Stops services and removes their containers."""
        if services:
            self.stop(services)
            self._run("removing services", "rm", "-f", *services)

    def down(self, volumes: bool) -> None:
        self._run("stopping the stack", "down", "--remove-orphans", *(["--volumes"] if volumes else []))

    def is_running(self) -> bool:
        """Whether the stack has been started and not stopped since."""
        return "redis" in running_services(self.stack.settings.project)

    def check(self) -> None:
        """Raises DeployError when a container of the stack ends again and again, with what it said last."""
        label = f"label=com.docker.compose.project={self.stack.settings.project}"
        names = attempt(["docker", "ps", "--quiet", "--filter", label, "--filter", "status=restarting"]).output.split()
        for name in names:
            described = attempt(["docker", "inspect", "--format", "{{.RestartCount}} {{.Name}}", name]).output.split()
            if described and int(described[0]) >= GIVE_UP_RESTARTS:
                said = attempt(["docker", "logs", "--tail", "20", name])
                raise DeployError(f"{described[1].lstrip('/')} keeps ending: {telling_line(said.output + said.errors)}")

    def keep_logs(self) -> Path:
        """Saves what the services wrote last; the file."""
        log = self.stack.settings.log("services")
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(self._ask("logs", "--no-color", "--timestamps", "--tail", "2000").output, encoding="utf-8")
        return log

    def _run(self, what: str, *arguments: str) -> None:
        run_logged([*self._argv(), *arguments], self.log, what, self._environment())

    def _ask(self, *arguments: str) -> Outcome:
        return attempt([*self._argv(), *arguments], self._environment())

    def _argv(self) -> list[str]:
        files = [word for path in self.files for word in ("-f", str(path))]
        project = ["-p", self.stack.settings.project, "--project-directory", str(COMPOSE_FILE.parent)]
        return [*self.command, *files, *project]

    def _environment(self) -> dict[str, str]:
        return {
            **self.stack.settings.environment(),
            "CODEPORTAL_SERVICE_IMAGE": self.stack.images["codeportal-service"],
            "CODEPORTAL_REDIS_IMAGE": self.stack.images["codeportal-redis"],
            # A stack that was started before there was one can be taken down all the same.
            "CODEPORTAL_POSTGRES_IMAGE": self.stack.images.get("codeportal-postgres", "codeportal-postgres:latest"),
            **database.variables(self.stack.settings),
        }


def running_services(project: str) -> list[str]:
    """The services of a project that have a running container, whoever started them."""
    label = f"label=com.docker.compose.project={project}"
    names = attempt(["docker", "ps", "--filter", label, "--format", '{{.Label "com.docker.compose.service"}}'])
    return sorted(set(names.output.split()))


def of(stack: StackRecord) -> Compose:
    """Writes the stack's runner services next to its record and returns Compose over them."""
    command = engine.compose_command()
    if command is None:
        raise DeployError("Compose is missing: install docker-compose, or run deploy/up, which does")
    document = profiles.runner_services(stack.settings, profiles.load(), stack.runners, stack.images)
    generated = stack.settings.state_dir / "runners.json"
    record.write_json(generated, document)
    return Compose(stack, command, (COMPOSE_FILE, generated))
