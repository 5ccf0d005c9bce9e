import { Button, Shortcut } from "@/shared/design/Button";
import { PlayIcon, StopIcon } from "@/shared/site/icons";
import styles from "./RunButton.module.css";
import { isActive, type RunState } from "./run-state";

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

interface Props {
  state: RunState;
  onRun: () => void;
  onStop: () => void;
}

/** Run, or Stop while something runs; one width for both. */
export function RunButton({ state, onRun, onStop }: Props) {
  if (!isActive(state)) {
    return (
      <Button kind="primary" className={styles.run} onClick={onRun} aria-keyshortcuts="Control+Enter Meta+Enter">
        <PlayIcon /> Run <Shortcut>{MAC ? "⌘ ↵" : "Ctrl ↵"}</Shortcut>
      </Button>
    );
  }
  return (
    <Button kind="danger" className={styles.run} onClick={onStop} disabled={state.stopping}>
      <StopIcon /> {state.stopping ? "Stopping" : "Stop"}
    </Button>
  );
}
