import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Dialog.module.css";

/** A modal dialog: the browser keeps the focus in it, and gives it back. It is there while it is rendered. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={heading} onCancel={onClose}>
      <div className={styles.head}>
        <h2 id={heading}>{title}</h2>
        <Button kind="quiet" small onClick={onClose}>
          Close
        </Button>
      </div>
      {children}
    </dialog>
  );
}
