// @vitest-environment jsdom
import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noteSignedIn } from "@/shared/api/accounts";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { Account } from "./Account";

const PAGE = {
  "GET /v1/account": () => Response.json(ADA),
  "GET /v1/account/keys": () => Response.json({ keys: [] }),
  "GET /v1/sessions": () => Response.json({ sessions: [] }),
};

const KEY = {
  id: "k",
  name: "tests",
  prefix: "abc",
  scopes: ["execute"],
  created_at: "2026-01-01T00:00:00Z",
  expires_at: null,
  last_used_at: null,
};

beforeEach(() => {
  history.replaceState(null, "", "/account");
  noteSignedIn(true);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

describe("Account", () => {
  it("says when it cannot be reached, which makes nobody a stranger", async () => {
    let away = true;
    answering({ ...PAGE, "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)) });
    show(<Account />);
    await screen.findByRole("heading", { name: "Your account cannot be reached" });
    expect(screen.getByRole("alert").textContent).toContain("No.");
    expect(screen.queryByRole("link", { name: "Make an account" })).toBeNull();
    away = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "Ada" })).toBeTruthy();
  });

  it("says when signing out fails, which can then be tried again", async () => {
    let away = true;
    answering({
      ...PAGE,
      "DELETE /v1/sessions/current": () => (away ? refusal(503) : new Response(null, { status: 204 })),
    });
    show(<Account />);
    const out = await screen.findByRole("button", { name: "Sign out" });
    await userEvent.click(out);
    expect(await screen.findByText(/^You may still be signed in here/)).toBeTruthy();
    away = false;
    await userEvent.click(out);
    await vi.waitFor(() => {
      expect(location.pathname).toBe("/");
    });
  });

  it("keeps a key that was just made, and the form, where the list cannot be read again", async () => {
    let away = false;
    answering({
      ...PAGE,
      "GET /v1/account/keys": () => (away ? refusal(503) : Response.json({ keys: [] })),
      "POST /v1/account/keys": () => {
        away = true;
        return Response.json({ ...KEY, key: "cp_abc_secret" }, { status: 201 });
      },
    });
    show(<Account />);
    await userEvent.type(await screen.findByLabelText("Name of a new key"), "tests");
    await userEvent.click(screen.getByRole("button", { name: "Make the key" }));
    expect(await screen.findByText("cp_abc_secret")).toBeTruthy();
    const section = within(screen.getByRole("region", { name: "API keys" }));
    expect((await section.findByRole("alert")).textContent).toContain("No.");
    expect(section.getByText("cp_abc_secret")).toBeTruthy();
    expect(section.getByRole("form", { name: "New API key" })).toBeTruthy();
    expect(section.queryByText("You have none yet.")).toBeNull(); // which is no more so
  });
});
