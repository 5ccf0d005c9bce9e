import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { Ago } from "@/shared/formatting/Ago";
import { SESSIONS_KEY, endOtherSessions, endSession, sessions, type Session } from "../api";
import styles from "./Account.module.css";
import { deviceOf } from "./device";

export function Sessions() {
  const client = useQueryClient();
  const { data, error } = useQuery({ queryKey: SESSIONS_KEY, queryFn: ({ signal }) => sessions(signal) });
  const again = { onSettled: () => client.invalidateQueries({ queryKey: SESSIONS_KEY }) };
  const end = useMutation({ mutationFn: endSession, ...again });
  const endOthers = useMutation({ mutationFn: endOtherSessions, ...again });
  if (error !== null) return <Notice kind="danger">{explain(error)}</Notice>;
  if (data === undefined) return <SkeletonRows rows={2} height="3rem" label="Loading your sessions" />;
  const failed = end.error ?? endOthers.error;
  return (
    <>
      {failed !== null && <Notice kind="danger">{explain(failed)}</Notice>}
      <ul className={styles.list}>
        {data.map((session) => (
          <Row key={session.id} session={session} pending={end.isPending} onEnd={end.mutate} />
        ))}
      </ul>
      {data.length > 1 && (
        <div>
          <Button
            kind="danger"
            disabled={endOthers.isPending}
            onClick={() => {
              endOthers.mutate();
            }}
          >
            Sign out everywhere else
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ session, pending, onEnd }: { session: Session; pending: boolean; onEnd: (id: string) => void }) {
  const device = deviceOf(session.user_agent);
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <span title={session.user_agent}>{device}</span>
        {session.current && <span className={styles.here}>this one</span>}
        <small>
          from {session.address}, last used <Ago moment={session.last_used_at} />
        </small>
      </div>
      {!session.current && (
        <Button
          small
          disabled={pending}
          aria-label={`Sign out ${device} at ${session.address}`}
          onClick={() => {
            onEnd(session.id);
          }}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}
