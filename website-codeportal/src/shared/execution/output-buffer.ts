import type { Chunk } from "./run-state";

/** Milliseconds between two changes of the picture: a program that writes bytes one by one must not redraw for each. */
const PERIOD = 40;
/** Characters that one change may bring: a flood is drawn in pieces that a page can take. */
const PORTION = 200_000;

/** Collects output and hands it on at a pace that a page can draw. */
export class OutputBuffer {
  private chunks: Chunk[] = [];
  private size = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly take: (chunks: readonly Chunk[]) => void) {}

  add(chunk: Chunk): void {
    const last = this.chunks.at(-1);
    if (last?.source === chunk.source) this.chunks[this.chunks.length - 1] = { ...chunk, text: last.text + chunk.text };
    else this.chunks.push(chunk);
    this.size += chunk.text.length;
    if (this.size > PORTION) this.flush();
    else
      this.timer ??= setTimeout(() => {
        this.flush();
      }, PERIOD);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.chunks.length === 0) return;
    const { chunks } = this;
    this.chunks = [];
    this.size = 0;
    this.take(chunks);
  }

  discard(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.chunks = [];
  }
}
