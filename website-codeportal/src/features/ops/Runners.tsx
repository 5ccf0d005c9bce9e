import { languageWord } from "@/shared/execution/words";
import { Ago } from "@/shared/formatting/Ago";
import { bytes, duration, whole } from "@/shared/formatting/numbers";
import { Table } from "./Table";
import type { Overview } from "./api";

const COLUMNS = ["Runner", "Language", "Job", "Since", "#CPU time in all", "#Memory", "#Processes"];

/** What runs where: the runners that executors have leased. */
export function Runners({ runners }: Pick<Overview, "runners">) {
  return (
    <Table
      title="Runners"
      columns={COLUMNS}
      empty="No executor has leased a runner."
      rows={runners.map((each) => ({
        key: each.name,
        cells: [
          <code key="name">{each.name}</code>,
          languageWord(each.language),
          <Work key="job" job={each.job} attempt={each.attempt} />,
          each.since === null ? "–" : <Ago key="since" moment={each.since} />,
          each.cpu_seconds === null ? "–" : duration(each.cpu_seconds * 1000),
          each.memory_bytes === null ? "–" : bytes(each.memory_bytes),
          each.processes === null ? "–" : whole(each.processes),
        ],
      }))}
    />
  );
}

function Work({ job, attempt }: Pick<Overview["runners"][number], "job" | "attempt">) {
  if (job === null) return "free";
  return (
    <>
      <code>{job}</code>
      {attempt !== null && attempt > 1 && ` attempt ${whole(attempt)}`}
    </>
  );
}
