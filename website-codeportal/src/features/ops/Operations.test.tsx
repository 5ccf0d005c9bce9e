// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteSignedIn } from "@/shared/api/accounts";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { Operations } from "./Operations";

beforeEach(() => {
  noteSignedIn(true);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

test("whoever could not be asked for is not told that the page is for others", async () => {
  let away = true;
  answering({ "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)) });
  show(<Operations />);
  await screen.findByRole("heading", { name: "Whether you are an administrator is not known" });
  expect(screen.queryByRole("link", { name: "Sign in" })).toBeNull();
  away = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "This page is for administrators" })).toBeTruthy();
});
