"""What the alerts say of series as the edges give them, as Prometheus's own tool judges."""

import subprocess
from pathlib import Path

OBSERVABILITY = Path(__file__).resolve().parents[3] / "deploy" / "observability"
DEADLINE = 60


def test_they_fire_for_what_they_are_there_for(tmp_path: Path) -> None:
    tests = (Path(__file__).parent / "alerts_test.yml").read_text(encoding="utf-8")
    (tmp_path / "test.yml").write_text(tests, encoding="utf-8")
    (tmp_path / "alerts.yml").write_text((OBSERVABILITY / "alerts.yml").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
