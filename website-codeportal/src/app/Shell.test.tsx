// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteSignedIn } from "@/shared/api/accounts";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { Shell } from "./Shell";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => Object.assign(new EventTarget(), { matches: false }));
  noteSignedIn(true);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

test("the header does not offer signing in to whom it could not ask for, but to ask again", async () => {
  let away = true;
  answering({ "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)) });
  show(<Shell>A page</Shell>);
  const again = await screen.findByRole("button", { name: "Retry account" });
  expect(again.title).toBe("No.");
  expect(screen.queryByRole("link", { name: "Sign in" })).toBeNull();
  away = false;
  await userEvent.click(again);
  expect(await screen.findByRole("link", { name: "Ada" })).toBeTruthy();
});
