import { hashKey, MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ACCOUNT_KEY } from "@/shared/api/accounts";
import { ProblemError, UnexpectedAnswerError } from "@/shared/api/problem";
import { setSessionEnded } from "@/shared/session/ended";

const TRIES = 3;
/** A browser without a network believes to be offline, also where the service runs on the same machine. */
const ALWAYS = { networkMode: "always" } as const;

/** An answer is an answer; only silence is worth another try. */
function worthRetrying(count: number, error: Error): boolean {
  if (error instanceof UnexpectedAnswerError) return false;
  return count < TRIES && !(error instanceof ProblemError && error.status < 500);
}

/** The answers that pages share. Whoever is refused as a stranger, and was signed in, has lost the session. */
export function createClient(): QueryClient {
  const notice = (error: Error) => {
    if (!(error instanceof ProblemError) || error.status !== 401) return;
    if (client.getQueryData(ACCOUNT_KEY)) void client.invalidateQueries({ queryKey: ACCOUNT_KEY });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: notice }),
    mutationCache: new MutationCache({ onError: notice }),
    defaultOptions: {
      queries: { ...ALWAYS, retry: worthRetrying, refetchOnWindowFocus: true, refetchOnReconnect: true },
      mutations: ALWAYS,
    },
  });
  watchAccount(client);
  return client;
}

/** Signing out removes or sets the account itself; an account that a fresh answer takes away has ended by itself. */
function watchAccount(client: QueryClient): void {
  let known = false;
  client.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.query.queryHash !== hashKey(ACCOUNT_KEY)) return;
    if (event.action.type !== "success") return;
    const present = Boolean(event.query.state.data);
    if (present) setSessionEnded(false);
    else if (known && event.action.manual !== true) setSessionEnded(true);
    known = present;
  });
}
