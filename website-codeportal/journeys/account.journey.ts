import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, linkIn, register, signIn, somebody } from "./account";
import { URL, browserForTests } from "./browser";
import { lookAround } from "./looks";
import { ended, output, prepare, run } from "./playground";

const visit = browserForTests();
const call = promisify(execFile);

const PROGRAMS: Readonly<Record<string, string>> = {
  python: "import time\nfor n in range(3):\n    print('python', n, flush=True)\n    time.sleep(0.5)\n",
  javascript:
    "let n = 0;\nconst t = setInterval(() => { console.log('javascript', n); if (++n === 3) clearInterval(t); }, 500);\n",
  go: 'package main\n\nimport (\n\t"fmt"\n\t"time"\n)\n\nfunc main() {\n\tfor n := range 3 {\n\t\tfmt.Println("go", n)\n\t\ttime.Sleep(500 * time.Millisecond)\n\t}\n}\n',
};

test("from registration to signing out", async () => {
  const { page, context } = await visit();
  const person = somebody();
  await join(page, person);
  await page.getByRole("link", { name: person.name }).waitFor();

  for (const [language, code] of Object.entries(PROGRAMS)) {
    await prepare(page, language, code);
    await run(page);
    await output(page).getByText(`${language} 0`, { exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor(); // it is shown while it runs
    await ended(page, "Succeeded");
    await output(page).getByText(`${language} 2`, { exact: true }).waitFor();
  }

  await prepare(page, "python", "while True:\n    pass\n");
  await run(page);
  await page.getByRole("button", { name: "Stop" }).click();
  await ended(page, "Stopped");

  await page.getByRole("tab", { name: "History" }).click();
  const history = page.getByRole("tabpanel", { name: "History" });
  await history.getByText("Stopped").waitFor();
  await history.getByText("Go", { exact: false }).first().waitFor();
  expect(await history.getByRole("listitem").count()).toBe(4);
  await history.getByRole("button", { name: /^Open Go/ }).click();
  await output(page).getByText("go 2", { exact: true }).waitFor();
  await page.locator(".cm-content").getByText("package main").waitFor();

  await page.goto("/account");
  await page.getByLabel("Name of a new key").fill("journey");
  await page.getByRole("button", { name: "Make the key" }).click();
  const key =
    (await page
      .locator("code", { hasText: /^cp_\w+_[^…]+$/ })
      .first()
      .textContent()) ?? "";
  const answer = await call("curl", [
    ...["--silent", "--noproxy", "*", `${URL}/v1/execute?wait=20s`],
    ...["-H", `Authorization: Bearer ${key}`, "-H", "Content-Type: application/json"],
    ...["-d", '{"language": "python", "code": "print(6 * 7)"}'],
  ]);
  expect(JSON.parse(answer.stdout)).toMatchObject({ status: "succeeded", stdout: "42\n" });
  await page.reload();
  await page.getByText("last used").first().waitFor();

  const cookie = (await context.cookies()).find((each) => each.name.includes("codeportal_session"));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage))).not.toContain(
    cookie?.value,
  );
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  const after = await context.request.get("/v1/account", { headers: { Cookie: `${cookie?.name}=${cookie?.value}` } });
  expect(after.status()).toBe(401);
});

test("a session that ended elsewhere costs nothing of what was typed", async () => {
  const { page } = await visit();
  const person = somebody();
  await join(page, person);
  await prepare(page, "python", "print('typed while signed in')");

  const other = await visit();
  await other.page.goto("/login");
  await signIn(other.page, person);
  await other.page.waitForURL("**/play");
  await other.page.goto("/account");
  await other.page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await other.page.getByRole("button", { name: "Sign out everywhere else" }).waitFor({ state: "detached" });

  await run(page);
  await page.getByRole("button", { name: "Sign in and run" }).click();
  await signIn(page, person);
  await output(page).getByText("typed while signed in").waitFor();
  await page.getByRole("banner").getByRole("link", { name: person.name }).waitFor();
  await page.locator(".cm-content").getByText("typed while signed in").waitFor();

  await other.page.reload();
  await other.page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await other.page.getByRole("button", { name: "Sign out everywhere else" }).waitFor({ state: "detached" });
  await run(page);
  await page.getByRole("button", { name: "Sign in and run" }).click();
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await page.getByRole("button", { name: "Send the link" }).click({ trial: true }); // no dialog is in the way
});

test("a wrong password is said, an unverified address too, and a forgotten password can be replaced", async () => {
  const { page } = await visit();
  const person = somebody();
  await register(page, person);
  await page.goto("/login");
  await signIn(page, person);
  await page.getByText("This address is not verified yet").waitFor();
  await page.goto(await linkIn(person.email, "verify"));
  await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
  await page.goto("/login");
  await signIn(page, { ...person, password: "not the password" });
  await page.getByText("do not belong together").waitFor();

  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await page.getByLabel("Email").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByText("the letter is on its way").waitFor();
  const link = await linkIn(person.email, "reset");
  await page.goto(link);
  await setPassword(page, "another long password");
  await page.waitForURL("**/login");
  await signIn(page, { ...person, password: "another long password" });
  await page.waitForURL("**/play");

  await page.goto(link); // which is used up now
  await setPassword(page, "one more long password");
  await page.getByText("This link cannot be used any more").waitFor();
  const wrong = await lookAround(page, "reset-used-up");
  await page.getByRole("button", { name: "Ask for another one" }).click();
  await page.getByRole("button", { name: "Send the link" }).waitFor();
  expect(wrong).toEqual([]);
});

async function setPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
}
