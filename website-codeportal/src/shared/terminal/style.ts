/** What a program's SGR sequences ask of text: an index of the 16 colours, which follow the theme, or a colour. */
export type Colour = number | string;

export interface Style {
  readonly foreground?: Colour;
  readonly background?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

export const PLAIN: Style = Object.freeze({});

type Flag = "bold" | "dim" | "italic" | "underline" | "strike" | "inverse";

const ON: Readonly<Record<number, Flag>> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  7: "inverse",
  9: "strike",
};
const OFF: Readonly<Record<number, readonly (keyof Style)[]>> = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["strike"],
  39: ["foreground"],
  49: ["background"],
};

/** `style` after the parameters of one SGR sequence. What we do not know changes nothing. */
export function applySgr(style: Style, parameters: readonly number[]): Style {
  let next: Style = style;
  for (let at = 0; at < parameters.length; at++) {
    const code = parameters[at] ?? 0;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(parameters, at + 1);
      at += used;
      if (colour !== null) next = { ...next, [code === 38 ? "foreground" : "background"]: colour };
    } else {
      next = simple(next, code);
    }
  }
  return next;
}

function simple(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  const flag = ON[code];
  if (flag !== undefined) return { ...style, [flag]: true };
  const removed = OFF[code];
  if (removed !== undefined) {
    return Object.fromEntries(Object.entries(style).filter(([name]) => !removed.includes(name as keyof Style)));
  }
  const colour = basic(code);
  return colour === null ? style : { ...style, ...colour };
}

function basic(code: number): Style | null {
  if (code >= 30 && code <= 37) return { foreground: code - 30 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 90 && code <= 97) return { foreground: code - 90 + 8 };
  if (code >= 100 && code <= 107) return { background: code - 100 + 8 };
  return null;
}

/** The colour that follows 38 or 48, and how many parameters spell it. */
function extended(parameters: readonly number[], at: number): [Colour | null, number] {
  if (parameters[at] === 5) return [indexed(parameters[at + 1] ?? 0), 2];
  if (parameters[at] === 2) {
    const [red = 0, green = 0, blue = 0] = parameters.slice(at + 1, at + 4);
    return [rgb(red, green, blue), 4];
  }
  return [null, 1];
}

function indexed(index: number): Colour | null {
  if (index < 0 || index > 255) return null;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return rgb(grey, grey, grey);
  }
  const cube = index - 16;
  return rgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function level(step: number): number {
  return step === 0 ? 0 : 55 + step * 40;
}

function rgb(red: number, green: number, blue: number): string | null {
  const parts = [red, green, blue];
  return parts.every((part) => part >= 0 && part <= 255) ? `rgb(${parts.join(" ")})` : null;
}
