"""What `deploy/up` makes of the service's own words."""

from deploy.stack.service import unready


def test_only_what_is_not_ready_is_told() -> None:
    checks = {"redis": {"ok": True, "state": "ok"}, "executor go": {"ok": False, "state": "no runner is available"}}
    assert unready(503, {"checks": checks}) == "executor go: no runner is available"


def test_an_answer_of_another_form_is_shown() -> None:
    assert unready(502, {"title": "Bad gateway"}) == '/health/ready answers 502: {"title": "Bad gateway"}'
