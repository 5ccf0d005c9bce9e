// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { accountQuery, noteSignedIn } from "@/shared/api/accounts";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { useVisitor, type Visitor } from "./useAccount";

beforeEach(() => {
  noteSignedIn(true);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  history.replaceState(null, "", "/");
  vi.unstubAllGlobals();
});

function visitor(client = new QueryClient({ defaultOptions: { queries: { retry: false } } })) {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return { client, ...renderHook(useVisitor, { wrapper }) };
}

async function becomes(result: { readonly current: Visitor }, kind: Visitor["kind"]) {
  await vi.waitFor(() => {
    expect(result.current.kind).toBe(kind);
  });
}

/** Asks again, as a person does who is told that nobody answered. */
function retry(result: { readonly current: Visitor }) {
  const { current } = result;
  if (current.kind !== "unreachable") throw new Error(`there is nothing to try again: ${current.kind}`);
  act(current.retry);
}

describe("useVisitor", () => {
  it("takes nobody for a stranger whom it could not ask for, and can ask again", async () => {
    let away = true;
    answering({ "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)) });
    const { result } = visitor();
    await becomes(result, "unreachable");
    away = false;
    retry(result);
    await becomes(result, "account");
  });

  it("does not stay with an older answer of nobody that could not be asked for again", async () => {
    history.replaceState(null, "", "/account"); // elsewhere strangers are not asked for
    let away = false;
    answering({ "GET /v1/account": () => (away ? refusal(503) : refusal(401)) });
    const { client, result } = visitor();
    await becomes(result, "anonymous");
    away = true;
    await act(() => client.invalidateQueries(accountQuery));
    await becomes(result, "unreachable");
    away = false;
    retry(result);
    await becomes(result, "anonymous");
  });

  it("stays with an account whose service cannot be reached any more", async () => {
    let away = false;
    const asked = answering({ "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)) });
    const { client, result } = visitor();
    await becomes(result, "account");
    away = true;
    await act(() => client.invalidateQueries(accountQuery));
    expect(asked).toHaveLength(2);
    expect(result.current.kind).toBe("account");
  });
});
