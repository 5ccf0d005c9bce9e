"""The deploy programs run on a machine where nothing is installed yet."""

import subprocess
import sys

from deploy.stack.settings import ROOT


def test_the_deploy_programs_need_only_the_standard_library() -> None:
    """-S leaves out every installed package."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import deploy.stack.__main__"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
