import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { URL, browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, output, run } from "./playground";

const visit = browserForTests();

const JOB = {
  language: "python",
  code: "print('told:', open('data/words.txt').read().strip())\n",
  files: [{ path: "data/words.txt", content: "one two three\n" }],
};

test("a program is shared with its file, run again by a stranger, and taken back", async () => {
  const owner = await visit();
  await join(owner.page, somebody());
  const submitted = await owner.context.request.post("/v1/execute?wait=30s", { data: JOB, headers: { Origin: URL } });
  expect(await submitted.json()).toMatchObject({ status: "succeeded", stdout: "told: one two three\n" });

  await owner.page.getByRole("tab", { name: "History" }).click();
  await owner.page.getByRole("button", { name: /^Open Python/ }).click();
  await owner.page.getByRole("tab", { name: "data/words.txt" }).waitFor();
  await owner.page.getByRole("button", { name: "Share" }).click();
  const url = await owner.page.getByLabel("Link", { exact: true }).inputValue();
  expect(url).toMatch(new RegExp(`^${URL}/s/[\\w-]+$`));
  await owner.page.getByRole("list", { name: "Links to this job" }).getByText("the link above").waitFor();
  const wrong = await lookAround(owner.page, "share-dialog");

  const stranger = await visit();
  await stranger.page.goto(url);
  await stranger.page.getByRole("heading", { name: "A program in Python" }).waitFor();
  await stranger.page.locator(".cm-content").getByText("data/words.txt").waitFor();
  await output(stranger.page).getByText("told: one two three").waitFor();
  await stranger.page.getByText("data/words.txt", { exact: true }).click();
  await stranger.page.getByText("one two three", { exact: true }).waitFor();
  wrong.push(...(await lookAround(stranger.page, "shared")));
  await stranger.page.getByRole("button", { name: "Open in the playground" }).click();
  await stranger.page.getByRole("tab", { name: "data/words.txt" }).waitFor();
  await run(stranger.page);
  await ended(stranger.page, "Succeeded");
  await output(stranger.page).getByText("told: one two three").waitFor();
  wrong.push(...(await lookAround(stranger.page, "play-with-file")));

  await owner.page.getByRole("button", { name: /^Revoke the link/ }).click();
  await owner.page.getByRole("list", { name: "Links to this job" }).waitFor({ state: "detached" });
  await owner.page.getByLabel("Link", { exact: true }).waitFor({ state: "detached" });
  await stranger.page.goto(url);
  await stranger.page.getByRole("heading", { name: "This link leads nowhere any more" }).waitFor();
  wrong.push(...(await lookAround(stranger.page, "shared-gone")));
  expect(wrong).toEqual([]);
});
