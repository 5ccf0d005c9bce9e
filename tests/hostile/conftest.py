"""The stack that `deploy/test` starts, and runners that lack one defence."""

import os

from tests.e2e.conftest import portal, stack, url

__all__ = ["portal", "stack", "url"]

collect_ignore = [] if os.environ.get("CODEPORTAL_LONG") == "1" else ["test_gvisor_stack.py"]
"""Copying all images into an engine of its own, and a whole stack on it, takes minutes."""
