/** Debian's Chromium, and pages that notice what a person would have to open the console for. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

export const URL = required("CODEPORTAL_URL");
const PICTURES = join(import.meta.dirname, "..", "..", "tests", ".artifacts", "journeys");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Milliseconds that the browser waits for anything: the machine may be busy. */
const PATIENCE = 30_000;

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the journeys need a running stack; deploy/test starts one`);
  return value;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of. A test that expects something takes it out. */
  readonly complaints: string[];
}

/** A browser for the tests of one file; `visit` opens a window that nobody used before. */
export function browserForTests(): (options?: BrowserContextOptions) => Promise<Visit> {
  let browser: Browser;
  let visits: Visit[] = [];
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    // Tests run as root in containers and on build machines, where Chromium has no sandbox of its own to use.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail")
      await Promise.all(visits.map(({ page }, at) => picture(page, `failed-${task.name.replace(/\W+/g, "-")}-${at}`)));
    const complaints = visits.flatMap((visit) => visit.complaints);
    await Promise.all(visits.map((visit) => visit.context.close()));
    visits = [];
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser.close());
  return async (options = {}) => {
    const context = await browser.newContext({ baseURL: URL, ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const visit = { page, context, complaints: [] as string[] };
    page.on("pageerror", (error) => visit.complaints.push(`threw: ${error.message}`));
    page.on("console", (message) => {
      // A refused request is the test's to look at; a violated policy or a warning of React is a fault.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        visit.complaints.push(`said: ${message.text()}`);
    });
    visits.push(visit);
    return visit;
  };
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", fullPage: true });
}
