import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { share } from "@/shared/api/history";
import { explain } from "@/shared/api/problem";
import { CopyButton } from "@/shared/design/CopyButton";
import { Dialog } from "@/shared/design/Dialog";
import { Notice } from "@/shared/design/Notice";
import { Skeleton } from "@/shared/design/Skeleton";
import styles from "./ShareDialog.module.css";

/** Makes a permalink to the job. On this page's own address, whatever address the server believes to have. */
export function ShareDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { mutate, data, error } = useMutation({ mutationFn: share });
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate(id);
  }, [id, mutate]);
  const url = data === undefined ? null : `${location.origin}/s/${encodeURIComponent(data.token)}`;
  return (
    <Dialog title="Share" onClose={onClose}>
      <div className={styles.content}>
        <p>Whoever has the link sees this program, its input and its result. It cannot be guessed.</p>
        {error !== null && <Notice kind="danger">{explain(error)}</Notice>}
        {error === null && (
          <div className={styles.link}>
            {url === null ? (
              <Skeleton height="2.5rem" />
            ) : (
              <>
                <input
                  className={styles.url}
                  aria-label="Link"
                  readOnly
                  value={url}
                  onFocus={(event) => {
                    event.target.select();
                  }}
                />
                <CopyButton text={url} label="Copy link" />
              </>
            )}
          </div>
        )}
      </div>
    </Dialog>
  );
}
