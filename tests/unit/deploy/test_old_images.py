"""Which images of earlier checkouts `deploy/up` takes away."""

from datetime import UTC, datetime, timedelta

from deploy.stack.old_images import Tagged, old, read

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CURRENT = {"codeportal-redis": "codeportal-redis:1111"}


def test_only_what_is_neither_current_nor_young_goes() -> None:
    images = [
        Tagged("codeportal-redis:1111", NOW - timedelta(days=30)),
        Tagged("codeportal-redis:latest", NOW - timedelta(days=30)),
        Tagged("codeportal-redis:2222", NOW - timedelta(days=8)),
        Tagged("codeportal-redis:3333", NOW - timedelta(days=6)),
    ]
    assert old(images, CURRENT, NOW - timedelta(days=7)) == ["codeportal-redis:2222"]


def test_an_image_is_read_by_its_names_in_the_repository() -> None:
    line = '["codeportal-redis:2222","mine:5","codeportal-redis-ours:1"] "2026-02-20T10:00:00.123456789Z"'
    at = datetime(2026, 2, 20, 10, 0, 0, 123456, tzinfo=UTC)
    assert read(line, "codeportal-redis") == [Tagged("codeportal-redis:2222", at)]


def test_where_the_engine_knows_no_time_the_image_stays() -> None:
    assert read('["codeportal-redis:2222"] "0001-01-01T00:00:00Z"', "codeportal-redis") == []
    assert read('["codeportal-redis:2222"] null', "codeportal-redis") == []
    assert read('null "2026-02-20T10:00:00Z"', "codeportal-redis") == []
