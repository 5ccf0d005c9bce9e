/** What a program wrote, cut into what a screen does with it. */
export type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "sgr"; readonly parameters: readonly number[] }
  | { readonly kind: "newline" | "return" | "backspace" | "eraseLine" };

export interface Tokens {
  readonly tokens: readonly Token[];
  /** The beginning of a sequence whose end is yet to come. */
  readonly pending: string;
}

/** Longer "sequences" are no sequences: dropped, so that one without an end does not swallow memory. */
const LONGEST_SEQUENCE = 4096;
const MOST_PARAMETERS = 32;

// eslint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- as above
const CSI = /^(?:\u001b\[|\u009b)([\u0030-\u003f]*)[\u0020-\u002f]*([\u0040-\u007e])/;
// eslint-disable-next-line no-control-regex -- as above
const CSI_BEGUN = /^(?:\u001b\[|\u009b)[\u0020-\u003f]*$/;
// eslint-disable-next-line no-control-regex -- as above: OSC, DCS, SOS, PM, APC, until BEL or ST
const STRING = /^(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)/;
// eslint-disable-next-line no-control-regex -- as above
const STRING_BEGUN = /^(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*\u001b?$/;
// eslint-disable-next-line no-control-regex -- as above: ESC with one more character, or a charset's name
const ESCAPE_BEGUN = /^\u001b[()*+#%]?$/;
// eslint-disable-next-line no-control-regex -- as above
const ESCAPE = /^\u001b(?:[()*+#%][^]|[^[\]PX^_])/;

const SIMPLE: Readonly<Record<string, Token>> = {
  "\n": { kind: "newline" },
  "\r": { kind: "return" },
  "\b": { kind: "backspace" },
};

/** Tokens of `text`, which goes on where `pending` stopped. */
export function tokenize(pending: string, text: string): Tokens {
  const input = pending + text;
  const tokens: Token[] = [];
  let at = 0;
  CONTROL.lastIndex = 0;
  while (at < input.length) {
    CONTROL.lastIndex = at;
    const control = CONTROL.exec(input)?.index ?? input.length;
    if (control > at) tokens.push({ kind: "text", text: input.slice(at, control) });
    if (control === input.length) break;
    const [token, length] = controlAt(input, control);
    if (length === 0) return { tokens, pending: input.slice(control) };
    if (token !== null) tokens.push(token);
    at = control + length;
  }
  return { tokens, pending: "" };
}

/** The token of the control character at `at` and how much it takes; 0 when its end has not come yet. */
function controlAt(input: string, at: number): [Token | null, number] {
  const character = input.charAt(at);
  const simple = SIMPLE[character];
  if (simple !== undefined) return [simple, 1];
  if (character < " " && character !== "\u001b") return [picture(character), 1];
  if (character === "\u007f") return [{ kind: "text", text: "\u2421" }, 1];
  return sequenceAt(input.slice(at, at + LONGEST_SEQUENCE));
}

function sequenceAt(rest: string): [Token | null, number] {
  const csi = CSI.exec(rest);
  if (csi !== null) return [controlSequence(csi[1] ?? "", csi[2] ?? ""), csi[0].length];
  const ignored = STRING.exec(rest) ?? ESCAPE.exec(rest);
  if (ignored !== null) return [null, ignored[0].length];
  const begun = ESCAPE_BEGUN.test(rest) || CSI_BEGUN.test(rest) || STRING_BEGUN.test(rest);
  if (begun && rest.length < LONGEST_SEQUENCE) return [null, 0];
  return [null, 1];
}

function controlSequence(parameters: string, final: string): Token | null {
  if (final === "K") return { kind: "eraseLine" };
  if (final !== "m" || /[<=>?]/.test(parameters)) return null;
  return { kind: "sgr", parameters: parameters.split(/[;:]/, MOST_PARAMETERS).map(Number) };
}

/** Control characters that do nothing here are shown, as their pictures; the bell is not. */
function picture(character: string): Token | null {
  if (character === "\u0007") return null;
  return { kind: "text", text: String.fromCharCode(0x2400 + character.charCodeAt(0)) };
}
