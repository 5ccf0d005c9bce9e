import { onlineManager } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ACCOUNT_KEY, accountQuery } from "@/shared/api/accounts";
import * as ended from "@/shared/session/ended";
import { ADA } from "@/test/account";
import { createClient } from "./client";

function answer(status: number, body: unknown) {
  vi.stubGlobal(
    "fetch",
    vi.fn(() => Promise.resolve(Response.json(body, { status }))),
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
  onlineManager.setOnline(true);
  ended.setSessionEnded(false);
});

describe("createClient", () => {
  it("notices when a session ended by itself", async () => {
    const told = vi.spyOn(ended, "setSessionEnded");
    const client = createClient();
    answer(200, ADA);
    await client.query(accountQuery);
    answer(401, { status: 401, title: "Unauthorized" });
    await client.query({ ...accountQuery, staleTime: 0 });
    expect(client.getQueryData(ACCOUNT_KEY)).toBeNull();
    expect(told).toHaveBeenLastCalledWith(true);
  });

  it("says nothing when somebody signed out, or never was signed in", async () => {
    const told = vi.spyOn(ended, "setSessionEnded");
    const client = createClient();
    answer(401, { status: 401, title: "Unauthorized" });
    await client.query(accountQuery);
    client.setQueryData(ACCOUNT_KEY, ADA);
    client.setQueryData(ACCOUNT_KEY, null);
    expect(told).not.toHaveBeenCalledWith(true);
  });

  it("asks also where the browser believes to be offline: the service may run on the same machine", async () => {
    onlineManager.setOnline(false);
    const client = createClient();
    answer(200, ADA);
    expect(await client.query(accountQuery)).toEqual(ADA);
    const signIn = client.getMutationCache().build(client, { mutationFn: () => Promise.resolve("signed in") });
    expect(await signIn.execute(undefined)).toBe("signed in");
  });

  it("asks anew when a network has come back, as the service may be behind it", () => {
    expect(createClient().defaultQueryOptions(accountQuery).refetchOnReconnect).toBe(true);
  });
});
