"""What owners have used, in memory: judged and counted as the scripts in Redis do."""

from dataclasses import dataclass, field

from streams.quotas import DAY_MS, MINUTE_MS, Standing


@dataclass
class Used:
    """What one owner has used. `in_flight` has the nonces of jobs by when they were submitted; times are ms."""

    minute: int = 0
    requests: int = 0
    day: int = -1
    cpu_ms: float = 0.0
    in_flight: dict[str, int] = field(default_factory=dict)
    batch: dict[str, int] = field(default_factory=dict)  # the batch lane of each language

    def standing(self, now: int, longest: int) -> Standing:
        """As of `now`; jobs submitted `longest` or more before do not count any more."""
        if not self.minute <= now < self.minute + MINUTE_MS:
            self.minute, self.requests = now, 0
        self.in_flight = {nonce: at for nonce, at in self.in_flight.items() if at > now - longest}
        cpu_ms = self.cpu_ms if self.day == now // DAY_MS else 0.0
        return Standing(
            self.requests, self.minute + MINUTE_MS - now, len(self.in_flight), cpu_ms, DAY_MS - now % DAY_MS
        )

    def add(self, nonce: str, now: int) -> None:
        """Count a submission that was accepted."""
        self.requests += 1
        self.in_flight[nonce] = now

    def end(self, nonce: str, cpu_ms: float, now: int) -> None:
        """Count a job's ending."""
        self.in_flight.pop(nonce, None)
        self.cpu_ms = cpu_ms + (self.cpu_ms if self.day == now // DAY_MS else 0.0)
        self.day = now // DAY_MS
