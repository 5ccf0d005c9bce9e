import type { CSSProperties } from "react";
import type { Colour, Style } from "./style";

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

function css(colour: Colour): string {
  if (typeof colour === "string") return colour;
  const name = NAMES[colour % 8] ?? "white";
  return `var(--ansi-${colour >= 8 ? "bright-" : ""}${name})`;
}

/** The colours of a style, set as properties of the element: never parsed from text. */
export function colours(style: Style): CSSProperties | undefined {
  let { foreground, background } = style;
  if (style.inverse) [foreground, background] = [background ?? "var(--surface)", foreground ?? "var(--ink)"];
  if (foreground === undefined && background === undefined) return undefined;
  return {
    ...(foreground !== undefined && { color: css(foreground) }),
    ...(background !== undefined && { backgroundColor: css(background) }),
  };
}
