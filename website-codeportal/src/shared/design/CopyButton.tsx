import { useEffect, useState } from "react";
import { Button } from "./Button";

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
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setState("copied");
      },
      () => {
        setState("failed");
      },
    );
  };
  return (
    <Button kind="quiet" small onClick={copy} aria-live="polite">
      {{ ready: label, copied: "Copied", failed: "Not allowed" }[state]}
    </Button>
  );
}
