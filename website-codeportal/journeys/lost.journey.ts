import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, output, prepare, run, verdict } from "./playground";

const visit = browserForTests();

/** How often something was submitted from now on. */
function submissions(page: Page): () => number {
  let count = 0;
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/v1/execute")) count += 1;
  });
  return () => count;
}

test("a stop that fails leaves the program in sight, and is asked for again", async () => {
  const { page } = await visit();
  const submitted = submissions(page);
  await page.goto("/play");
  await prepare(page, "python", "print('begun', flush=True)\nwhile True:\n    pass\n");
  await page.route(/\/v1\/execute\/[^/]+$/, (route) =>
    route.request().method() === "DELETE" ? route.fulfill({ status: 502, body: "" }) : route.continue(),
  );
  await run(page);
  await output(page).getByText("begun", { exact: true }).waitFor();
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.click();
  await verdict(page).getByText("It could not be stopped, and goes on.").waitFor();
  await verdict(page).getByText("Running", { exact: true }).waitFor();
  const wrong = await lookAround(page, "play-not-stopped");
  await page.unrouteAll();
  await stop.click();
  await ended(page, "Stopped");
  expect(await verdict(page).textContent()).not.toContain("could not be stopped");
  expect(submitted()).toBe(1);
  expect(wrong).toEqual([]);
});

test("a program that was lost sight of is followed again, not run again", async () => {
  const { page } = await visit();
  const submitted = submissions(page);
  await page.goto("/play");
  await prepare(page, "python", "import time\nprint('begun', flush=True)\ntime.sleep(3)\nprint('over')\n");
  const problem = { type: "about:blank", title: "Error", status: 500, detail: "Something went wrong here." };
  await page.route(/\/v1\/execute\/[^/]+(\/events|\?wait=.*)$/, (route) =>
    route.fulfill({ status: 500, json: problem }),
  );
  await run(page);
  await verdict(page).getByText("Lost sight of it", { exact: true }).waitFor();
  await page.getByText("Sight of the program was lost.").waitFor();
  const wrong = await lookAround(page, "play-lost");
  await page.unrouteAll();
  await page.getByRole("button", { name: "Follow it again" }).click();
  await output(page).getByText("over", { exact: true }).waitFor();
  await ended(page, "Succeeded");
  expect(await output(page).textContent()).toMatch(/begun.*over/s);
  expect(submitted()).toBe(1);
  expect(wrong).toEqual([]);
});
