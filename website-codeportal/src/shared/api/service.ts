import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import { z } from "./zod";

export const languageSchema = z.object({
  name: z.string(),
  aliases: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  runners: z.number(),
  busy: z.number(),
  executors: z.number(),
});
export type Language = z.infer<typeof languageSchema>;

const languagesSchema = z.object({ languages: z.array(languageSchema) });

export const languagesQuery = queryOptions({
  queryKey: ["languages"],
  queryFn: async ({ signal }) => (await request("/v1/languages", languagesSchema, { signal })).languages,
  staleTime: 10_000,
});

export const readinessSchema = z.object({
  status: z.enum(["ready", "not ready"]),
  checks: z.record(z.string(), z.looseObject({ ok: z.boolean(), state: z.string() })),
});
export type Readiness = z.infer<typeof readinessSchema>;
