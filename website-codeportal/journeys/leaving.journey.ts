import { expect, test } from "vitest";
import { join, signIn, somebody } from "./account";
import { browserForTests } from "./browser";
import { lookAround } from "./looks";

const visit = browserForTests();

test("another session is ended, the password changed, and the account deleted", async () => {
  const { page } = await visit();
  const person = somebody();
  const changed = { ...person, password: "an entirely new password" };
  await join(page, person);

  const other = await visit();
  await other.page.goto("/login");
  await signIn(other.page, person);
  await other.page.waitForURL("**/play");
  await page.goto("/account");
  const sessions = page.getByRole("region", { name: "Sessions" }).getByRole("listitem");
  await page.getByRole("button", { name: /^Sign out Chrom.* at / }).click();
  await expect.poll(() => sessions.count()).toBe(1);
  await other.page.goto("/account");
  await other.page.getByRole("heading", { name: "You are not signed in" }).waitFor();

  await other.page.goto("/login");
  await signIn(other.page, person);
  await other.page.waitForURL("**/play");
  await page.reload();
  await expect.poll(() => sessions.count()).toBe(2);
  const current = page.getByLabel("Current password");
  await current.fill("not the password");
  await page.getByLabel("New password").fill(changed.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect.poll(() => current.getAttribute("aria-invalid")).toBe("true");
  const wrong = await lookAround(page, "account-password-refused");
  await current.fill(person.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  expect(await current.inputValue()).toBe("");
  await expect.poll(() => sessions.count()).toBe(1); // whoever knew the old one is out
  wrong.push(...(await lookAround(page, "account-password-changed")));

  await other.page.goto("/login");
  await signIn(other.page, person);
  await other.page.getByText("do not belong together").waitFor();
  await signIn(other.page, changed);
  await other.page.waitForURL("**/play");

  await page.getByRole("button", { name: "Delete the account" }).click();
  const confirmed = page.getByLabel("Your password");
  await confirmed.fill(person.password);
  await page.getByRole("button", { name: "Delete it for good" }).click();
  await expect.poll(() => confirmed.getAttribute("aria-invalid")).toBe("true");
  wrong.push(...(await lookAround(page, "account-deleting")));
  await confirmed.fill(changed.password);
  await page.getByRole("button", { name: "Delete it for good" }).click();
  await page.waitForURL(/\/$/);
  await page.getByRole("link", { name: "Sign in" }).first().waitFor();
  expect(await page.getByRole("link", { name: person.name }).count()).toBe(0);

  await other.page.goto("/account");
  await other.page.getByRole("heading", { name: "You are not signed in" }).waitFor();
  await other.page.goto("/login");
  await signIn(other.page, changed);
  await other.page.getByText("do not belong together").waitFor();
  expect(wrong).toEqual([]);
});
