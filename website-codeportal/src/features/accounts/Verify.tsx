import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { explain } from "@/shared/api/problem";
import { ButtonLink } from "@/shared/design/Button";
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
  return (
    <Page title="Verify your address" width="column" className={styles.page}>
      <h1>{isSuccess ? "Your address is verified" : "Verifying your address"}</h1>
      {!isSuccess && error === null && <Skeleton height="2.5rem" />}
      {error !== null && (
        <>
          <Notice kind="danger">{explain(error)}</Notice>
          <p className={styles.lead}>Links are good once and for a limited time. Sign in to have another one sent.</p>
        </>
      )}
      {(isSuccess || error !== null) && (
        <p>
          <ButtonLink to="/login" kind="primary">
            Sign in
          </ButtonLink>
        </p>
      )}
    </Page>
  );
}
