import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { accountJobs } from "@/shared/api/history";
import { readJob } from "@/shared/api/jobs";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { Unreached } from "@/shared/session/Unreached";
import { useVisitor, type Unreachable } from "@/shared/session/useAccount";
import styles from "./History.module.css";
import { HistoryRow, type Entry } from "./HistoryRow";
import { rememberedJobs } from "./remembered";

interface Props {
  current: string | null;
  /** Raises the API's errors. */
  onOpen: (id: string, again: boolean) => Promise<void>;
}

/** The account's jobs; without an account, those of this tab. */
export function History(props: Props) {
  const visitor = useVisitor();
  if (visitor.kind === "unknown") return <Waiting />;
  if (visitor.kind === "account") return <AccountHistory {...props} />;
  return <TabHistory {...props} unreached={visitor.kind === "unreachable" ? visitor : null} />;
}

function AccountHistory(props: Props) {
  const pages = useInfiniteQuery({
    queryKey: ["history"],
    queryFn: ({ pageParam, signal }) => accountJobs(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 5_000, // the archive may be a second behind
  });
  if (pages.isPending) return <Waiting />;
  if (pages.isError) return <Notice kind="danger">{explain(pages.error)}</Notice>;
  const entries = pages.data.pages.flatMap((page) => page.jobs);
  return (
    <Entries {...props} entries={entries} empty="What you run is kept here.">
      {pages.hasNextPage && (
        <Button kind="quiet" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Older jobs
        </Button>
      )}
    </Entries>
  );
}

function TabHistory({ unreached, ...props }: Props & { unreached: Unreachable | null }) {
  const [remembered] = useState(rememberedJobs);
  const answers = useQueries({
    queries: remembered.map(({ id }) => ({
      queryKey: ["job", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => readJob(id, undefined, signal),
      retry: false,
    })),
  });
  const entries = remembered.map(({ id, language, at }, place): Entry => {
    const job = answers[place]?.data;
    return { id, language, status: job?.status ?? null, created_at: at, duration_ms: job?.duration_ms ?? null };
  });
  return (
    <Entries {...props} entries={entries} empty="What you run in this tab is listed here.">
      {unreached !== null ? (
        <Unreached {...unreached} />
      ) : (
        entries.length > 0 && (
          <p className={styles.hint}>These are forgotten with this tab. An account keeps its history.</p>
        )
      )}
    </Entries>
  );
}

function Entries({
  entries,
  empty,
  current,
  onOpen,
  children,
}: Props & { entries: readonly Entry[]; empty: string; children: React.ReactNode }) {
  const [error, setError] = useState<unknown>(null);
  const open = (id: string, again: boolean) => {
    setError(null);
    onOpen(id, again).catch(setError);
  };
  return (
    <div className={styles.history}>
      {error !== null && <Notice kind="danger">{explain(error)}</Notice>}
      {entries.length === 0 && <p className={styles.hint}>{empty}</p>}
      <ul className={styles.list}>
        {entries.map((entry) => (
          <HistoryRow key={entry.id} entry={entry} current={entry.id === current} onOpen={open} />
        ))}
      </ul>
      {children}
    </div>
  );
}

function Waiting() {
  return (
    <div className={styles.history}>
      <SkeletonRows rows={4} height="3.25rem" label="Loading the history" />
    </div>
  );
}
