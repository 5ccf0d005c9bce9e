import { hashKey, type Query, type QueryClient } from "@tanstack/react-query";
import { accountQuery, noteSignedIn, type Account } from "@/shared/api/accounts";

/**
 * Makes `account` the one that everything is read as. What was read as somebody else goes: what is on show is read
 * anew where it stands, as a query that is taken away tells those who show it nothing any more.
 */
export async function becomeSignedIn(client: QueryClient, account: Account): Promise<void> {
  const { queryKey } = accountQuery;
  await client.cancelQueries({ queryKey, exact: true }); // its answer would be of before
  noteSignedIn(true);
  client.setQueryData(queryKey, account);
  const isOther = (query: Query) => query.queryHash !== hashKey(queryKey);
  client.removeQueries({ predicate: (query) => isOther(query) && query.getObserversCount() === 0 });
  void client.resetQueries({ predicate: isOther });
  client.getMutationCache().clear(); // the password was in it
}
