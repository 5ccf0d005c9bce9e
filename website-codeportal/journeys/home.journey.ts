import { expect, test } from "vitest";
import { browserForTests } from "./browser";
import { ended, output, writeAndRun } from "./playground";

const visit = browserForTests();

test("the program on the first page runs as it is, in every language, and as it is changed", async () => {
  const { page } = await visit();
  await page.goto("/");
  const tab = (name: string) => page.getByRole("tablist", { name: "Language" }).getByRole("tab", { name, exact: true });
  for (const language of ["Python", "Go", "JavaScript"]) {
    await tab(language).click();
    await page.getByRole("button", { name: /^Run( |$)/ }).click();
    await ended(page, "Succeeded");
    await output(page).getByText("Hello from").waitFor();
    await output(page).getByText("5 squared is 25", { exact: true }).waitFor();
  }
  await writeAndRun(page, "while (true) console.log('changed');");
  await output(page).getByText("changed", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await ended(page, "Stopped");
  await tab("Go").click();
  expect(await output(page).textContent()).not.toContain("changed"); // another program's output
});
