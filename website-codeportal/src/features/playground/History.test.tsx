// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteSignedIn } from "@/shared/api/accounts";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { History } from "./History";

beforeEach(() => {
  noteSignedIn(true);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

test("whose account cannot be reached is told so, and is no stranger to its history", async () => {
  let away = true;
  answering({
    "GET /v1/account": () => (away ? refusal(503) : Response.json(ADA)),
    "GET /v1/account/jobs": () => Response.json({ jobs: [], next: null }),
  });
  show(<History current={null} onOpen={() => Promise.resolve()} />);
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(screen.getByText("No.")).toBeTruthy();
  expect(screen.queryByText(/An account keeps its history/u)).toBeNull();
  away = false;
  await userEvent.click(again);
  await vi.waitFor(() => {
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });
});
