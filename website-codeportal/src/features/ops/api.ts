import { command, request } from "@/shared/api/client";
import { languageSchema } from "@/shared/api/service";
import { z } from "@/shared/api/zod";

const age = z.nullable(z.number());

export const overviewSchema = z.object({
  languages: z.array(
    z.extend(languageSchema, {
      job_ms: z.nullable(z.number()),
      waiting: z.number(),
      claimed: z.number(),
      oldest_waiting_ms: age,
    }),
  ),
  groups: z.array(
    z.object({
      stream: z.string(),
      group: z.string(),
      consumers: z.number(),
      waiting: z.number(),
      pending: z.number(),
      oldest_waiting_ms: age,
      oldest_pending_ms: age,
    }),
  ),
  actors: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      language: z.nullable(z.string()),
      host: z.string(),
      started_at: z.string(),
      state: z.string(),
      runners: z.number(),
      busy: z.number(),
      job_ms: z.nullable(z.number()),
    }),
  ),
  runners: z.array(
    z.object({
      name: z.string(),
      language: z.string(),
      executor: z.nullable(z.string()),
      job: z.nullable(z.string()),
      attempt: z.nullable(z.number()),
      since: z.nullable(z.string()),
      cpu_seconds: z.nullable(z.number()),
      memory_bytes: z.nullable(z.number()),
      processes: z.nullable(z.number()),
    }),
  ),
  rates: z.object({
    seconds: z.number(),
    started: z.number(),
    ended: z.number(),
    succeeded: z.number(),
    lost: z.number(),
  }),
  redis: z.object({ used_bytes: z.number(), limit_bytes: z.nullable(z.number()) }),
  dead_letters: z.number(),
  archive: z.nullable(z.object({ waiting: z.number(), oldest_ms: z.number() })),
});
export type Overview = z.infer<typeof overviewSchema>;

export function readOverview(signal: AbortSignal) {
  return request("/v1/admin/overview", overviewSchema, { signal });
}

const failureSchema = z.object({
  id: z.string(),
  language: z.string(),
  at: z.string(),
  attempts: z.number(),
  reason: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

export async function readFailures(signal: AbortSignal) {
  return (await request("/v1/admin/failures?limit=20", z.object({ failures: z.array(failureSchema) }), { signal }))
    .failures;
}

const letterSchema = z.object({
  key: z.string(),
  at: z.string(),
  reason: z.string(),
  attempts: z.number(),
  job: z.nullable(z.string()),
  stream: z.string(),
  position: z.string(),
  language: z.nullable(z.string()),
  retryable: z.boolean(),
});
export type Letter = z.infer<typeof letterSchema>;

const lettersSchema = z.object({ dead: z.array(letterSchema), total: z.number() });
export type Letters = z.infer<typeof lettersSchema>;

export function readDead(signal: AbortSignal) {
  return request("/v1/admin/dead?limit=50", lettersSchema, { signal });
}

export async function retryDead(key: string) {
  return (await request(path(key, "/retry"), z.object({ job: z.string() }), { method: "POST" })).job;
}

export function dropDead(key: string) {
  return command(path(key), { method: "DELETE" });
}

function path(key: string, rest = ""): string {
  return `/v1/admin/dead/${encodeURIComponent(key)}${rest}`;
}
