"""What goes into an image, and that only a change of it builds the image anew."""

from pathlib import Path

import pytest

from deploy.stack.images import Recipe, assemble, digest


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    directory = tmp_path / "recipe"
    directory.mkdir()
    (directory / "Dockerfile").write_text("FROM scratch\n")
    code = tmp_path / "code"
    (code / "__pycache__").mkdir(parents=True)
    (code / "main.py").write_text("print(1)\n")
    (code / "main.py").chmod(0o600)
    (code / "__pycache__" / "main.pyc").write_bytes(b"0")
    for made in ("node_modules", "dist"):
        (code / "pages" / made).mkdir(parents=True)
        (code / "pages" / made / "made.js").write_text("1")
    return Recipe("image", directory, (("app/code", code),))


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    directory = tmp_path / "authorities"
    (directory / "nested").mkdir(parents=True)
    (directory / "nested" / "company.crt").write_text("certificate")
    (directory / "readme.txt").write_text("no certificate")
    return directory


def assembled(recipe: Recipe, certificates: Path, place: Path) -> Path:
    assemble(recipe, certificates, place)
    return place


def test_the_context_holds_recipe_certificates_and_code(recipe: Recipe, certificates: Path, tmp_path: Path) -> None:
    context = assembled(recipe, certificates, tmp_path / "context")
    files = sorted(str(path.relative_to(context)) for path in context.rglob("*") if path.is_file())
    assert files == ["Dockerfile", "app/code/main.py", "certs/company.crt"]


def test_code_is_readable_in_the_image_whatever_the_umask(recipe: Recipe, certificates: Path, tmp_path: Path) -> None:
    context = assembled(recipe, certificates, tmp_path / "context")
    assert (context / "app/code/main.py").stat().st_mode & 0o777 == 0o644


def test_a_host_without_certificates_still_has_the_directory(recipe: Recipe, tmp_path: Path) -> None:
    context = assembled(recipe, tmp_path / "absent", tmp_path / "context")
    assert (context / "certs").is_dir()


def test_equal_inputs_have_equal_digests(recipe: Recipe, certificates: Path, tmp_path: Path) -> None:
    contexts = [assembled(recipe, certificates, tmp_path / name) for name in ("one", "two")]
    assert len({digest(context, "sha256:base") for context in contexts}) == 1


def test_a_change_of_code_mode_name_or_base_changes_the_digest(
    recipe: Recipe, certificates: Path, tmp_path: Path
) -> None:
    context = assembled(recipe, certificates, tmp_path / "context")
    seen = [digest(context, "sha256:base"), digest(context, "sha256:other")]
    main = context / "app/code/main.py"
    main.write_text("print(2)\n")
    seen.append(digest(context, "sha256:base"))
    main.chmod(0o755)
    seen.append(digest(context, "sha256:base"))
    main.rename(main.with_name("other.py"))
    seen.append(digest(context, "sha256:base"))
    assert len(set(seen)) == len(seen)
