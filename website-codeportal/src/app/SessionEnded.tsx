import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { setSessionEnded, useSessionEnded } from "@/shared/session/ended";
import { wantSignIn } from "@/shared/session/sign-in";
import styles from "./SessionEnded.module.css";

/** Says that the session has ended, above whatever page is open, which stays as it is. */
export function SessionEnded() {
  if (!useSessionEnded()) return null;
  const close = () => {
    setSessionEnded(false);
  };
  return (
    <div className={styles.place}>
      <Notice
        kind="warning"
        action={
          <span className={styles.ways}>
            <Button
              small
              onClick={() => {
                wantSignIn(close);
              }}
            >
              Sign in again
            </Button>
            <Button small kind="quiet" onClick={close}>
              Go on without
            </Button>
          </span>
        }
      >
        Your session has ended. What you typed is kept.
      </Notice>
    </div>
  );
}
