import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { URL, browserForTests } from "./browser";
import { openLine } from "./line";
import { ended, output, prepare, run, verdict } from "./playground";

const visit = browserForTests();

interface Language {
  readonly name: string;
  readonly runners: number;
  readonly busy: number;
}

/** What the output shows, line by line. */
async function lines(page: Page): Promise<string[]> {
  const shown = await output(page).locator("div > div").allTextContents();
  return shown.filter((text) => /^step \d+$/.test(text));
}

const LIVE: Readonly<Record<string, string>> = {
  python: "import time\nprint('first', flush=True)\ntime.sleep(2)\nprint('last')\n",
  javascript: "console.log('first');\nsetTimeout(() => console.log('last'), 2000);\n",
  go: 'package main\n\nimport (\n\t"fmt"\n\t"time"\n)\n\nfunc main() {\n\tfmt.Println("first")\n\ttime.Sleep(2 * time.Second)\n\tfmt.Println("last")\n}\n',
};

test.each(Object.keys(LIVE))("%s is shown while it runs", async (language) => {
  const { page } = await visit();
  await page.goto("/play");
  await prepare(page, language, LIVE[language] ?? "");
  await run(page);
  await output(page).getByText("first", { exact: true }).waitFor();
  expect(await output(page).textContent()).not.toContain("last");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await output(page).getByText("last", { exact: true }).waitFor();
  await ended(page, "Succeeded");
});

