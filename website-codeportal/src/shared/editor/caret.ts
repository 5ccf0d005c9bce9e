/** Where somebody types: left by an editor that goes, taken up by the one in its place, in the same moment. */
export interface Caret {
  /** Of the text that it is in. */
  readonly label: string;
  readonly anchor: number;
  readonly head: number;
}

/** Nothing is in it while nobody types here. */
export interface CaretHolder {
  current: Caret | null;
}

/** The caret, for an editor with this text: it is taken once. */
export function takeCaret(holder: CaretHolder, label: string): Caret | null {
  const caret = holder.current;
  holder.current = null;
  return caret?.label === label ? caret : null;
}
