import type { Status } from "@/shared/api/jobs";
import { Button } from "@/shared/design/Button";
import { Verdict } from "@/shared/execution/Verdict";
import { languageWord } from "@/shared/execution/words";
import { Ago } from "@/shared/formatting/Ago";
import { dateAndTime, duration } from "@/shared/formatting/numbers";
import styles from "./History.module.css";

export interface Entry {
  readonly id: string;
  readonly language: string;
  readonly status: Status | null;
  readonly created_at: string | null;
  readonly duration_ms: number | null;
}

interface Props {
  entry: Entry;
  current: boolean;
  onOpen: (id: string, again: boolean) => void;
}

export function HistoryRow({ entry, current, onOpen }: Props) {
  const what = `${languageWord(entry.language)} of ${entry.created_at === null ? "before" : dateAndTime(entry.created_at)}`;
  return (
    <li className={styles.row} aria-current={current || undefined}>
      <div className={styles.about}>
        {entry.status === null ? <span className={styles.hint}>unknown</span> : <Verdict status={entry.status} />}
        <span className={styles.hint}>
          {languageWord(entry.language)}
          {entry.created_at !== null && (
            <>
              , <Ago moment={entry.created_at} />
            </>
          )}
          {entry.duration_ms !== null && `, ${duration(entry.duration_ms)}`}
        </span>
      </div>
      <Button
        kind="quiet"
        small
        aria-label={`Open ${what}`}
        onClick={() => {
          onOpen(entry.id, false);
        }}
      >
        Open
      </Button>
      <Button
        small
        aria-label={`Run again: ${what}`}
        onClick={() => {
          onOpen(entry.id, true);
        }}
      >
        Run again
      </Button>
    </li>
  );
}
