"""The HTTP API as the end-to-end tests speak it: plain requests, nothing of ours in between."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

FINAL = (
    "succeeded",
    "failed",
    "compile_error",
    "timeout",
    "cpu_limit",
    "memory_limit",
    "cancelled",
    "internal_error",
)
JOB_DEADLINE = 110.0  # seconds until a job must be done, its waiting included

Job = dict[str, Any]


@dataclass(frozen=True)
class Portal:
    """A running service."""

    http: httpx.Client

    def execute(self, language: str, code: str, **more: Any) -> Job:
        """The finished job. Fails when the service refuses it or does not finish in time."""
        return self.finish(self.submit(language, code, wait="30s", **more))

    def submit(self, language: str, code: str, wait: str | None = None, **more: Any) -> Job:
        """What the service answers to a submission. A full queue is waited for, as its clients must."""
        deadline = time.monotonic() + JOB_DEADLINE
        while True:
            response = self.post({"language": language, "code": code, **more}, wait)
            if response.status_code != 429 or time.monotonic() > deadline:
                break
            time.sleep(float(response.headers["Retry-After"]))
        assert response.status_code in (200, 202), response.text
        job: Job = response.json()
        return job

    def post(self, body: dict[str, Any], wait: str | None = None) -> httpx.Response:
        return self.http.post("/v1/execute", params={"wait": wait} if wait else {}, json=body)

    def get(self, job_id: str, wait: str | None = None) -> httpx.Response:
        return self.http.get(f"/v1/execute/{job_id}", params={"wait": wait} if wait else {})

    def finish(self, job: Job) -> Job:
        """`job` once it has ended."""
        deadline = time.monotonic() + JOB_DEADLINE
        while job["status"] not in FINAL:
            assert time.monotonic() < deadline, f"not finished after {JOB_DEADLINE:.0f} s: {job}"
            response = self.get(job["id"], wait="20s")
            assert response.status_code == 200, response.text
            job = response.json()
        return job

    def languages(self) -> dict[str, dict[str, Any]]:
        """What can run now, by name."""
        answer = self.http.get("/v1/languages").json()
        return {each["name"]: each for each in answer["languages"]}
