import { request, command } from "./client";
import { z } from "./zod";

export const STATUSES = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "compile_error",
  "timeout",
  "cpu_limit",
  "memory_limit",
  "cancelled",
  "internal_error",
] as const;

export const statusSchema = z.enum(STATUSES);
export type Status = z.infer<typeof statusSchema>;

export const compileSchema = z.object({
  exit_code: z.nullable(z.number()),
  stdout: z.string(),
  stderr: z.string(),
  duration_ms: z.number(),
  cached: z.boolean(),
});

export const queueSchema = z.object({
  position: z.number(),
  runners: z.number(),
  busy: z.number(),
  estimated_start_ms: z.nullable(z.number()),
});
export type Queue = z.infer<typeof queueSchema>;

export const jobSchema = z.object({
  id: z.string(),
  language: z.string(),
  status: statusSchema,
  created_at: z.nullable(z.string()),
  started_at: z.nullable(z.string()),
  finished_at: z.nullable(z.string()),
  stdout: z.nullable(z.string()),
  stderr: z.nullable(z.string()),
  exit_code: z.nullable(z.number()),
  signal: z.nullable(z.string()),
  compile: z.nullable(compileSchema),
  stage: z.nullable(z.enum(["compile", "run"])),
  duration_ms: z.nullable(z.number()),
  cpu_ms: z.nullable(z.number()),
  memory_peak_bytes: z.nullable(z.number()),
  truncated: z.nullable(z.object({ stdout: z.boolean(), stderr: z.boolean() })),
  attempts: z.number(),
  queue: z.nullable(queueSchema),
  error: z.nullable(z.string()),
});
export type Job = z.infer<typeof jobSchema>;

export const acceptedSchema = z.object({ id: z.string(), language: z.string(), created_at: z.string() });

export interface Limits {
  wall?: string;
  cpu?: string;
  memory?: string;
  processes?: number;
}

/** A file that lies beside the program; what is no text comes as base64. */
export const fileSchema = z.object({
  path: z.string(),
  content: z.string(),
  encoding: z._default(z.enum(["utf-8", "base64"]), "utf-8"),
});
export type ProgramFile = z.infer<typeof fileSchema>;

export interface Submission {
  language: string;
  code: string;
  stdin?: string;
  args?: string[];
  files?: readonly ProgramFile[];
  limits?: Limits;
}

export function isFinal(status: Status): boolean {
  return status !== "queued" && status !== "running";
}

export function submit(submission: Submission, signal?: AbortSignal) {
  return request("/v1/execute", acceptedSchema, { method: "POST", body: submission, signal });
}

/** The job; with `wait`, as soon as it is done or that long (Go's syntax) has passed. */
export function readJob(id: string, wait?: string, signal?: AbortSignal) {
  const query = wait === undefined ? "" : `?wait=${wait}`;
  return request(`${jobPath(id)}${query}`, jobSchema, { signal });
}

export function cancelJob(id: string) {
  return command(jobPath(id), { method: "DELETE" });
}

export function jobPath(id: string): string {
  return `/v1/execute/${encodeURIComponent(id)}`;
}
