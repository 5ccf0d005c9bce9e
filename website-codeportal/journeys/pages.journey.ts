import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { join, somebody } from "./account";
import { browserForTests } from "./browser";
import { LOOKS, lookAt } from "./looks";
import { ended, prepare, run } from "./playground";
import { moved, watchShifts } from "./stillness";

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

function settled(page: Page): Promise<void> {
  return page.waitForLoadState("networkidle");
}

test.each(LOOKS)("every page, $look", async ({ look, ...options }) => {
  const { page } = await visit(options);
  const wrong: string[] = [];
  for (const [name, path] of Object.entries(PUBLIC)) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await settled(page);
    wrong.push(...(await lookAt(page, name, look)));
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
    wrong.push(...(await lookAt(page, name, look)));
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

test.each(LOOKS.filter(({ colorScheme }) => colorScheme === "light"))(
  "nothing moves while pages load slowly, $look",
  async ({ look, ...options }) => {
    const { page, context } = await visit({ ...options, storageState: await member() });
    await page.goto("/play");
    await prepare(page, "python", "print('shown again after a reload')\n");
    await run(page);
    await ended(page, "Succeeded");
    await watchShifts(page);
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 80,
      downloadThroughput: 400_000,
      uploadThroughput: 200_000,
    });
    const wrong: string[] = [];
    for (const [name, path] of Object.entries({ ...PUBLIC, account: "/account", ops: "/ops" })) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
      await settled(page);
      wrong.push(...(await moved(page, `${name}, ${look}`)));
    }
    expect(wrong).toEqual([]);
  },
);
