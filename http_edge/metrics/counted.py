"""Jobs, counted and timed from the facts about them."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from streams.facts import Cancelled, Finished, Lost, Result, Started, status_after
from streams.jobid import JobId
from streams.replay.recorded import Recorded

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
MEMORY = tuple(float(2**power) for power in range(22, 31))


class JobMetrics:
    """Counters and histograms over all jobs, by language and verdict."""

    def __init__(self, registry: CollectorRegistry) -> None:
        by_language, by_verdict = ("language",), ("language", "status")
        self._ended = Counter("codeportal_jobs_ended", "Jobs that came to an end.", by_verdict, registry=registry)
        self._retries = Counter("codeportal_job_retries", "Attempts after the first.", by_language, registry=registry)
        self._lost = Counter("codeportal_jobs_lost", "Jobs given up: our fault.", by_language, registry=registry)
        self._cancels = Counter(
            "codeportal_cancels_requested", "Cancellations asked for.", by_language, registry=registry
        )
        self._queue = self._seconds(registry, "queue", "From submission to the first start.", by_language)
        self._compile = self._seconds(registry, "compile", "Compiling, wall clock.", by_language)
        self._builds = Counter(
            "codeportal_job_builds",
            "Programs of languages with a compiler, by whether they were compiled or had been for an earlier job.",
            ("language", "cached"),
            registry=registry,
        )
        self._run = self._seconds(registry, "run", "Running, wall clock.", by_verdict)
        self._cpu = self._seconds(registry, "cpu", "CPU time of the run.", by_verdict)
        self._whole = self._seconds(registry, "total", "From submission to the end.", by_verdict)
        self._memory = Histogram(
            "codeportal_job_memory_peak_bytes",
            "Peak memory of the run.",
            by_language,
            registry=registry,
            buckets=MEMORY,
        )

    def know(self, languages: Iterable[str]) -> None:
        """Begin the counts of what should not happen at 0: Prometheus sees no increase in a count that begins at 1."""
        for language in languages:
            for counter in (self._lost, self._retries):
                counter.labels(language)

    def add(self, fact: Recorded) -> None:
        """Count one event."""
        if fact.job is None:
            return
        match fact.fact:
            case Started() as started:
                self._add_start(fact.job, started.attempt, fact)
            case Finished() | Cancelled() | Lost() as ending:
                self._add_ending(fact.job, ending, fact)
            case None:
                pass
            case _:
                self._cancels.labels(fact.job.address.language).inc()

    def _add_start(self, job: JobId, attempt: int, fact: Recorded) -> None:
        language = job.address.language
        if attempt > 1:
            self._retries.labels(language).inc()
        else:
            self._queue.labels(language).observe(_since_submission(job, fact))

    def _add_ending(self, job: JobId, ending: Finished | Cancelled | Lost, fact: Recorded) -> None:
        language, status = job.address.language, status_after(ending)
        self._ended.labels(language, status).inc()
        self._whole.labels(language, status).observe(_since_submission(job, fact))
        if isinstance(ending, Lost):
            self._lost.labels(language).inc()
        elif ending.result is not None:
            self._add_result(language, status, ending.result)

    def _add_result(self, language: str, status: str, result: Result) -> None:
        if result.compile is not None:
            self._builds.labels(language, "yes" if result.compile.cached else "no").inc()
        if result.compile is not None and not result.compile.cached:
            self._compile.labels(language).observe(result.compile.duration_ms / 1000)
        if result.stage != "run":
            return
        self._run.labels(language, status).observe(result.duration_ms / 1000)
        if result.cpu_ms is not None:
            self._cpu.labels(language, status).observe(result.cpu_ms / 1000)
        if result.memory_peak_bytes is not None:
            self._memory.labels(language).observe(result.memory_peak_bytes)

    def _seconds(self, registry: CollectorRegistry, name: str, help_: str, labels: tuple[str, ...]) -> Histogram:
        return Histogram(f"codeportal_job_{name}_seconds", help_, labels, registry=registry, buckets=SECONDS)


def _since_submission(job: JobId, fact: Recorded) -> float:
    """Seconds on Redis's clock: a job's id says when it was submitted."""
    return max(fact.position.ms - job.address.position.ms, 0) / 1000
