import type { Status } from "@/shared/api/jobs";
import { classes } from "@/shared/design/classes";
import styles from "./Verdict.module.css";
import { STATUS_WORDS } from "./words";

const LOOKS: Readonly<Record<Status, string | undefined>> = {
  queued: styles.going,
  running: styles.going,
  succeeded: styles.good,
  failed: styles.bad,
  compile_error: styles.bad,
  internal_error: styles.bad,
  timeout: styles.limit,
  cpu_limit: styles.limit,
  memory_limit: styles.limit,
  cancelled: undefined,
};

/** A status in a word and a mark, neither of which is only a colour. */
export function Verdict({ status }: { status: Status }) {
  return (
    <span className={classes(styles.verdict, LOOKS[status])}>
      <span className={styles.mark} aria-hidden="true" />
      {STATUS_WORDS[status]}
    </span>
  );
}
