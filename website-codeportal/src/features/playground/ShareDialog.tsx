import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { readShares, share, unshare } from "@/shared/api/history";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { CopyButton } from "@/shared/design/CopyButton";
import { Dialog } from "@/shared/design/Dialog";
import { Notice } from "@/shared/design/Notice";
import { Skeleton } from "@/shared/design/Skeleton";
import styles from "./ShareDialog.module.css";
import { ShareList } from "./ShareList";

/** The permalinks to a job: the first is made at once, more when they are wanted, each can be taken back. */
export function ShareDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { list, make, revoke } = useShares(id);
  const error = make.error ?? revoke.error ?? list.error;
  const waiting = list.isPending || make.isPending;
  return (
    <Dialog title="Share" onClose={onClose}>
      <div className={styles.content}>
        <p>Whoever has the link sees this program, its files and input, and its result. It cannot be guessed.</p>
        {error !== null && <Notice kind="danger">{explain(error)}</Notice>}
        <div className={styles.link}>
          {make.data !== undefined ? (
            <Link token={make.data.token} />
          ) : waiting && error === null ? (
            <Skeleton height="2.5rem" />
          ) : (
            <Button
              kind="primary"
              onClick={() => {
                make.mutate();
              }}
            >
              Make a link
            </Button>
          )}
        </div>
        <ShareList
          shares={list.data ?? []}
          shown={make.data?.id ?? null}
          pending={revoke.isPending}
          onRevoke={revoke.mutate}
        />
      </div>
    </Dialog>
  );
}

function useShares(id: string) {
  const client = useQueryClient();
  const queryKey = ["shares", id];
  const again = { onSettled: () => client.invalidateQueries({ queryKey }) };
  const list = useQuery({ queryKey, queryFn: ({ signal }) => readShares(id, signal) });
  const make = useMutation({ mutationFn: () => share(id), ...again });
  const revoke = useMutation({
    mutationFn: (shareId: string) => unshare(id, shareId),
    onSuccess: (_, shareId) => {
      if (make.data?.id === shareId) make.reset(); // a dead link is not for copying
    },
    ...again,
  });
  const asked = useRef(false);
  const fresh = list.isFetchedAfterMount ? list.data : undefined; // what was read before may be no more so
  const { mutate } = make;
  useEffect(() => {
    if (fresh === undefined || asked.current) return;
    asked.current = true;
    if (fresh.length === 0) mutate();
  }, [fresh, mutate]);
  return { list, make, revoke };
}

/** On this page's own address, whatever address the server believes to have. */
function Link({ token }: { token: string }) {
  const url = `${location.origin}/s/${encodeURIComponent(token)}`;
  return (
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
  );
}
