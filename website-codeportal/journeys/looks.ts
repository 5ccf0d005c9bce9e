/** A page as everybody sees it: light and dark, narrow and wide, and what axe says of it. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { picture } from "./browser";

export const LOOKS = (["light", "dark"] as const).flatMap((colorScheme) =>
  [
    { name: "narrow", width: 360, height: 740 },
    { name: "wide", width: 1440, height: 900 },
  ].map(({ name, ...viewport }) => ({ look: `${colorScheme}-${name}`, colorScheme, viewport })),
);
const SERIOUS = new Set(["serious", "critical"]);

/** Takes the page's picture as it is now; what is wrong with it. */
export async function lookAt(page: Page, name: string, look: string): Promise<string[]> {
  await page.evaluate(wholly);
  await picture(page, `${name}-${look}`);
  const wrong = (await barriers(page)).map((each) => `${name}, ${look}: ${each}`);
  const over = await overflow(page);
  return over > 0 ? [...wrong, `${name}, ${look}: is wider than the window by ${over} px`] : wrong;
}

/** In a picture of the whole page the header is where it was scrolled to, and what the browser saved itself is missing. */
async function wholly(): Promise<void> {
  scrollTo(0, 0);
  const all = new CSSStyleSheet();
  all.replaceSync("* { content-visibility: visible !important }");
  document.adoptedStyleSheets = [all];
  await document.fonts.ready;
}

/** The same in every look, of a page that stays as it is. */
export async function lookAround(page: Page, name: string): Promise<string[]> {
  const before = page.viewportSize();
  const wrong: string[] = [];
  for (const { look, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    wrong.push(...(await lookAt(page, name, look)));
  }
  await page.emulateMedia({ colorScheme: null });
  if (before !== null) await page.setViewportSize(before);
  return wrong;
}

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
