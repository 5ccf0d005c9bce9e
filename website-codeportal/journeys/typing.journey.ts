import { expect, test } from "vitest";
import { browserForTests } from "./browser";
import { ended, output, prepare, run } from "./playground";

const visit = browserForTests();

test.each(["Program", "Standard input"])("Ctrl and Enter, held in %s, run the program once", async (text) => {
  const { page } = await visit();
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  await page.goto("/play");
  await prepare(page, "python", "print('once')\n");
  await page.getByRole("tab", { name: "Input", exact: true }).click();
  await page.getByRole("textbox", { name: text }).click();
  await page.keyboard.down("Control");
  for (let n = 0; n < 20; n++) await page.keyboard.down("Enter"); // the second says that it is repeated, and so on
  await page.keyboard.up("Enter");
  await page.keyboard.up("Control");
  await output(page).getByText("once", { exact: true }).waitFor();
  await ended(page, "Succeeded");
  expect(sent).toHaveLength(1);
});

test("a slow network shows the page before the editor, and both work", async () => {
  const { page, context } = await visit();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 100,
    downloadThroughput: 150_000,
    uploadThroughput: 50_000,
  });
  await page.goto("/play", { waitUntil: "commit" });
  await page.locator("textarea[aria-label=Program]").fill("print('typed before the editor came')");
  await page.locator(".cm-content").getByText("typed before the editor came").waitFor();
  await run(page);
  await output(page).getByText("typed before the editor came").waitFor();
});

test("who types while the editor comes goes on in it, at the same place", async () => {
  const { page } = await visit();
  let come = (): void => undefined;
  const coming = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route(/\/CodeEditor[-.]/, async (route) => {
    await coming;
    await route.continue();
  });
  await page.goto("/play");
  const plain = page.locator("textarea[aria-label=Program]");
  await plain.fill("print('')\n".repeat(60));
  await plain.evaluate((element: HTMLTextAreaElement) => {
    element.setSelectionRange(407, 407); // between the quotes of line 41
  });
  const words = "typed without a break while the editor came";
  const typing = page.keyboard.type(words, { delay: 50 });
  await expect.poll(() => plain.inputValue()).toContain("typed w");
  come();
  await typing;
  await page.getByLabel("Program").and(page.locator(".cm-content")).waitFor();
  expect(await page.locator(".cm-activeLine").textContent()).toBe(`print('${words}')`);
  await page.keyboard.type("!");
  expect(await page.locator(".cm-activeLine").textContent()).toBe(`print('${words}!')`);
});
