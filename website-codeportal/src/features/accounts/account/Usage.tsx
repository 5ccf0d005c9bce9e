import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain, ProblemError } from "@/shared/api/problem";
import { Notice } from "@/shared/design/Notice";
import { Skeleton } from "@/shared/design/Skeleton";
import { whole } from "@/shared/formatting/numbers";
import { usage, type Usage as UsageData } from "../api";
import styles from "./Usage.module.css";
import { UsageChart } from "./UsageChart";
import { daysUntil, perDay } from "./days";

const DAYS = 30;

export function Usage() {
  const [days] = useState(() => daysUntil(new Date(), DAYS));
  const [from, to] = [days[0] ?? "", days.at(-1) ?? ""];
  const { data, error } = useQuery({
    queryKey: ["usage", from, to],
    queryFn: ({ signal }) => usage(from, to, signal),
    refetchInterval: 30_000,
  });
  if (error instanceof ProblemError && error.status === 404) {
    return <Notice>This server keeps no account of what is used.</Notice>;
  }
  if (error !== null) return <Notice kind="danger">{explain(error)}</Notice>;
  return data === undefined ? <Waiting /> : <Charts data={data} days={days} />;
}

/** As high as what comes. */
function Waiting() {
  return (
    <div className={styles.usage}>
      <Skeleton height="100%" />
    </div>
  );
}

function Charts({ data, days }: { data: UsageData; days: readonly string[] }) {
  const today = data.days.filter((each) => each.date === days.at(-1));
  const used = today.reduce((sum, each) => sum + each.cpu_seconds, 0);
  const limit = data.plan.cpu_seconds_per_day;
  return (
    <div className={styles.usage}>
      <p>
        Plan <strong>{data.plan.name}</strong>: today {used.toFixed(1)} s of CPU time
        {limit !== null && ` of ${whole(limit)} s`}
        {data.plan.concurrent_jobs !== null && `, ${whole(data.plan.concurrent_jobs)} jobs at once`}
        {data.plan.requests_per_minute !== null && `, ${whole(data.plan.requests_per_minute)} requests a minute`}.
      </p>
      <div className={styles.charts}>
        <UsageChart title="Jobs" noun="jobs" days={perDay(data.days, days, (each) => each.jobs)} unit="" />
        <UsageChart
          title="CPU seconds"
          noun="of CPU time"
          days={perDay(data.days, days, (each) => each.cpu_seconds)}
          unit=" s"
        />
      </div>
    </div>
  );
}
