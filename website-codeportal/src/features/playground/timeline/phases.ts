/** Where a job's time went, from its facts and its result. The command line's `codeportal show` cuts it the same way. */
import type { Fact } from "@/shared/api/history";
import type { Job } from "@/shared/api/jobs";

export type PhaseName = "queue" | "earlier attempts" | "start" | "compile" | "run";

export interface Phase {
  readonly name: PhaseName;
  readonly ms: number;
}

export const PHASE_WORDS: Readonly<Record<PhaseName, string>> = {
  queue: "waiting for a runner",
  "earlier attempts": "attempts that were cut short",
  start: "hand-over to the runner and back",
  compile: "compiling",
  run: "the program itself",
};

const ENDINGS = new Set(["finished", "cancelled", "lost"]);

/** `facts` may be missing: then the job's own times tell all but earlier attempts. */
export function phases(job: Job, facts: readonly Fact[] = []): Phase[] {
  const submitted = moment(facts.find((fact) => fact.type === "submission")?.at ?? job.created_at);
  const starts = facts.filter((fact) => fact.type === "started").map((fact) => Date.parse(fact.at));
  const first = starts[0] ?? moment(job.started_at);
  const last = starts.at(-1) ?? first;
  const ended = moment(facts.find((fact) => ENDINGS.has(fact.type))?.at ?? job.finished_at);
  const found: Phase[] = [];
  if (submitted !== null && first !== null) found.push(phase("queue", first - submitted));
  if (starts.length > 1 && first !== null && last !== null) found.push(phase("earlier attempts", last - first));
  if (ended === null) return found;
  if (last !== null) return [...found, ...attempt(job, ended - last)];
  return submitted === null ? found : [...found, phase("queue", ended - submitted)];
}

function attempt(job: Job, whole: number): Phase[] {
  if (job.duration_ms === null) return [phase("run", whole)];
  const compiling = job.compile?.duration_ms ?? 0;
  const running = job.stage === "compile" ? 0 : job.duration_ms;
  return [
    phase("start", whole - compiling - running),
    ...(job.compile === null || job.compile.cached ? [] : [phase("compile", compiling)]),
    ...(job.stage === "compile" ? [] : [phase("run", running)]),
  ];
}

/** Clocks of two hosts may disagree; nothing takes less than no time. */
function phase(name: PhaseName, ms: number): Phase {
  return { name, ms: Math.max(0, ms) };
}

function moment(at: string | null): number | null {
  return at === null ? null : Date.parse(at);
}
