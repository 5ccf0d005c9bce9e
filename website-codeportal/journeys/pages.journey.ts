import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { picture, browserForTests } from "./browser";
import { ended, prepare, run } from "./playground";

type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

const visit = browserForTests();

const PUBLIC: Readonly<Record<string, string>> = {
  home: "/",
  play: "/play",
  docs: "/docs",
  pricing: "/pricing",
  status: "/status",
  register: "/register",
  login: "/login",
  reset: "/reset",
  nowhere: "/nowhere",
};
const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  [
    { name: "narrow", width: 360, height: 740 },
    { name: "wide", width: 1440, height: 900 },
  ].map(({ name, ...viewport }) => ({ look: `${colorScheme}-${name}`, colorScheme, viewport })),
);
const SERIOUS = new Set(["serious", "critical"]);

/** What axe finds on the page that somebody would be shut out by. Nothing is injected as a script: the policy forbids it. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document);
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.map((node) => node.html.slice(0, 120)),
    }));
  });
  return found
    .filter(({ impact }) => SERIOUS.has(impact ?? ""))
    .map(({ id, impact, where }) => `${impact}: ${id} at ${where.slice(0, 3).join(" and ")}`);
}

/** Whether anything sticks out to the right: nobody scrolls sideways for text. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
}

test.each(LOOKS)("every page, $look", async ({ look, ...options }) => {
  const { page } = await visit(options);
  const wrong: string[] = [];
  for (const [name, path] of Object.entries(PUBLIC)) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await settled(page);
    await picture(page, `${name}-${look}`);
    wrong.push(...(await barriers(page)).map((each) => `${name}: ${each}`));
    if ((await overflow(page)) > 0) wrong.push(`${name}: is wider than the window by ${await overflow(page)} px`);
  }
  expect(wrong).toEqual([]);
});

let signedIn: Promise<StorageState> | null = null;

/** The cookies of one account for all looks: a server lets nobody register as often as it is looked at. */
function member(): Promise<StorageState> {
  signedIn ??= visit().then(async ({ page, context }) => {
    await join(page, somebody());
    return context.storageState();
  });
  return signedIn;
}

test.each(LOOKS)("with an account and a result, $look", async ({ look, ...options }) => {
  const { page } = await visit({ ...options, storageState: await member() });
  await page.goto("/play");
  await prepare(page, "python", "print('\\x1b[32mgreen\\x1b[0m and plain')\nraise ValueError('a traceback')\n");
  await run(page);
  await ended(page, "Failed");
  const wrong: string[] = [];
  const look_at = async (name: string) => {
    await settled(page);
    await picture(page, `${name}-${look}`);
    wrong.push(...(await barriers(page)).map((each) => `${name}: ${each}`));
    if ((await overflow(page)) > 0) wrong.push(`${name}: is wider than the window by ${await overflow(page)} px`);
  };
  await look_at("play-failed");
  await page.getByRole("tab", { name: "Timeline" }).click();
  await look_at("play-timeline");
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("tabpanel", { name: "History" }).getByRole("listitem").first().waitFor();
  await look_at("play-history");
  await page.goto("/account");
  await page.getByLabel("Name of a new key").waitFor();
  await look_at("account");
  expect(wrong).toEqual([]);
});
