import { explain, ProblemError, SESSION_ENDED, UnreachableError } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { wantSignIn } from "@/shared/session/sign-in";
import styles from "./RunFailure.module.css";

interface Props {
  error: unknown;
  /** It was submitted, and sight of it was lost: then a retry follows it again. */
  lost: boolean;
  onRetry: () => void;
}

/** Why nothing ran, or is seen of it any more, and what can be done about it. */
export function RunFailure({ error, lost, onRetry }: Props) {
  if (error instanceof ProblemError && error.status === 401) {
    const ended = error.problem.type === SESSION_ENDED;
    return (
      <Notice kind="warning" action={<SignedInOrNot ended={ended} lost={lost} onRetry={onRetry} />}>
        {lost && "Sight of the program was lost. "}
        {ended && "Your session has ended."}
        {!ended && `${lost ? "Following" : "Running"} programs needs you to be signed in here.`} What you typed stays as
        it is.
      </Notice>
    );
  }
  const action = worthRetrying(error, lost) && (
    <Button small onClick={onRetry}>
      {lost ? "Follow it again" : "Try again"}
    </Button>
  );
  return (
    <Notice kind="danger" action={action}>
      {lost && "Sight of the program was lost. "}
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

/** To ask again costs nothing, unless the service said that it knows no such job; to submit again may. */
function worthRetrying(error: unknown, lost: boolean): boolean {
  if (error instanceof ProblemError) return lost ? error.status !== 404 : error.status >= 429;
  return lost || error instanceof UnreachableError;
}

function SignedInOrNot({ ended, lost, onRetry }: Omit<Props, "error"> & { ended: boolean }) {
  return (
    <span className={styles.ways}>
      <Button
        small
        onClick={() => {
          wantSignIn(onRetry);
        }}
      >
        {lost ? "Sign in and follow it" : "Sign in and run"}
      </Button>
      {ended && (
        <Button small kind="quiet" onClick={onRetry}>
          {lost ? "Follow it without signing in" : "Run without signing in"}
        </Button>
      )}
    </span>
  );
}
