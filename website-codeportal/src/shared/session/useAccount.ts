import { useQuery } from "@tanstack/react-query";
import { accountQuery, type Account } from "@/shared/api/accounts";

export type Visitor =
  | { readonly kind: "unknown" }
  | { readonly kind: "anonymous" }
  | { readonly kind: "account"; readonly account: Account };

/** Who looks at the page; unknown until the service has said so. */
export function useVisitor(): Visitor {
  const { data, isPending } = useQuery(accountQuery);
  if (data) return { kind: "account", account: data };
  return { kind: isPending ? "unknown" : "anonymous" };
}
