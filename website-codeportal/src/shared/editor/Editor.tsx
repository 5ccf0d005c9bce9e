import { Component, lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import styles from "./Editor.module.css";
import { takeCaret, type Caret, type CaretHolder } from "./caret";
import type { EditorProps } from "./props";
import { takeRunKey } from "./run-key";

const CodeEditor = lazy(() => import("./CodeEditor").then((module) => ({ default: module.CodeEditor })));

interface Props extends EditorProps {
  /** `at once`, or when the page has nothing better to do. */
  load?: "at once" | "when idle";
}

/** The editor; a plain one until the real one is here, and where it cannot come. Both hold the same text. */
export function Editor({ load = "at once", ...props }: Props) {
  const wanted = useIdle(load === "when idle");
  const caret = useRef<Caret | null>(null);
  const plain = <PlainEditor {...props} caret={caret} />;
  return (
    <div className={styles.slot}>
      {wanted ? (
        <Fallback plain={plain}>
          <Suspense fallback={plain}>
            <CodeEditor {...props} caret={caret} />
          </Suspense>
        </Fallback>
      ) : (
        plain
      )}
    </div>
  );
}

/** True at once unless it should wait for a quiet moment. */
function useIdle(wait: boolean): boolean {
  const [idle, setIdle] = useState(!wait);
  useEffect(() => {
    if (idle) return;
    const become = () => {
      setIdle(true);
    };
    // Safari has no requestIdleCallback.
    if (typeof requestIdleCallback !== "function") {
      const timer = setTimeout(become, 500);
      return () => {
        clearTimeout(timer);
      };
    }
    const handle = requestIdleCallback(become, { timeout: 3_000 });
    return () => {
      cancelIdleCallback(handle);
    };
  }, [idle]);
  return idle;
}

function PlainEditor({ value, onChange, readOnly, label, onRun, caret }: EditorProps & { caret: CaretHolder }) {
  const text = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = text.current;
    if (element === null) return;
    const taken = takeCaret(caret, label);
    if (taken !== null) {
      const { anchor, head } = taken;
      element.setSelectionRange(Math.min(anchor, head), Math.max(anchor, head), head < anchor ? "backward" : "forward");
      element.focus();
    }
    return () => {
      if (document.activeElement !== element) return;
      const { selectionStart, selectionEnd, selectionDirection } = element;
      const ends = { anchor: selectionStart, head: selectionEnd };
      caret.current =
        selectionDirection === "backward" ? { label, anchor: ends.head, head: ends.anchor } : { label, ...ends };
    };
  }, [caret, label]);
  return (
    <textarea
      ref={text}
      className={styles.plain}
      aria-label={label}
      value={value}
      readOnly={readOnly}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      onChange={(event) => {
        onChange?.(event.target.value);
      }}
      onKeyDown={(event) => {
        if (onRun !== undefined) takeRunKey(event, onRun);
      }}
    />
  );
}

/** Without a network the real editor cannot be loaded; the plain one goes on working. */
class Fallback extends Component<{ plain: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.plain : this.props.children;
  }
}
