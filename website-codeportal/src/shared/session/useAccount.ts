import { useQuery } from "@tanstack/react-query";
import { accountQuery, type Account } from "@/shared/api/accounts";

export type Visitor =
  | { readonly kind: "unknown" }
  | { readonly kind: "anonymous" }
  | Unreachable
  | { readonly kind: "account"; readonly account: Account };

/** The service did not say who it is: that makes nobody a stranger. */
export interface Unreachable {
  readonly kind: "unreachable";
  readonly error: Error;
  readonly retry: () => void;
}

/** Who looks at the page; unknown until the service has said so. */
export function useVisitor(): Visitor {
  const { data, error, isFetching, refetch } = useQuery(accountQuery);
  if (data) return { kind: "account", account: data };
  if (error !== null && !isFetching) return { kind: "unreachable", error, retry: () => void refetch() };
  return { kind: data === null && error === null ? "anonymous" : "unknown" };
}
