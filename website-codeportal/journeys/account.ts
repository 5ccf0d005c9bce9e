/** Accounts as a person gets and uses them; letters are read where a development stack puts them: the edge's log. */
import { randomBytes } from "node:crypto";
import type { Page } from "playwright-core";
import { log } from "./stack";

const LETTER_DEADLINE = 20_000; // milliseconds

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export function somebody(): Person {
  const id = randomBytes(6).toString("hex");
  return { name: `Ada ${id}`, email: `ada-${id}@example.org`, password: `correct horse ${id}` };
}

/** Registers, verifies and signs in; ends on the page that follows. */
export async function join(page: Page, person: Person): Promise<void> {
  await register(page, person);
  await page.goto(await linkIn(person.email, "verify"));
  await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await signIn(page, person);
  await page.waitForURL("**/play");
}

export async function register(page: Page, person: Person): Promise<void> {
  await page.goto("/register");
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
}

/** Fills the form that is shown, on its page or in the dialog. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.locator("form").getByRole("button", { name: "Sign in" }).click();
}

/** The path of the link in the newest letter to that address; a letter may take a moment. */
export async function linkIn(email: string, kind: "verify" | "reset"): Promise<string> {
  const deadline = Date.now() + LETTER_DEADLINE;
  for (;;) {
    const letters = (await log("edge")).split("\n").filter((line) => line.includes('"mail"') && line.includes(email));
    const links = letters.flatMap((line) => [...line.matchAll(new RegExp(`/${kind}\\?token=[\\w.~-]+`, "g"))]);
    const newest = links.at(-1);
    if (newest !== undefined) return newest[0];
    if (Date.now() > deadline) throw new Error(`no letter to ${email} has a link to /${kind}`);
    await new Promise((later) => setTimeout(later, 200)); // a log tells nobody that it grew
  }
}
