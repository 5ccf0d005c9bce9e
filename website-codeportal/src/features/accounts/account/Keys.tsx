import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { Ago } from "@/shared/formatting/Ago";
import { date } from "@/shared/formatting/numbers";
import { keys, revokeKey, type Key, type NewKey } from "../api";
import styles from "./Account.module.css";
import { NewKeyForm } from "./NewKeyForm";
import { ShownKey } from "./ShownKey";

const KEY = ["keys"] as const;

/** A key is shown once, as it is made: it stays also where the list cannot be read again. */
export function Keys() {
  const client = useQueryClient();
  const [made, setMade] = useState<NewKey | null>(null);
  const { data, error } = useQuery({ queryKey: KEY, queryFn: ({ signal }) => keys(signal) });
  const revoke = useMutation({
    mutationFn: revokeKey,
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
    onSuccess: (_, id) => {
      if (made?.id === id) setMade(null);
    },
  });
  return (
    <>
      {made !== null && <ShownKey made={made} />}
      {revoke.error !== null && <Notice kind="danger">{explain(revoke.error)}</Notice>}
      {error !== null && <Notice kind="danger">{failed(error, data)}</Notice>}
      {data === undefined ? (
        error === null && <SkeletonRows rows={1} height="3rem" label="Loading your keys" />
      ) : data.length > 0 ? (
        <ul className={styles.list}>
          {data.map((key) => (
            <Row key={key.id} known={key} pending={revoke.isPending} onRevoke={revoke.mutate} />
          ))}
        </ul>
      ) : (
        error === null && <p className={styles.none}>You have none yet.</p>
      )}
      <NewKeyForm
        onMade={(key) => {
          setMade(key);
          void client.invalidateQueries({ queryKey: KEY });
        }}
      />
    </>
  );
}

/** Without a list there is nothing that could be older. */
function failed(error: Error, listed: readonly Key[] = []): string {
  return listed.length > 0 ? `${explain(error)} What is listed may be older.` : explain(error);
}

function Row({ known, pending, onRevoke }: { known: Key; pending: boolean; onRevoke: (id: string) => void }) {
  const [sure, setSure] = useState(false);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        {known.name} <code>cp_{known.prefix}_…</code>
        <small>
          {known.scopes.join(", ")}
          {known.expires_at !== null && `, until ${date(known.expires_at)}`}
          {known.last_used_at === null ? ", never used" : ", last used "}
          {known.last_used_at !== null && <Ago moment={known.last_used_at} />}
        </small>
      </div>
      <Button
        small
        kind={sure ? "danger" : "secondary"}
        disabled={pending}
        aria-label={sure ? `Revoke ${known.name} for good` : `Revoke ${known.name}`}
        onBlur={() => {
          setSure(false);
        }}
        onClick={() => {
          if (sure) onRevoke(known.id);
          setSure(!sure);
        }}
      >
        {sure ? "For good?" : "Revoke"}
      </Button>
    </li>
  );
}
