import type { Share } from "@/shared/api/history";
import { Button } from "@/shared/design/Button";
import { Ago } from "@/shared/formatting/Ago";
import { dateAndTime } from "@/shared/formatting/numbers";
import styles from "./ShareDialog.module.css";

interface Props {
  shares: readonly Share[];
  /** The one whose link is on show: what others led to is told to nobody again. */
  shown: string | null;
  pending: boolean;
  onRevoke: (id: string) => void;
}

/** The links that lead to a job. */
export function ShareList({ shares, shown, pending, onRevoke }: Props) {
  if (shares.length === 0) return null;
  return (
    <ul className={styles.shares} aria-label="Links to this job">
      {shares.map(({ id, created_at }) => (
        <li key={id} className={styles.share}>
          <span>
            Made <Ago moment={created_at} />
            {id === shown && ": the link above"}
          </span>
          <Button
            kind="danger"
            small
            disabled={pending}
            aria-label={`Revoke the link of ${dateAndTime(created_at)}`}
            onClick={() => {
              onRevoke(id);
            }}
          >
            Revoke
          </Button>
        </li>
      ))}
    </ul>
  );
}
