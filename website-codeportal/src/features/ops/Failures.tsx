import { useQuery } from "@tanstack/react-query";
import { explain } from "@/shared/api/problem";
import { Notice } from "@/shared/design/Notice";
import { languageWord } from "@/shared/execution/words";
import { Ago } from "@/shared/formatting/Ago";
import styles from "./Operations.module.css";
import { Table } from "./Table";
import { readFailures } from "./api";

const AGAIN = 5_000; // ms

export function Failures() {
  const { data, error } = useQuery({
    queryKey: ["failures"],
    queryFn: ({ signal }) => readFailures(signal),
    refetchInterval: AGAIN,
    retry: false,
  });
  if (error !== null) return <Notice kind="danger">{explain(error)}</Notice>;
  return (
    <Table
      title="Recent failures"
      columns={["When", "Language", "#Attempts", "Why", "Job"]}
      empty={data === undefined ? "One moment." : "No job was lost by our own fault."}
      rows={(data ?? []).map((failure) => ({
        key: failure.id,
        cells: [
          <Ago key="at" moment={failure.at} />,
          languageWord(failure.language),
          failure.attempts,
          <span key="why" className={styles.reason}>
            {failure.reason}
          </span>,
          <code key="id" className={styles.id}>
            {failure.id}
          </code>,
        ],
      }))}
    />
  );
}
