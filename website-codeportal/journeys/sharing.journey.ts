import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { URL, browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, openText, output, prepare, run, write } from "./playground";

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
  await stranger.page.goto("/play");
  await write(stranger.page, "print('an hour of work')\n");
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
  await stranger.page.getByText("What was here before is kept.").waitFor();
  wrong.push(...(await lookAround(stranger.page, "play-with-file")));
  await stranger.page.getByRole("button", { name: "Bring it back" }).click();
  await stranger.page.locator(".cm-content").getByText("an hour of work").waitFor();
  await stranger.page.getByRole("tab", { name: "data/words.txt" }).waitFor({ state: "detached" });
  await stranger.page.getByText("What was here before is kept.").waitFor({ state: "detached" });

  await owner.page.getByRole("button", { name: /^Revoke the link/ }).click();
  await owner.page.getByRole("list", { name: "Links to this job" }).waitFor({ state: "detached" });
  await owner.page.getByLabel("Link", { exact: true }).waitFor({ state: "detached" });
  await stranger.page.goto(url);
  await stranger.page.getByRole("heading", { name: "This link leads nowhere any more" }).waitFor();
  wrong.push(...(await lookAround(stranger.page, "shared-gone")));
  expect(wrong).toEqual([]);
});

test("files are written beside a program, kept over a reload, and shared with it", async () => {
  const { page } = await visit();
  await join(page, somebody());
  await prepare(page, "python", "import helper\nprint('told:', helper.first(open('data/words.txt').read()))\n");
  const tab = (name: string) => page.getByRole("tab", { name, exact: true });
  const name = page.getByLabel("Name of the new file");

  await page.getByRole("button", { name: "Add a file" }).click();
  await page.keyboard.type("main.txt");
  await page.keyboard.press("Enter");
  await page.getByText("main and main.* are the program's own names.").waitFor();
  const wrong = await lookAround(page, "play-file-refused");
  await name.fill("helper.py");
  await page.keyboard.press("Enter");
  await page.getByLabel("File helper.py").waitFor();
  await expect.poll(() => page.evaluate(focused)).toBe("File helper.py"); // it is typed into at once
  await page.keyboard.insertText("def first(text):\n    return text.split()[0]\n");

  await page.getByRole("button", { name: "Add a file" }).click();
  await name.fill("words.txt");
  await page.keyboard.press("Enter");
  await page.getByLabel("File words.txt").waitFor();
  await write(page, "one two three\n");
  await page.getByRole("button", { name: "Rename words.txt" }).click();
  await page.getByLabel("New name of the file").fill("data/words.txt");
  await page.keyboard.press("Enter");
  await page.getByLabel("File data/words.txt").getByText("one two three").waitFor();

  await page.reload();
  await page.getByLabel("File data/words.txt").getByText("one two three").waitFor();
  await page.keyboard.press("ControlOrMeta+Enter");
  await output(page).getByText("told: one", { exact: true }).waitFor();
  await ended(page, "Succeeded");

  // From tab to tab with the keyboard; each text has its own undo.
  await tab("data/words.txt").press("ArrowLeft");
  await page.getByLabel("File helper.py").getByText("text.split()[0]").waitFor();
  await write(page, "def first(text):\n    return 'changed'\n");
  await openText(page, "main.py");
  await page.locator(".cm-content[aria-label=Program]").getByText("import helper").waitFor();
  await openText(page, "helper.py");
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+z");
  await page.getByLabel("File helper.py").getByText("text.split()[0]").waitFor();
  wrong.push(...(await lookAround(page, "play-files")));

  await write(page, "def first(text):\n    raise ValueError(text)\n");
  await openText(page, "main.py");
  await run(page);
  await ended(page, "Failed");
  await output(page)
    .getByRole("button", { name: /helper\.py", line 2/ })
    .click();
  await page.getByLabel("File helper.py").locator(".cm-line").nth(1).locator(".cm-lintRange-error").waitFor();
  wrong.push(...(await lookAround(page, "play-file-failed")));
  await page.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+z");
  await page.getByLabel("File helper.py").getByText("text.split()[0]").waitFor();

  await page.getByRole("button", { name: "Remove helper.py" }).click();
  await tab("helper.py").waitFor({ state: "detached" });
  await run(page);
  await ended(page, "Failed");
  await output(page).getByText("No module named 'helper'").waitFor();
  await page.getByRole("button", { name: "Bring it back" }).click();
  await tab("helper.py").waitFor();
  await run(page);
  await ended(page, "Succeeded");

  await page.getByRole("button", { name: "Share" }).click();
  const url = await page.getByLabel("Link", { exact: true }).inputValue();
  const stranger = await visit();
  await stranger.page.goto(url);
  await stranger.page.getByRole("button", { name: "Open in the playground" }).click();
  await openText(stranger.page, "helper.py");
  await stranger.page.getByLabel("File helper.py").getByText("text.split()[0]").waitFor();
  await run(stranger.page);
  await output(stranger.page).getByText("told: one", { exact: true }).waitFor();
  expect(wrong).toEqual([]);
});

/** What has the focus, the editor's shadow root looked into. */
function focused(): string | null {
  const outer = document.activeElement;
  return (outer?.shadowRoot?.activeElement ?? outer)?.getAttribute("aria-label") ?? null;
}
