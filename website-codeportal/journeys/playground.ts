/** The playground as a person uses it. */
import type { Locator, Page } from "playwright-core";

export function output(page: Page): Locator {
  return page.getByRole("region", { name: "Output" });
}

export function verdict(page: Page): Locator {
  return page.getByRole("status", { name: "Verdict" });
}

/** Puts a text into the editor in place of what is there, as a person does who has it in the clipboard. */
export async function write(page: Page, code: string): Promise<void> {
  await paste(page, code, false);
}

/** As `write`, and Ctrl with Enter before the page has had time to draw anything. */
export async function writeAndRun(page: Page, code: string): Promise<void> {
  await paste(page, code, true);
}

async function paste(page: Page, code: string, thenRun: boolean): Promise<void> {
  const editor = page.locator(".cm-content");
  await editor.click();
  await page.keyboard.press("ControlOrMeta+a");
  await editor.evaluate(
    (element, given) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", given.code);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      if (given.thenRun) {
        const enter = { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
        element.dispatchEvent(new KeyboardEvent("keydown", enter));
      }
    },
    { code, thenRun },
  );
}

/** A program that is ready to run, with time enough for a busy machine. */
export async function prepare(page: Page, language: string, code: string): Promise<void> {
  await choose(page, language);
  await write(page, code);
  await allowAMinute(page);
}

async function choose(page: Page, language: string): Promise<void> {
  await page.getByLabel("Language", { exact: true }).selectOption(language);
}

export async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Run( |$)/ }).click();
}

/** Until the verdict says `word`. */
export async function ended(page: Page, word: string): Promise<void> {
  await verdict(page).getByText(word, { exact: true }).waitFor();
}

/** Opens a tab of the editor: the program's, or a file's. */
export async function openText(page: Page, name: string): Promise<void> {
  await page.getByRole("tablist", { name: "Program and its files" }).getByRole("tab", { name, exact: true }).click();
}

/** The largest time that a program may take, so that it is not the limit that ends it. */
async function allowAMinute(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Limits" }).click();
  await page.getByLabel("Time", { exact: true }).selectOption("60s");
}
