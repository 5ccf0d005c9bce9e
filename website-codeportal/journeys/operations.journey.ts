import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { URL, browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, output, prepare, run } from "./playground";
import { account, restartRunner } from "./stack";

const visit = browserForTests();
const ENDLESS = "print('begun', flush=True)\nwhile True:\n    pass\n";
const LONG = 240_000; // milliseconds: a job is given up only after three runners went, and every look is taken three times
const ATTEMPTS = 3; // the stack's MAX_ATTEMPTS, at its default

const table = (page: Page, title: string): Locator => page.getByRole("region", { name: title, exact: true });
const cell = (row: Locator, at: number): Locator => row.getByRole("cell").nth(at);

test(
  "an administrator sees what runs where, and runs again what was given up; a stranger sees nothing",
  async () => {
    const { page, context } = await visit();
    const person = somebody();
    await join(page, person);
    await page.goto("/ops");
    await page.getByRole("heading", { name: "This page is for administrators" }).waitFor();
    expect((await context.request.get("/v1/admin/overview")).status()).toBe(404);

    await account("promote", person.email);
    await page.reload();
    await page.getByRole("heading", { name: "Operations", exact: true }).waitFor();
    for (const language of ["Python", "JavaScript", "Go"]) {
      const row = table(page, "Languages").getByRole("row").filter({ hasText: language });
      await cell(row, 3)
        .getByText(/^0 of \d+$/)
        .waitFor();
    }
    await table(page, "Processes").getByRole("row").filter({ hasText: "projector" }).first().waitFor();

    const play = await context.newPage();
    const id = await begin(play);
    const working = table(page, "Runners").getByRole("row").filter({ hasText: id });
    await cell(working, 1).getByText("Python").waitFor();
    const wrong = await lookAround(page, "ops-running");
    await play.getByRole("button", { name: "Stop" }).click();
    await ended(play, "Stopped");
    await working.waitFor({ state: "detached" });

    const lost = await begin(play);
    await giveUp(page, lost);
    const failure = table(page, "Recent failures").getByRole("row").filter({ hasText: lost });
    await cell(failure, 2).getByText(String(ATTEMPTS), { exact: true }).waitFor();
    const retry = page.getByRole("button", { name: `Retry ${lost}` });
    await retry.waitFor();
    wrong.push(...(await lookAround(page, "ops-given-up")));

    await retry.click();
    await page.getByText("It runs again, as").waitFor();
    await retry.waitFor({ state: "detached" });
    const again = (await page.getByText("It runs again, as").locator("code").textContent()) ?? "";
    expect(again).not.toBe(lost);
    await table(page, "Runners").getByRole("row").filter({ hasText: again }).waitFor();
    const stopped = await context.request.delete(`/v1/execute/${again}`, { headers: { Origin: URL } });
    expect(stopped.ok()).toBe(true);
    await table(page, "Runners").getByRole("row").filter({ hasText: again }).waitFor({ state: "detached" });
    expect(wrong).toEqual([]);

    const stranger = await visit();
    await stranger.page.goto("/ops");
    await stranger.page.getByRole("heading", { name: "This page is for administrators" }).waitFor();
    expect(await stranger.page.getByRole("table").count()).toBe(0);
    for (const what of ["overview", "failures", "dead", "accounts"])
      expect((await stranger.context.request.get(`/v1/admin/${what}`)).status()).toBe(404);
    expect(await lookAround(stranger.page, "ops-stranger")).toEqual([]);
  },
  LONG,
);

/** Starts a program that never ends; the job's id. */
async function begin(page: Page): Promise<string> {
  await page.goto("/play");
  await prepare(page, "python", ENDLESS);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await run(page);
  const { id } = (await (await answer).json()) as { id: string };
  await output(page).getByText("begun", { exact: true }).waitFor();
  return id;
}

/** Takes every runner away that the job is tried on, as a broken host would. */
async function giveUp(ops: Page, id: string): Promise<void> {
  const row = table(ops, "Runners").getByRole("row").filter({ hasText: id });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const there = attempt === 1 ? row : row.filter({ hasText: `attempt ${attempt}` });
    await restartRunner((await cell(there, 0).textContent()) ?? "");
  }
}
