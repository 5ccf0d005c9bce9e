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
});
