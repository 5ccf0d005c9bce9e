import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { explain } from "@/shared/api/problem";
import { ButtonLink } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { Unreached } from "@/shared/session/Unreached";
import { useVisitor } from "@/shared/session/useAccount";
import { Page } from "@/shared/site/Page";
import { Actors } from "./Actors";
import { DeadLetters } from "./DeadLetters";
import { Failures } from "./Failures";
import { Groups } from "./Groups";
import { Languages } from "./Languages";
import styles from "./Operations.module.css";
import { Rates } from "./Rates";
import { Runners } from "./Runners";
import { readOverview } from "./api";
import { useRecent } from "./recent";

const AGAIN = 2_000; // ms

export function Operations() {
  const visitor = useVisitor();
  if (visitor.kind === "account" && visitor.account.admin) return <ForAdmins />;
  return (
    <Page title="Operations" width="column" className={styles.page}>
      {visitor.kind === "unknown" ? (
        <SkeletonRows rows={4} height="4rem" label="Asking who you are" />
      ) : visitor.kind === "unreachable" ? (
        <>
          <h1>Whether you are an administrator is not known</h1>
          <Unreached {...visitor} />
          <p>
            How the service is, everybody sees at <Link to="/status">Status</Link>.
          </p>
        </>
      ) : (
        <ForOthers stranger={visitor.kind === "anonymous"} />
      )}
    </Page>
  );
}

function ForOthers({ stranger }: { stranger: boolean }) {
  return (
    <>
      <h1>This page is for administrators</h1>
      <p>
        <code>codeportal account</code> makes an account one. How the service is, everybody sees at{" "}
        <Link to="/status">Status</Link>.
      </p>
      {stranger && (
        <p>
          <ButtonLink to="/login" kind="primary">
            Sign in
          </ButtonLink>
        </p>
      )}
    </>
  );
}

function ForAdmins() {
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ["overview"],
    queryFn: ({ signal }) => readOverview(signal),
    refetchInterval: AGAIN,
    retry: false,
  });
  const recent = useRecent(data, dataUpdatedAt);
  return (
    <Page title="Operations" className={styles.page}>
      <h1>Operations</h1>
      {error !== null && <Notice kind="danger">{explain(error)} What is shown is older.</Notice>}
      {data === undefined ? (
        <SkeletonRows rows={6} height="4rem" label="Loading the overview" />
      ) : (
        <>
          <Rates overview={data} recent={recent} />
          <Languages languages={data.languages} />
          <Actors actors={data.actors} />
          <Runners runners={data.runners} />
          <Groups groups={data.groups} />
          <Failures />
          <DeadLetters />
        </>
      )}
    </Page>
  );
}
