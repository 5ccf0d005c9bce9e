import { Button } from "@/shared/design/Button";
import type { TabIds } from "@/shared/design/Tabs";
import { CloseIcon } from "@/shared/site/icons";
import styles from "./PreviousDraft.module.css";
import { PROGRAM } from "./useFiles";
import type { PlaygroundModel } from "./usePlayground";

/** Offers what a shared program took the place of. The focus goes to the program, as the buttons may be gone. */
export function PreviousDraft({ model, ids }: { model: Pick<PlaygroundModel, "before">; ids: TabIds }) {
  const { previous, bringBack, forget } = model.before;
  const toProgram = () => document.getElementById(ids.tab(PROGRAM))?.focus();
  return (
    <div role="status" className={styles.previous}>
      {previous !== null && (
        <>
          What was here before is kept.
          <Button
            kind="quiet"
            small
            onClick={() => {
              bringBack();
              toProgram();
            }}
          >
            Bring it back
          </Button>
          <Button
            kind="quiet"
            small
            aria-label="Forget what was here before"
            title="Forget it"
            onClick={() => {
              forget();
              toProgram();
            }}
          >
            <CloseIcon />
          </Button>
        </>
      )}
    </div>
  );
}
