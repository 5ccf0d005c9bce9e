import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { URL, browserForTests } from "./browser";
import { ended, prepare, run } from "./playground";

const visit = browserForTests();

/** The same stack under an address that browsers do not trust without TLS, as they trust none on a local network. */
const INSECURE = URL.replace(/127\.0\.0\.1|localhost/, "0.0.0.0");

test("what is for copying is copied over plain HTTP, too, from a page and from a dialog", async () => {
  const { page, complaints } = await visit({ baseURL: INSECURE });
  await page.goto("/docs");
  expect(await page.evaluate(() => isSecureContext || "clipboard" in navigator)).toBe(false);
  await copied(page, "Copy");
  expect(await pasted(page)).toContain("curl");

  await join(page, somebody());
  await prepare(page, "python", "print('shared')\n");
  await run(page);
  await ended(page, "Succeeded");
  await page.getByRole("button", { name: "Share" }).click();
  const url = await page.getByLabel("Link", { exact: true }).inputValue();
  expect(url).toMatch(new RegExp(`^${INSECURE}/s/`));
  await copied(page, "Copy link");
  expect(await pasted(page)).toBe(url);
  forgive(complaints, "said: The Cross-Origin-Opener-Policy header has been ignored");
});

/** Takes out what the browser says of every page that comes without TLS, and nothing else. */
function forgive(complaints: string[], known: string): void {
  const others = complaints.filter((complaint) => !complaint.startsWith(known));
  complaints.splice(0, complaints.length, ...others);
}

async function copied(page: Page, label: string): Promise<void> {
  const button = page.getByRole("button", { name: label, exact: true }).first();
  await button.click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Copied"); // the focus stays
}

/** What is in the clipboard, as a person sees it who pastes; a page that may not write it may not read it either. */
async function pasted(page: Page): Promise<string> {
  await page.goto("/register");
  const field = page.getByLabel("Name");
  await field.press("ControlOrMeta+v");
  await expect.poll(() => field.inputValue()).not.toBe("");
  return field.inputValue();
}