test("an endless loop is stopped", async () => {
  const { page } = await visit();
  await page.goto("/play");
  await prepare(page, "python", "print('begun', flush=True)\nwhile True:\n    pass\n");
  await page.keyboard.press("ControlOrMeta+Enter");
  await output(page).getByText("begun", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await ended(page, "Stopped");
  expect(await output(page).textContent()).toContain("begun");
});

const FAULTS: Readonly<Record<string, { code: string; word: string; line: number; place: RegExp }>> = {
  python: {
    code: "def f():\n    raise ValueError('no')\n\nf()\n",
    word: "Failed",
    line: 2,
    place: /main\.py", line 2/,
  },
  javascript: {
    code: "function f() {\n  throw new Error('no');\n}\nf();\n",
    word: "Failed",
    line: 2,
    place: /main\.js:2:9/,
  },
  go: {
    code: "package main\n\nfunc main() {\n\tx := 1\n}\n",
    word: "Did not compile",
    line: 4,
    place: /main\.go:4:2/,
  },
};

test.each(Object.entries(FAULTS))("what is wrong in %s leads to its line", async (language, fault) => {
  const { page } = await visit();
  await page.goto("/play");
  await prepare(page, language, fault.code);
  await run(page);
  await ended(page, fault.word);
  const line = page.locator(".cm-line").nth(fault.line - 1);
  await line.locator(".cm-lintRange-error").waitFor();
  await output(page).getByRole("button", { name: fault.place }).first().click();
  await page.keyboard.press("End");
  await page.keyboard.insertText(" // here");
  expect(await line.textContent()).toMatch(/ \/\/ here$/);
  await line.locator(".cm-lintRange-error").waitFor({ state: "detached" }); // marks are of the text that ran
});

test("a program gets its arguments as they were quoted, and they stay over a reload", async () => {
  const { page } = await visit();
  await page.goto("/play");
  await prepare(page, "python", "import sys\nprint(sys.argv[1:])\n");
  await page.getByRole("tab", { name: "Arguments" }).click();
  await page.getByRole("textbox", { name: "Arguments" }).fill(`--name 'Ada Lovelace' "" 42`);
  await page.getByText("[--name] [Ada Lovelace] [] [42]").waitFor();
  await page.keyboard.press("ControlOrMeta+Enter");
  await output(page).getByText("['--name', 'Ada Lovelace', '', '42']", { exact: true }).waitFor();
  await page.reload();
  await page.getByRole("tab", { name: "Arguments" }).click();
  expect(await page.getByRole("textbox", { name: "Arguments" }).inputValue()).toBe(`--name 'Ada Lovelace' "" 42`);
});

test("who waits sees how many are before, until it is their turn", async () => {
  const { page, context } = await visit();
  const api = context.request;
  const headers = { Origin: URL };
  const language = async () => {
    const { languages } = (await (await api.get("/v1/languages")).json()) as { languages: Language[] };
    return languages.find(({ name }) => name === "go");
  };
  const runners = (await language())?.runners ?? 0;
  const data = {
    language: "go",
    code: 'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Minute) }\n',
    limits: { wall: "60s" },
  };
  const before: string[] = [];
  for (let n = 0; n <= runners; n++) {
    const accepted = await api.post("/v1/execute", { data, headers });
    before.push(((await accepted.json()) as { id: string }).id);
  }
  await expect.poll(async () => (await language())?.busy).toBe(runners);

  await page.goto("/play");
  await prepare(page, "go", 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("my turn") }\n');
  await run(page);
  await verdict(page).getByText("Waiting", { exact: true }).waitFor();
  await verdict(page).getByText("number 2 in the queue").waitFor();
  const cancel = (id: string | undefined) => api.delete(`/v1/execute/${id}`, { headers });
  await cancel(before.shift()); // one that runs: the first that waits takes its runner
  await verdict(page).getByText("number 1 in the queue").waitFor();
  await Promise.all(before.map(cancel));
  await output(page).getByText("my turn", { exact: true }).waitFor();
  await ended(page, "Succeeded");
  expect(await verdict(page).textContent()).not.toContain("queue");
});

test("what was typed is there after a reload, and so is what it printed", async () => {
  const { page } = await visit();
  await page.goto("/play");
  await prepare(page, "javascript", "console.log('kept', 6 * 7)");
  await run(page);
  await output(page).getByText("kept 42").waitFor();
  await page.reload();
  await page.locator(".cm-content").getByText("'kept'").waitFor();
  await output(page).getByText("kept 42").waitFor();
});

test("markup that a program writes stays text", async () => {
  const { page } = await visit();
  await page.goto("/play");
  const hostile = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'"><a href="javascript:1">x</a>`;
  await prepare(
    page,
    "python",
    `print(${JSON.stringify(hostile)})\nprint('\\x1b]8;;javascript:1\\x07link\\x1b]8;;\\x07 \\x1b]0;owned\\x07end')`,
  );
  await run(page);
  await output(page).getByText("end").waitFor();
  await ended(page, "Succeeded");
  expect(await output(page).textContent()).toContain(hostile);
  expect(await output(page).locator("script, img, a").count()).toBe(0);
  expect(await page.title()).not.toContain("owned");
});

test("five megabytes and a bomb of colours leave the page alive", async () => {
  const { page } = await visit();
  await page.goto("/play");
  const flood = "for _ in range(5 * 1024):\n    sys.stdout.write('x' * 1023 + '\\n')\n";
  const colours = "for n in range(200000):\n    sys.stdout.write('\\x1b[%d;4;7mo' % (30 + n % 8))\n";
  const line = "sys.stderr.write('z' * 60000)\n";
  await prepare(page, "python", `import sys\n${colours}${flood}${line}print('\\x1b[0m')\n`);
  await run(page);
  await ended(page, "Succeeded");
  await page.getByText("It wrote more than its limit").waitFor();
  const began = Date.now();
  await page.getByRole("tab", { name: "Timeline" }).click();
  await page.getByRole("tab", { name: "Output" }).click();
  await output(page).waitFor();
  expect(Date.now() - began).toBeLessThan(5_000);
  expect(await output(page).locator("*").count()).toBeLessThan(60_000);
});

test("without the API the page says so, keeps what was typed, and runs when it is back", async () => {
  const line = await openLine();
  const { page } = await visit({ baseURL: line.url });
  await page.goto("/play");
  await prepare(page, "python", "print('back again')");
  line.cut();
  await run(page);
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor();
  await page.locator(".cm-content").getByText("back again").waitFor();
  line.mend();
  await again.click();
  await output(page).getByText("back again").waitFor();
  await line.close();
});

test("a connection that breaks in the middle loses no output, and repeats none, while the program still runs", async () => {
  const line = await openLine();
  const { page } = await visit({ baseURL: line.url });
  await page.goto("/play");
  // It ends only when it is stopped: what is compared came live, and is not the result's.
  const program =
    "import time\nfor n in range(40):\n    print('step', n, flush=True)\n    time.sleep(0.2)\nwhile True:\n    time.sleep(1)\n";
  await prepare(page, "python", program);
  await run(page);
  for (const last of ["step 3", "step 12"]) {
    await output(page).getByText(last, { exact: true }).waitFor();
    line.cut();
    await verdict(page).getByText("connection lost").waitFor();
    line.mend();
  }
  await output(page).getByText("step 39", { exact: true }).waitFor();
  const steps = Array.from({ length: 40 }, (_, n) => `step ${n}`);
  expect(await lines(page)).toEqual(steps);
  await page.getByRole("button", { name: "Stop" }).click(); // it is shown while it runs
  await ended(page, "Stopped");
  expect(await lines(page)).toEqual(steps);
  await line.close();
});
