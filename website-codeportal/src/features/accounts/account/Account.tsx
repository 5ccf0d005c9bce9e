import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { ACCOUNT_KEY, noteSignedIn, type Account as AccountData } from "@/shared/api/accounts";
import { explain } from "@/shared/api/problem";
import { Button, ButtonLink } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { date } from "@/shared/formatting/numbers";
import { Unreached } from "@/shared/session/Unreached";
import { useVisitor } from "@/shared/session/useAccount";
import { Page } from "@/shared/site/Page";
import { logOut } from "../api";
import styles from "./Account.module.css";
import { Danger } from "./Danger";
import { Keys } from "./Keys";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { Sessions } from "./Sessions";
import { Usage } from "./Usage";

export function Account() {
  const visitor = useVisitor();
  if (visitor.kind === "unknown") {
    return (
      <Page title="Account" className={styles.waiting}>
        <SkeletonRows rows={5} height="4rem" label="Loading your account" />
      </Page>
    );
  }
  if (visitor.kind === "unreachable") {
    return (
      <Page title="Account" width="column" className={styles.unreached}>
        <h1>Your account cannot be reached</h1>
        <Unreached {...visitor} />
      </Page>
    );
  }
  return visitor.kind === "account" ? <Signed account={visitor.account} /> : <Nobody />;
}

function Nobody() {
  return (
    <Page title="Account" width="column">
      <h1>You are not signed in</h1>
      <p className={styles.ways}>
        <ButtonLink to="/login" kind="primary">
          Sign in
        </ButtonLink>
        <ButtonLink to="/register">Make an account</ButtonLink>
      </p>
    </Page>
  );
}

function Signed({ account }: { account: AccountData }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const out = useMutation({
    mutationFn: logOut,
    onSuccess: () => {
      navigate("/");
      client.clear();
      noteSignedIn(false);
      client.setQueryData(ACCOUNT_KEY, null);
      sessionStorage.clear(); // the tab's jobs were the account's
    },
  });
  return (
    <Page title="Account">
      <div className={styles.head}>
        <div>
          <h1>{account.display_name}</h1>
          <p className={styles.since}>
            {account.email}, here since {date(account.created_at)}
          </p>
        </div>
        <Button
          disabled={out.isPending}
          onClick={() => {
            out.mutate();
          }}
        >
          Sign out
        </Button>
        {out.error !== null && (
          <div className={styles.failed}>
            <Notice kind="danger">You may still be signed in here. {explain(out.error)}</Notice>
          </div>
        )}
      </div>
      <div className={styles.sections}>
        <Section title="Usage" about="What your programs used, day by day.">
          <Usage />
        </Section>
        <Section title="API keys" about="For programs that speak to the API. A key is shown once, as it is made.">
          <Keys />
        </Section>
        <Section title="Profile">
          <Profile account={account} />
        </Section>
        <Section title="Password">
          <Password email={account.email} />
        </Section>
        <Section title="Sessions" about="Where you are signed in.">
          <Sessions />
        </Section>
        <Section title="Delete the account" about="Ends every session and key. Nobody can undo it.">
          <Danger />
        </Section>
      </div>
    </Page>
  );
}

function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {about !== undefined && <p className={styles.about}>{about}</p>}
      </div>
      <div className={styles.content}>{children}</div>
    </section>
  );
}
