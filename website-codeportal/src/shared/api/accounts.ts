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
    if (!worthAsking()) return null;
    try {
      const account = await request("/v1/account", accountSchema, { signal });
      noteSignedIn(true);
      return account;
    } catch (error) {
      if (!(error instanceof ProblemError && NOBODY.has(error.status))) throw error;
      noteSignedIn(false);
      return null;
    }
  },
  staleTime: (query) => (query.state.data ? 60_000 : 0),
});

const HINT = "codeportal.signed-in";
/** Pages for which it matters so much that no hint is needed. */
const OF_ACCOUNTS = /^\/(?:account|login|ops)/;

/** Strangers, most visitors, are spared the question: the session's cookie is not for scripts to see, this hint is. */
function worthAsking(): boolean {
  try {
    return OF_ACCOUNTS.test(location.pathname) || localStorage.getItem(HINT) !== null;
  } catch {
    return true; // storage is forbidden
  }
}

export function noteSignedIn(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(HINT, "yes");
    else localStorage.removeItem(HINT);
  } catch {
    // Where storage is forbidden every page asks.
  }
}

const NOBODY = new Set([401, 404]);
