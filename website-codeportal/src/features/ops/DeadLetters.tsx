import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { languageWord } from "@/shared/execution/words";
import { Ago } from "@/shared/formatting/Ago";
import { whole } from "@/shared/formatting/numbers";
import styles from "./Operations.module.css";
import { Table } from "./Table";
import { dropDead, readDead, retryDead, type Letter } from "./api";

const AGAIN = 5_000; // ms
const KEY = ["dead"] as const;

/** What was given up after the last attempt, to be run again or forgotten. */
export function DeadLetters() {
  const client = useQueryClient();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => readDead(signal),
    refetchInterval: AGAIN,
    retry: false,
  });
  const settled = { onSettled: () => client.invalidateQueries({ queryKey: KEY }) };
  const retry = useMutation({ mutationFn: retryDead, ...settled });
  const drop = useMutation({ mutationFn: dropDead, ...settled });
  if (error !== null) return <Notice kind="danger">{explain(error)}</Notice>;
  const failed = retry.error ?? drop.error;
  const busy = retry.isPending || drop.isPending;
  return (
    <>
      <Table
        title="Dead letters"
        columns={["When", "Language", "#Attempts", "Why", "Job or entry", "What to do"]}
        empty={data === undefined ? "One moment." : "Nothing was given up."}
        aside={data !== undefined && data.total > data.dead.length && <span>the latest of {whole(data.total)}</span>}
        rows={(data?.dead ?? []).map((letter) => ({
          key: letter.key,
          cells: [
            <Ago key="at" moment={letter.at} />,
            letter.language === null ? "–" : languageWord(letter.language),
            letter.attempts,
            <span key="why" className={styles.reason}>
              {letter.reason}
            </span>,
            <code key="what" className={styles.id}>
              {nameOf(letter)}
            </code>,
            <Actions key="actions" letter={letter} busy={busy} onRetry={retry.mutate} onDrop={drop.mutate} />,
          ],
        }))}
      />
      {failed !== null && <Notice kind="danger">{explain(failed)}</Notice>}
      {retry.data !== undefined && (
        <Notice kind="good">
          It runs again, as <code>{retry.data}</code>.
        </Notice>
      )}
    </>
  );
}

/** As `codeportal dead` names it, too. */
function nameOf({ job, position }: Letter): string {
  return job ?? position;
}

interface ActionsProps {
  letter: Letter;
  busy: boolean;
  onRetry: (key: string) => void;
  onDrop: (key: string) => void;
}

function Actions({ letter, busy, onRetry, onDrop }: ActionsProps) {
  const what = nameOf(letter);
  return (
    <span className={styles.actions}>
      <Button
        small
        disabled={busy || !letter.retryable}
        aria-label={`Retry ${what}`}
        onClick={() => {
          onRetry(letter.key);
        }}
      >
        Retry
      </Button>
      <Button
        small
        kind="danger"
        disabled={busy}
        aria-label={`Drop ${what}`}
        onClick={() => {
          onDrop(letter.key);
        }}
      >
        Drop
      </Button>
    </span>
  );
}
