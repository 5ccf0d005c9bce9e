import type { Job, Status } from "@/shared/api/jobs";

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  queued: "Waiting",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  compile_error: "Did not compile",
  timeout: "Out of time",
  cpu_limit: "Out of CPU time",
  memory_limit: "Out of memory",
  cancelled: "Stopped",
  internal_error: "Our fault",
};

const LANGUAGE_WORDS: Readonly<Record<string, string>> = {
  python: "Python",
  go: "Go",
  javascript: "JavaScript",
  typescript: "TypeScript",
  ruby: "Ruby",
  rust: "Rust",
  c: "C",
  cpp: "C++",
};

/** A language as people write it. */
export function languageWord(name: string): string {
  return LANGUAGE_WORDS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** How a job ended, beyond its status. */
export function ending(job: Job): string | null {
  if (job.error !== null) return `${job.error.charAt(0).toUpperCase()}${job.error.slice(1)}.`;
  if (job.signal !== null) return `Ended by ${job.signal}.`;
  if (job.status === "failed" && job.exit_code !== null) return `Exit code ${job.exit_code}.`;
  return null;
}
