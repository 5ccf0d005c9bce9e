import type { Job } from "@/shared/api/jobs";
import { explain } from "@/shared/api/problem";
import { bytes, duration } from "@/shared/formatting/numbers";
import styles from "./Outcome.module.css";
import { Verdict } from "./Verdict";
import { isActive, isLost, type RunState } from "./run-state";
import { ending } from "./words";

/** One line that says how the run stands: always there, so that nothing moves when it fills. */
export function Outcome({ state }: { state: RunState }) {
  return (
    <div className={styles.outcome} role="status" aria-label="Verdict">
      {state.phase === "idle" && <span className={styles.quiet}>Not run yet</span>}
      {state.phase === "failed" && (
        <span className={styles.quiet}>{isLost(state) ? "Lost sight of it" : "Not run"}</span>
      )}
      {isActive(state) && <Progress state={state} />}
      {state.job !== null && <Ended job={state.job} />}
    </div>
  );
}

function Progress({ state }: { state: RunState }) {
  const place = state.queue?.position ?? 0;
  return (
    <>
      <Verdict status={state.phase === "running" ? "running" : "queued"} />
      {state.queue !== null && (
        <span className={styles.quiet}>
          {state.queue.runners === 0 && "no runner is free to take it yet"}
          {state.queue.runners > 0 && place > 0 && `number ${place} in the queue`}
          {state.queue.estimated_start_ms !== null && `, about ${duration(state.queue.estimated_start_ms)} to go`}
        </span>
      )}
      {state.connection === "lost" && <span className={styles.quiet}>connection lost, trying again</span>}
      {state.unstopped !== null && (
        <span className={styles.told}>It could not be stopped, and goes on. {explain(state.unstopped)}</span>
      )}
    </>
  );
}

function Ended({ job }: { job: Job }) {
  const told = ending(job);
  return (
    <>
      <Verdict status={job.status} />
      <dl className={styles.figures}>
        {job.compile !== null && (
          <Figure name="Compiling" value={job.compile.cached ? "done before" : duration(job.compile.duration_ms)} />
        )}
        {job.stage !== "compile" && <RunFigures job={job} />}
      </dl>
      {told !== null && <span className={styles.told}>{told}</span>}
    </>
  );
}

function RunFigures({ job }: { job: Job }) {
  return (
    <>
      {job.duration_ms !== null && <Figure name="Time" value={duration(job.duration_ms)} />}
      {job.cpu_ms !== null && <Figure name="CPU" value={duration(job.cpu_ms)} />}
      {job.memory_peak_bytes !== null && <Figure name="Memory" value={bytes(job.memory_peak_bytes)} />}
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
