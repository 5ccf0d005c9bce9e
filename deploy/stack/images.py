"""Building the images, each from a temporary context, and only when something that goes into it has changed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.stack import base_image
from deploy.stack.command import run, run_logged
from deploy.stack.console import Console
from deploy.stack.settings import LOG_DIR, ROOT

RECIPES_DIR = ROOT / "deploy" / "images"
# Known to every Dockerfile without being declared, and no part of what Docker caches by.
PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
CERTIFICATES_DIR = Path("/usr/local/share/ca-certificates")
NO_SOURCE = ("__pycache__", "*.pyc", "node_modules", "dist")
"""What a checkout collects and no image needs."""


@dataclass(frozen=True)
class Recipe:
    """An image: its repository name, its directory, and what else its context holds (place in it, source)."""

    repository: str
    directory: Path
    additions: tuple[tuple[str, Path], ...] = ()


def recipes(languages: tuple[str, ...]) -> tuple[Recipe, ...]:
    """Every image of a stack that runs `languages`; the quick ones first."""
    packages = tuple((f"app/{name}", ROOT / name) for name in ("streams", "actors", "http_edge"))
    lock = ("requirements.lock", ROOT / "requirements.lock")
    agent = ("agent", ROOT / "actors" / "agent")
    website = (("website", ROOT / "website-codeportal"), ("node.txt", RECIPES_DIR / "runner-javascript" / "tools.txt"))
    return (
        Recipe("codeportal-redis", RECIPES_DIR / "redis"),
        Recipe("codeportal-postgres", RECIPES_DIR / "postgres"),
        Recipe("codeportal-service", RECIPES_DIR / "service", (lock, *packages, *website)),
        *(Recipe(f"codeportal-runner-{name}", RECIPES_DIR / f"runner-{name}", (agent,)) for name in languages),
    )


def ensure(console: Console, base: str, languages: tuple[str, ...], renew: bool = False) -> dict[str, str]:
    """Builds what changed. The answer maps each repository to the reference that names its content."""
    return {recipe.repository: _ensure_one(console, recipe, base, renew) for recipe in recipes(languages)}


def assemble(recipe: Recipe, certificates: Path, context: Path) -> None:
    """Fills `context`: the recipe's directory, the host's certificate authorities in `certs/`, the additions."""
    shutil.copytree(recipe.directory, context, dirs_exist_ok=True)
    (context / "certs").mkdir()
    for certificate in sorted(certificates.glob("**/*.crt")):
        shutil.copyfile(certificate, context / "certs" / certificate.name)
    for place, source in recipe.additions:
        target = context / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NO_SOURCE))
        else:
            shutil.copyfile(source, target)
    _settle_modes(context)


def digest(context: Path, base_id: str) -> str:
    """Names the content of a context and its base: equal digests build equal images."""
    total = hashlib.sha256(base_id.encode())
    for path in _files(context):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(context)}\0{path.stat().st_mode:o}\0{content}\n".encode())
    return total.hexdigest()[:16]


def _ensure_one(console: Console, recipe: Recipe, base: str, renew: bool) -> str:
    with tempfile.TemporaryDirectory(prefix="codeportal-build-") as scratch:
        context = Path(scratch) / "context"
        assemble(recipe, CERTIFICATES_DIR, context)
        reference = f"{recipe.repository}:{digest(context, base_image.image_id(base))}"
        if renew or not base_image.exists(reference):
            _build(console, recipe, base, context, reference, renew)
    run(["docker", "tag", reference, f"{recipe.repository}:latest"])
    console.say("image", reference)
    return reference


def _build(console: Console, recipe: Recipe, base: str, context: Path, reference: str, renew: bool) -> None:
    log = LOG_DIR / f"build-{recipe.repository}.log"
    console.say("image", f"building {recipe.repository} (log: {log})")
    options = ["--network", "host", "--build-arg", f"BASE_IMAGE={base}", "--tag", reference]
    proxies = [word for name in PROXY_VARIABLES if name in os.environ for word in ("--build-arg", name)]
    fresh = ["--no-cache"] if renew else []
    run_logged(["docker", "build", *options, *proxies, *fresh, str(context)], log, f"building {recipe.repository}")


def _settle_modes(context: Path) -> None:
    """The same modes whatever the umask of the checkout: the image's unprivileged user must be able to read."""
    for path in context.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _files(context: Path) -> Iterator[Path]:
    return (path for path in sorted(context.rglob("*")) if path.is_file())
