"""A small event loop: descriptors, timers and dead children, in one thread."""

import contextlib
import heapq
import itertools
import os
import select
import signal
import time
from collections.abc import Callable

Callback = Callable[[], None]


class Timer:
    """A call at a later time, which can be cancelled."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        self.callback = None


class Loop:
    """Calls back when descriptors are ready, times have come or children have died."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._registered: set[int] = set()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._running = True

    def watch_signals(self, on_child: Callback, on_term: Callback) -> None:
        """Route SIGCHLD and SIGTERM into the loop. PID 1 gets no other signal that it has not asked for."""
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)

        def on_signal() -> None:
            received = os.read(wake_read, 4096)
            if signal.SIGTERM in received:
                on_term()
            on_child()

        self.on_readable(wake_read, on_signal)

    def on_readable(self, fd: int, callback: Callback) -> None:
        self._readers[fd] = callback
        self._update(fd)

    def on_writable(self, fd: int, callback: Callback) -> None:
        self._writers[fd] = callback
        self._update(fd)

    def forget_writable(self, fd: int) -> None:
        if self._writers.pop(fd, None) is not None:
            self._update(fd)

    def forget(self, fd: int) -> None:
        """Stop watching; to be called before the descriptor is closed."""
        self._readers.pop(fd, None)
        self._writers.pop(fd, None)
        self._update(fd)

    def _update(self, fd: int) -> None:
        events = (select.EPOLLIN if fd in self._readers else 0) | (select.EPOLLOUT if fd in self._writers else 0)
        if fd in self._registered:
            if events:
                self._epoll.modify(fd, events)
            else:
                self._registered.remove(fd)
                self._epoll.unregister(fd)
        elif events:
            self._registered.add(fd)
            self._epoll.register(fd, events)

    def after(self, seconds: float, callback: Callback) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def stop(self) -> None:
        self._running = False

    def run(self) -> None:
        while self._running:
            self._dispatch(self._epoll.poll(self._patience()))
            self._fire()

    def _patience(self) -> float | None:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _dispatch(self, events: list[tuple[int, int]]) -> None:
        for fd, event in events:
            if event & ~select.EPOLLOUT and (reader := self._readers.get(fd)):
                reader()
            if event & ~select.EPOLLIN and (writer := self._writers.get(fd)):
                writer()

    def _fire(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None:
                callback()


def close(loop: Loop, fd: int) -> None:
    loop.forget(fd)
    with contextlib.suppress(OSError):
        os.close(fd)
