"""Answers that are no problems."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.responses import Response

_encoder = msgspec.json.Encoder()
_ALWAYS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class JsonResponse(Response):
    """Made without Starlette's constructor, which looks for a type, a length and a renderer that are known here."""

    def __init__(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.status_code, self.body, self.background = status, content, None
        self.raw_headers = [(b"content-length", b"%d" % len(content)), *_ALWAYS]
        self.raw_headers += [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
        ]


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """`body` as JSON that nobody caches. `headers` are others than those of type, length and caching."""
    return JsonResponse(_encoder.encode(body), status, headers)
