"""The stack that `deploy/test` starts, and runners that lack one defence."""

from tests.e2e.conftest import portal, stack, url

__all__ = ["portal", "stack", "url"]
