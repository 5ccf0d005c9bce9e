import type { Job } from "@/shared/api/jobs";

/** A job as the service answers it, with what matters to a test changed. */
export function job(changes: Partial<Job> = {}): Job {
  return {
    id: "job-1",
    language: "python",
    status: "succeeded",
    created_at: "2026-01-02T03:04:05.000Z",
    started_at: "2026-01-02T03:04:05.002Z",
    finished_at: "2026-01-02T03:04:05.012Z",
    stdout: "",
    stderr: "",
    exit_code: 0,
    signal: null,
    compile: null,
    stage: "run",
    duration_ms: 6.1,
    cpu_ms: 4.2,
    memory_peak_bytes: 9_437_184,
    truncated: { stdout: false, stderr: false },
    attempts: 1,
    queue: null,
    error: null,
    ...changes,
  };
}
