"""The languages that executors know: their names, and how a program is run where no agent knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """`compile` (if any) and `run` are commands in a directory of the job's own that holds `source_name`."""

    name: str
    aliases: tuple[str, ...]
    source_name: str
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()


LANGUAGES = (
    Language("python", ("py",), "main.py", ("python3", "main.py")),
    Language("javascript", ("js", "node", "nodejs"), "main.js", ("node", "main.js")),
    Language("go", ("golang",), "main.go", ("./main",), ("go", "build", "-o", "main", "main.go")),
)
_BY_NAME = {name: language for language in LANGUAGES for name in (language.name, *language.aliases)}


def canonical(name: str) -> str:
    """The language's own name, whatever it was called; names that are not known here stay as they are."""
    language = _BY_NAME.get(name)
    return name if language is None else language.name


def language(name: str) -> Language | None:
    """What is known of a language, by its own name."""
    return _BY_NAME.get(name)
