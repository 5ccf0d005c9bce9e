"""Where a warm start for Python goes wrong, no program runs in what is left of it: that is root still."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.agent.containers import ROOT, Variation, runner

pytestmark = pytest.mark.docker

HOOK = ROOT / "actors/agent/zygote_hook.py"
INSIDE = "/root/.local/lib/python3.13/site-packages"
BEFORE = "        setresgid(gid, gid, gid)\n"
AS_WHOM = b"import os; print(os.getuid())"


def test_a_process_that_could_not_give_up_root_ends(tmp_path: Path) -> None:
    code = HOOK.read_text(encoding="utf-8")
    assert code.count(BEFORE) == 1
    hook = tmp_path / "usercustomize.py"
    hook.write_text(code.replace(BEFORE, f"        raise OSError('on purpose')\n{BEFORE}"), encoding="utf-8")
    mounted = Variation(options=(f"--volume={hook}:{INSIDE}/usercustomize.py:ro",))
    with runner("python", tmp_path, mounted) as place, closing(place.connect()) as client:
        result = client.run(AS_WHOM)
    assert result["stdout"] == b""
    assert result["outcome"] == "internal_error"
    assert "before it became the job" in str(result["error"])
