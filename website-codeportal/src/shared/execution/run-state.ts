/** A run as the page shows it: a fold over what the page did and what the service told. */
import type { Job, Queue, Status } from "@/shared/api/jobs";
import { isFinal } from "@/shared/api/jobs";
import { EMPTY, write, type Screen, type Source } from "@/shared/terminal/screen";

export type Phase = "idle" | "submitting" | "queued" | "running" | "done" | "failed";

export interface Chunk {
  readonly source: Source;
  readonly text: string;
}

export interface RunState {
  /** Which run of this page it is; what belongs to an earlier one is stale and ignored. */
  readonly run: number;
  readonly phase: Phase;
  readonly language: string | null;
  readonly jobId: string | null;
  readonly queue: Queue | null;
  /** Counted from 1; 0 until the service tells of one. */
  readonly attempt: number;
  readonly screen: Screen;
  /** Characters of each stream that have come. */
  readonly received: Readonly<Record<Source, number>>;
  readonly connection: "steady" | "lost";
  readonly stopping: boolean;
  /** Why the job could not be stopped, if that failed; it goes on. */
  readonly unstopped: unknown;
  readonly job: Job | null;
  readonly error: unknown;
}

export type RunAction =
  | { readonly type: "submitted"; readonly run: number; readonly language: string }
  | { readonly type: "accepted"; readonly run: number; readonly id: string }
  | { readonly type: "status"; readonly run: number; readonly status: Status; readonly attempt?: number }
  | { readonly type: "queue"; readonly run: number; readonly queue: Queue }
  | { readonly type: "output"; readonly run: number; readonly chunks: readonly Chunk[] }
  | { readonly type: "connection"; readonly run: number; readonly connection: RunState["connection"] }
  | { readonly type: "stopping"; readonly run: number }
  | { readonly type: "unstopped"; readonly run: number; readonly error: unknown }
  | { readonly type: "ended"; readonly run: number; readonly job: Job }
  | { readonly type: "failed"; readonly run: number; readonly error: unknown }
  | { readonly type: "followed"; readonly run: number; readonly id: string }
  | { readonly type: "shown"; readonly run: number; readonly job: Job }
  | { readonly type: "cleared"; readonly run: number };

export const IDLE: RunState = {
  run: 0,
  phase: "idle",
  language: null,
  jobId: null,
  queue: null,
  attempt: 0,
  screen: EMPTY,
  received: { stdout: 0, stderr: 0 },
  connection: "steady",
  stopping: false,
  unstopped: null,
  job: null,
  error: null,
};

const STARTS = new Set<RunAction["type"]>(["submitted", "followed", "shown", "cleared"]);

export function reduceRun(state: RunState, action: RunAction): RunState {
  if (action.run < state.run || (action.run > state.run && !STARTS.has(action.type))) return state;
  switch (action.type) {
    case "submitted":
      return { ...IDLE, run: action.run, phase: "submitting", language: action.language };
    case "accepted":
      return { ...state, jobId: action.id, phase: "queued" };
    case "status":
      return told(state, action.status, action.attempt ?? state.attempt);
    case "queue":
      return state.phase === "queued" ? { ...state, queue: action.queue } : state;
    case "output":
      return isOver(state) ? state : withOutput(state, action.chunks);
    case "connection":
      return { ...state, connection: action.connection };
    case "stopping":
      return isOver(state) ? state : { ...state, stopping: true, unstopped: null };
    case "unstopped":
      return isOver(state) ? state : { ...state, stopping: false, unstopped: action.error };
    case "ended":
      return ended(state, action.job);
    case "failed":
      return { ...state, phase: "failed", error: action.error, stopping: false, unstopped: null, queue: null };
    case "followed": // all of it is told again
      return { ...IDLE, run: action.run, phase: "queued", language: state.language, jobId: action.id };
    case "shown":
      return shown(action.run, action.job);
    case "cleared":
      return { ...IDLE, run: action.run };
  }
}

export function isActive(state: RunState): boolean {
  return state.phase === "submitting" || state.phase === "queued" || state.phase === "running";
}

/** Nobody knows how the job stands: it was submitted, and what followed it failed. */
export function isLost(state: RunState): boolean {
  return state.phase === "failed" && state.jobId !== null;
}

function isOver(state: RunState): boolean {
  return state.phase === "done" || state.phase === "failed";
}

/** A status that came late, or before the end that `ended` tells with everything else, changes nothing. */
function told(state: RunState, status: Status, attempt: number): RunState {
  if (isOver(state) || isFinal(status)) return state;
  // Back to `queued` happens: a runner died and the job waits for another.
  const next: RunState = { ...state, phase: status === "running" ? "running" : "queued", queue: null };
  if (attempt <= state.attempt) return next;
  // The program begins anew, and what an earlier attempt wrote counts no more.
  return { ...next, attempt, screen: EMPTY, received: IDLE.received };
}

function withOutput(state: RunState, chunks: readonly Chunk[]): RunState {
  const received = { ...state.received };
  let screen = state.screen;
  for (const { source, text } of chunks) {
    screen = write(screen, source, text);
    received[source] += text.length;
  }
  return { ...state, screen, received };
}

/** What came live is in the order it was written in; where some of it is missing, the result's order must do. */
function ended(state: RunState, job: Job): RunState {
  const complete =
    compilerOutput(job) === "" &&
    state.received.stdout === (job.stdout ?? "").length &&
    state.received.stderr === (job.stderr ?? "").length;
  return {
    ...state,
    phase: "done",
    jobId: job.id,
    language: job.language,
    job,
    screen: complete ? state.screen : screenOf(job),
    stopping: false,
    unstopped: null,
    connection: "steady",
    queue: null,
  };
}

function shown(run: number, job: Job): RunState {
  const phase: Phase = isFinal(job.status) ? "done" : job.status === "running" ? "running" : "queued";
  const base: RunState = { ...IDLE, run, phase, language: job.language, jobId: job.id, queue: job.queue };
  return phase === "done" ? { ...base, job, screen: screenOf(job) } : base;
}

/** What the compiler said, then what the program wrote. */
export function screenOf(job: Job): Screen {
  const compiled = write(EMPTY, "stderr", compilerOutput(job));
  return write(write(compiled, "stdout", job.stdout ?? ""), "stderr", job.stderr ?? "");
}

function compilerOutput(job: Job): string {
  return job.compile === null ? "" : job.compile.stdout + job.compile.stderr;
}
