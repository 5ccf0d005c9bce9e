import { command, request } from "./client";
import { fileSchema, jobPath, jobSchema, statusSchema } from "./jobs";
import { z } from "./zod";

const summarySchema = z.object({
  id: z.string(),
  language: z.string(),
  status: statusSchema,
  created_at: z.nullable(z.string()),
  finished_at: z.nullable(z.string()),
  duration_ms: z.nullable(z.number()),
  cpu_ms: z.nullable(z.number()),
});
export type JobSummary = z.infer<typeof summarySchema>;

const pageSchema = z.object({ jobs: z.array(summarySchema), next_cursor: z.nullable(z.string()) });

/** A page of the account's jobs, newest first. */
export function accountJobs(cursor: string | null, signal?: AbortSignal) {
  const query = new URLSearchParams({ limit: "25", ...(cursor !== null && { cursor }) });
  return request(`/v1/account/jobs?${query.toString()}`, pageSchema, { signal });
}

const limitSchema = z.nullish(z.union([z.string(), z.number()]));

export const sourceSchema = z.object({
  id: z.string(),
  language: z.string(),
  code: z.string(),
  stdin: z._default(z.string(), ""),
  args: z._default(z.array(z.string()), []),
  files: z._default(z.array(fileSchema), []),
  limits: z.nullish(z.record(z.string(), limitSchema)),
});
export type Source = z.infer<typeof sourceSchema>;

export function readSource(id: string, signal?: AbortSignal) {
  return request(`${jobPath(id)}/source`, sourceSchema, { signal });
}

export const factSchema = z.looseObject({
  position: z.union([z.string(), z.number()]),
  type: z.string(),
  at: z.string(),
});
export type Fact = z.infer<typeof factSchema>;

const factsSchema = z.object({ id: z.string(), facts: z.array(factSchema) });

export async function readFacts(id: string, signal?: AbortSignal): Promise<Fact[]> {
  return (await request(`${jobPath(id)}/facts`, factsSchema, { signal })).facts;
}

const shareSchema = z.object({ id: z.string(), created_at: z.string() });
export type Share = z.infer<typeof shareSchema>;
/** Its token is told once, when it is made. */
const newShareSchema = z.extend(shareSchema, { token: z.string(), url: z.string() });

const sharesSchema = z.object({ shares: z.array(shareSchema) });

/** The links of a job, the oldest first. */
export async function readShares(id: string, signal?: AbortSignal): Promise<Share[]> {
  return (await request(`${jobPath(id)}/shares`, sharesSchema, { signal })).shares;
}

export function share(id: string) {
  return request(`${jobPath(id)}/shares`, newShareSchema, { method: "POST" });
}

export function unshare(id: string, shareId: string) {
  return command(`${jobPath(id)}/shares/${encodeURIComponent(shareId)}`, { method: "DELETE" });
}

const sharedSchema = z.object({ source: sourceSchema, job: jobSchema });
export type Shared = z.infer<typeof sharedSchema>;

/** What was shared under `token`; anybody may read it. */
export function readShared(token: string, signal?: AbortSignal) {
  return request(`/v1/shares/${encodeURIComponent(token)}`, sharedSchema, { signal });
}
