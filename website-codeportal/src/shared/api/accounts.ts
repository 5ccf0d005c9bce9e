import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import { ProblemError } from "./problem";
import { z } from "./zod";

export const accountSchema = z.object({
  id: z.string(),
  email: z.string(),
  display_name: z.string(),
  email_verified: z.boolean(),
  plan: z.string(),
  admin: z.boolean(),
  created_at: z.string(),
});
export type Account = z.infer<typeof accountSchema>;

export const ACCOUNT_KEY = ["account"] as const;

/** Who is signed in; null: nobody. Where the server has no accounts nobody ever is. */
export const accountQuery = queryOptions({
  queryKey: ACCOUNT_KEY,
  queryFn: async ({ signal }): Promise<Account | null> => {
    try {
      return await request("/v1/account", accountSchema, { signal });
    } catch (error) {
      if (error instanceof ProblemError && NOBODY.has(error.status)) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

const NOBODY = new Set([401, 404]);
