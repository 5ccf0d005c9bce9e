"""What a program is given beside its input, as the OpenAPI document has it."""

from typing import Any

from http_edge.inputs import ARGS_SIZE, DEEPEST_PATH, ENCODINGS, LONGEST_PATH, MOST_ARGS, MOST_FILES

ARGS: dict[str, Any] = {
    "type": "array",
    "maxItems": MOST_ARGS,
    "items": {"type": "string", "pattern": "^[^\\u0000]*$"},
    "description": f"Command line arguments of the program; at most {ARGS_SIZE} bytes in all, no NUL",
}

_NAME = r"[^/\u0000-\u001f\u007f]+"
_PATH = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_PATH,
    "pattern": f"^{_NAME}(/{_NAME}){{0,{DEEPEST_PATH - 1}}}$",
    "description": f"Relative to the program; {LONGEST_PATH} bytes, {DEEPEST_PATH} names at most; not main or main.*",
}


def files(limit: int) -> dict[str, Any]:
    """The schema of `files`, at most `limit` bytes together."""
    return {
        "type": "array",
        "maxItems": MOST_FILES,
        "description": f"Files that lie beside the program; at most {limit} bytes in all",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["path", "content"],
            "properties": {
                "path": _PATH,
                "content": {"type": "string"},
                "encoding": {"enum": [*ENCODINGS, None], "description": "How content is to be read; utf-8 by default"},
            },
        },
    }
