import { useEffect, useState, type MouseEvent } from "react";
import { Button } from "./Button";
import { copy } from "./copy";

const SHOWN_FOR = 2_000; // ms

/** Copies `text`; says so. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  useEffect(() => {
    if (state === "ready") return;
    const timer = setTimeout(() => {
      setState("ready");
    }, SHOWN_FOR);
    return () => {
      clearTimeout(timer);
    };
  }, [state]);
  const onClick = ({ currentTarget }: MouseEvent<HTMLElement>) => {
    copy(text, currentTarget).then(
      () => {
        setState("copied");
      },
      () => {
        setState("failed");
      },
    );
  };
  return (
    <Button kind="quiet" small onClick={onClick} aria-live="polite">
      {{ ready: label, copied: "Copied", failed: "Not allowed" }[state]}
    </Button>
  );
}
