import { explain, ProblemError, SESSION_ENDED, UnreachableError } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { wantSignIn } from "@/shared/session/sign-in";
import styles from "./RunFailure.module.css";

/** Why nothing ran, and what can be done about it. */
export function RunFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (error instanceof ProblemError && error.status === 401) {
    const ended = error.problem.type === SESSION_ENDED;
    const action = (
      <span className={styles.ways}>
        <Button
          small
          onClick={() => {
            wantSignIn(onRetry);
          }}
        >
          Sign in and run
        </Button>
        {ended && (
          <Button small kind="quiet" onClick={onRetry}>
            Run without signing in
          </Button>
        )}
      </span>
    );
    return (
      <Notice kind="warning" action={action}>
        {ended ? "Your session has ended." : "Running programs needs you to be signed in here."} What you typed stays as
        it is.
      </Notice>
    );
  }
  const again = error instanceof UnreachableError || (error instanceof ProblemError && error.status >= 429);
  const action = again && (
    <Button small onClick={onRetry}>
      Try again
    </Button>
  );
  return (
    <Notice kind="danger" action={action}>
      {explain(error)}
      {error instanceof ProblemError && error.problem.errors.length > 0 && (
        <ul className={styles.reasons}>
          {error.problem.errors.map(({ field, reason }) => (
            <li key={field}>
              <strong>{field}</strong>: {reason}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
