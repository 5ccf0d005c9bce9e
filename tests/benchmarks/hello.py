"""The hello world of each language, new in every job, and the command that starts it without us."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hello:
    """A program that prints `TOKEN`, which stands for a word that is new each time.

    `bare` is the command on the host, `inside` the same in the runner's image; PATH is where `file` was written.
    """

    language: str
    code: str
    bare: tuple[str, ...]
    inside: tuple[str, ...]
    file: str | None = None
    starts: int = 100  # of the command, per measurement
    rest: float = 0.05  # seconds after which a runner of the language is ready again, however it starts


_GO = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("TOKEN") }\n'
_IN_GO = ("/usr/bin/env", "HOME=/root", "GOTOOLCHAIN=local", "/usr/local/go/bin/go", "run", "PATH")

HELLOS = (
    Hello(
        "python", "print('TOKEN')", ("python3", "-c", "print('TOKEN')"), ("/usr/bin/python3", "-c", "print('TOKEN')")
    ),
    Hello(
        "javascript",
        "console.log('TOKEN')",
        ("node", "-e", "console.log('TOKEN')"),
        ("/usr/local/bin/node", "-e", "console.log('TOKEN')"),
        starts=40,
        rest=0.3,
    ),
    Hello("go", _GO, ("go", "run", "PATH"), _IN_GO, _GO, starts=20),
)
