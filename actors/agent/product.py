"""What a compile stage made: handed on as it was before the program ran, or put in place without compiling."""

import contextlib
import os
import stat

from .identity import acting_as


class Product:
    """An executable as the compiler left it. Its program may change the file; then there is nothing to hand on.

    Nothing of it is kept in memory meanwhile, because that is the job's. The mark is Python's own hash of bytes,
    SipHash under this interpreter's secret key: a program cannot find other content that has it.
    """

    def __init__(self, fd: int, content: bytes) -> None:
        self._fd, self._size, self._mark = fd, len(content), hash(content)

    def take(self) -> bytes | None:
        """The content, once nothing of the job lives any more that could change it; None if something has."""
        try:
            if os.fstat(self._fd).st_size != self._size:
                return None
            content = _read(self._fd, self._size)
        finally:
            os.close(self._fd)
        return content if hash(content) == self._mark else None


def product(path: str, uid: int, gid: int, most: int) -> Product | None:
    """The product at `path`, if that is a file of at most `most` bytes."""
    try:
        with acting_as(uid, gid):
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    found = os.fstat(fd)
    if stat.S_ISREG(found.st_mode) and 0 < found.st_size <= most:
        return Product(fd, _read(fd, found.st_size))
    os.close(fd)
    return None


def put(path: str, content: bytes, uid: int, gid: int) -> None:
    """What `take` gave, as the linker would have written it."""
    with acting_as(uid, gid):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o755)
        with open(fd, "wb") as file:
            file.write(content)


def _read(fd: int, size: int) -> bytes:
    with open(fd, "rb", buffering=0, closefd=False) as file:
        file.seek(0)
        chunks = []
        while size > 0 and (chunk := file.read(size)):
            chunks.append(chunk)
            size -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
