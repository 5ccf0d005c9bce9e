// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { answering } from "@/test/answers";
import { show } from "@/test/showing";
import { Reset } from "./Reset";

afterEach(() => {
  cleanup();
  history.replaceState(null, "", "/");
  vi.unstubAllGlobals();
});

test("whose link is used up can ask for another one", async () => {
  history.replaceState(null, "", "/reset?token=bad");
  const errors = [{ field: "token", reason: "is used up" }];
  answering({
    "PUT /v1/account/password": () => Response.json({ title: "No", status: 422, errors }, { status: 422 }),
  });
  show(<Reset />);
  await userEvent.type(screen.getByLabelText("New password"), "another long password");
  await userEvent.click(screen.getByRole("button", { name: "Set the password" }));
  await screen.findByText(/is used up/);
  await userEvent.click(screen.getByRole("button", { name: "Ask for another one" }));
  expect(await screen.findByRole("heading", { name: "Forgotten your password?" })).toBeTruthy();
  expect(screen.getByLabelText("Email")).toBeTruthy();
});
