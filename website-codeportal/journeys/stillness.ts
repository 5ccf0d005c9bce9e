/** Whether anything on a page moves while it loads: what a person would lose the line, or the button, by. */
import type { Page } from "playwright-core";

/** The share of the window that moved, times how far, as browsers count it; 0.1 is called good, a line of text is 0.02. */
export const STILL = 0.005;

interface Shift {
  readonly value: number;
  readonly nodes: readonly string[];
}

interface Watched {
  shifts?: Shift[];
}

/** From the first paint of every page that is opened from now on. */
export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const found: Shift[] = [];
    (globalThis as Watched).shifts = found;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput, sources } = entry as PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
          sources: { node: Node | null }[];
        };
        if (hadRecentInput) continue; // what follows a click is wanted
        const nodes = sources.map(({ node }) =>
          node instanceof Element ? `${node.localName}.${node.className}` : "text",
        );
        found.push({ value, nodes });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** What moved on the page so far, when that is more than nobody notices. */
export async function moved(page: Page, name: string): Promise<string[]> {
  const shifts = await page.evaluate(() => (globalThis as Watched).shifts ?? []);
  const sum = shifts.reduce((before, { value }) => before + value, 0);
  const told = shifts.map(({ value, nodes }) => `${value.toFixed(4)} ${nodes.join(" and ")}`).join("; ");
  return sum <= STILL ? [] : [`${name} moved by ${sum.toFixed(4)}: ${told}`];
}
