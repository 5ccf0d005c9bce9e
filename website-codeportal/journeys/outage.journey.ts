import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, linkIn, register, somebody } from "./account";
import { browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, prepare, run } from "./playground";

const visit = browserForTests();

const AWAY = {
  status: 503,
  contentType: "application/problem+json",
  body: JSON.stringify({
    title: "Service Unavailable",
    status: 503,
    detail: "Not possible at the moment: accounts cannot be reached. Try again.",
  }),
};

/** Answers as the service does while its accounts cannot be reached; what brings them back. */
async function takeAway(page: Page, method: string, path: string): Promise<() => Promise<void>> {
  await page.route(path, (route) => (route.request().method() === method ? route.fulfill(AWAY) : route.fallback()));
  return () => page.unroute(path);
}

test("while accounts cannot be reached nobody is taken for a stranger, and programs run", async () => {
  const { page } = await visit();
  await page.addInitScript(() => {
    localStorage.setItem("codeportal.signed-in", "yes"); // as of somebody who was here before
  });
  const bringBack = await takeAway(page, "GET", "**/v1/account");
  await page.goto("/account");
  await page.getByRole("heading", { name: "Your account cannot be reached" }).waitFor();
  const again = page.getByRole("button", { name: "Retry account" });
  await again.waitFor();
  expect(await page.getByRole("link", { name: "Sign in" }).count()).toBe(0);
  const wrong = await lookAround(page, "account-unreached");
  await page.goto("/ops");
  await page.getByRole("heading", { name: "Whether you are an administrator is not known" }).waitFor();
  wrong.push(...(await lookAround(page, "ops-unreached")));

  await page.goto("/play");
  await again.waitFor();
  await prepare(page, "python", "print(6 * 7)\n");
  await run(page);
  await ended(page, "Succeeded");
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("tabpanel", { name: "History" }).getByRole("listitem").first().waitFor();
  wrong.push(...(await lookAround(page, "play-unreached")));
  await bringBack();
  await again.click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  expect(wrong).toEqual([]);
});

test("a key that was just made outlives a failing list, and failing to sign out is said", async () => {
  const { page } = await visit();
  await join(page, somebody());
  await page.goto("/account");
  const keys = page.getByRole("region", { name: "API keys" });
  await keys.getByText("You have none yet.").waitFor();
  await takeAway(page, "GET", "**/v1/account/keys");
  await keys.getByLabel("Name of a new key").fill("journey");
  await keys.getByRole("button", { name: "Make the key" }).click();
  await keys.getByRole("alert").getByText("accounts cannot be reached").waitFor();
  await keys
    .locator("code", { hasText: /^cp_\w+_[^…]+$/ })
    .first()
    .waitFor();
  await keys.getByLabel("Name of a new key").waitFor();

  const bringBack = await takeAway(page, "DELETE", "**/v1/sessions/current");
  const out = page.getByRole("button", { name: "Sign out", exact: true });
  await out.click();
  await page.getByText("You may still be signed in here.").waitFor();
  expect(await lookAround(page, "account-failing")).toEqual([]);
  await bringBack();
  await out.click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
});

test("the link of the first letter can be tried again when it could not be followed", async () => {
  const { page } = await visit();
  const person = somebody();
  await register(page, person);
  const bringBack = await takeAway(page, "POST", "**/v1/account/verification");
  await page.goto(await linkIn(person.email, "verify"));
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor();
  expect(await lookAround(page, "verify-failing")).toEqual([]);
  await bringBack();
  await again.click();
  await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
});
