import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { explain, ProblemError } from "@/shared/api/problem";
import { Button, ButtonLink } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { Skeleton } from "@/shared/design/Skeleton";
import { Page } from "@/shared/site/Page";
import { verify } from "./api";
import styles from "./forms/forms.module.css";
import { takeToken } from "./token";

/** Where the link of the first letter leads. */
export function Verify() {
  const { mutate, isSuccess, error } = useMutation({ mutationFn: verify });
  const token = useRef<string | null>(null);
  useEffect(() => {
    if (token.current !== null) return; // a token is good once
    token.current = takeToken();
    mutate(token.current);
  }, [mutate]);
  const again = () => {
    mutate(token.current ?? "");
  };
  const refused = error !== null && !unheard(error);
  return (
    <Page title="Verify your address" width="column" className={styles.page}>
      <h1>{isSuccess ? "Your address is verified" : "Verifying your address"}</h1>
      {!isSuccess && error === null && <Skeleton height="2.5rem" />}
      {error !== null && (
        <Notice
          kind="danger"
          action={
            !refused && (
              <Button small onClick={again}>
                Try again
              </Button>
            )
          }
        >
          {explain(error)}
        </Notice>
      )}
      {refused && (
        <p className={styles.lead}>Links are good once and for a limited time. Sign in to have another one sent.</p>
      )}
      {(isSuccess || refused) && (
        <p>
          <ButtonLink to="/login" kind="primary">
            Sign in
          </ButtonLink>
        </p>
      )}
    </Page>
  );
}

/** Whether the service has said nothing of the token: it may still be good, and is in no address bar any more. */
function unheard(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status >= 500 || error.status === 429;
}
