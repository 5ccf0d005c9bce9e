/** A bounded picture of what a program wrote: pure, so that a reducer can hold it. */
import { applySgr, PLAIN, type Style } from "./style";
import { tokenize, type Token } from "./tokens";

export type Source = "stdout" | "stderr";

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export interface Line {
  /** Counted from 0, over all lines that there ever were. */
  readonly number: number;
  readonly source: Source;
  readonly spans: readonly Span[];
}

/** Lines in blocks: those that are full never change again, so that nobody has to draw them again. */
export type Block = readonly Line[];

interface Pen {
  readonly style: Style;
  readonly pending: string;
}

export interface Screen {
  readonly blocks: readonly Block[];
  readonly lines: number;
  /** Lines that were dropped at the beginning, to keep the picture bounded. */
  readonly dropped: number;
  readonly spans: number;
  /** Where the next character goes in the last line. */
  readonly column: number;
  /** Whether the next character begins a line. */
  readonly fresh: boolean;
  readonly pens: Readonly<Record<Source, Pen>>;
}

export const BLOCK = 200;
export const MOST_LINES = 5_000;
/** Longer lines go on in the next. */
export const LONGEST_LINE = 2_000;
/** With more pieces than this, colours are no longer told apart. */
export const MOST_SPANS = 10_000;

const PEN: Pen = { style: PLAIN, pending: "" };

export const EMPTY: Screen = {
  blocks: [],
  lines: 0,
  dropped: 0,
  spans: 0,
  column: 0,
  fresh: true,
  pens: { stdout: PEN, stderr: PEN },
};

/** `screen` after `source` wrote `text`. */
export function write(screen: Screen, source: Source, text: string): Screen {
  const { tokens, pending } = tokenize(screen.pens[source].pending, text);
  const writer = new Writer(screen, source);
  for (const token of tokens) writer.take(token);
  return writer.finish(pending);
}

class Writer {
  private readonly blocks: Block[];
  private last: Line[];
  private open: Line | null;
  private lines: number;
  private dropped: number;
  private spans: number;
  private column: number;
  private fresh: boolean;
  private style: Style;

  constructor(
    private readonly before: Screen,
    private readonly source: Source,
  ) {
    this.blocks = before.blocks.slice(0, -1);
    this.last = [...(before.blocks.at(-1) ?? [])];
    this.open = this.last.pop() ?? null;
    this.lines = before.lines;
    this.dropped = before.dropped;
    this.spans = before.spans;
    this.column = before.column;
    this.fresh = before.fresh;
    this.style = before.pens[source].style;
  }

  take(token: Token): void {
    switch (token.kind) {
      case "text":
        this.text(token.text);
        break;
      case "sgr":
        this.style = applySgr(this.style, token.parameters);
        break;
      case "newline":
        if (this.fresh || this.open?.source !== this.source) this.begin();
        this.fresh = true;
        break;
      case "return":
        this.column = 0;
        break;
      case "backspace":
        this.column = Math.max(0, this.column - 1);
        break;
      case "eraseLine":
        if (!this.fresh && this.open !== null) this.replace(cut(this.open.spans, 0, this.column));
    }
  }

  finish(pending: string): Screen {
    const last = this.open === null ? this.last : [...this.last, this.open];
    return {
      blocks: last.length === 0 ? this.blocks : [...this.blocks, last],
      lines: this.lines,
      dropped: this.dropped,
      spans: this.spans,
      column: this.column,
      fresh: this.fresh,
      pens: { ...this.before.pens, [this.source]: { style: this.style, pending } },
    };
  }

  private text(text: string): void {
    let rest = text;
    while (rest !== "") {
      // The other stream's unfinished line stays as it is.
      if (this.fresh || this.open?.source !== this.source) this.begin();
      const room = LONGEST_LINE - this.column;
      this.put(rest.slice(0, room));
      rest = rest.slice(room);
      if (rest !== "") this.fresh = true;
    }
  }

  private put(text: string): void {
    const spans = this.open?.spans ?? [];
    const end = this.column + text.length;
    if (this.column < length(spans)) {
      const kept = [...cut(spans, 0, this.column), { text, style: this.style }, ...cut(spans, end, Infinity)];
      this.replace(kept);
    } else {
      this.append(spans, text);
    }
    this.column = end;
  }

  private append(spans: readonly Span[], text: string): void {
    const previous = spans.at(-1);
    if (previous !== undefined && (previous.style === this.style || this.spans >= MOST_SPANS)) {
      this.replace([...spans.slice(0, -1), { text: previous.text + text, style: previous.style }]);
    } else {
      this.replace([...spans, { text, style: this.spans >= MOST_SPANS ? PLAIN : this.style }]);
    }
  }

  private replace(spans: readonly Span[]): void {
    if (this.open === null) return;
    this.spans += spans.length - this.open.spans.length;
    this.open = { ...this.open, spans };
  }

  private begin(): void {
    if (this.open !== null) this.last.push(this.open);
    if (this.last.length >= BLOCK) {
      this.blocks.push(this.last);
      this.last = [];
    }
    this.open = { number: this.lines, source: this.source, spans: [] };
    this.lines += 1;
    this.column = 0;
    this.fresh = false;
    if (this.lines - this.dropped > MOST_LINES) this.drop();
  }

  private drop(): void {
    const first = this.blocks.shift() ?? [];
    this.dropped += first.length;
    this.spans -= first.reduce((sum, line) => sum + line.spans.length, 0);
  }
}

function length(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.text.length, 0);
}

/** The part of `spans` from column `from` up to `to`. */
function cut(spans: readonly Span[], from: number, to: number): Span[] {
  const kept: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const text = span.text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (text !== "") kept.push({ text, style: span.style });
    at += span.text.length;
  }
  return kept;
}

export function textOf(line: Line): string {
  return line.spans.map((span) => span.text).join("");
}
