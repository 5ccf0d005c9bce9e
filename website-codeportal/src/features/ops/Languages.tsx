import { languageWord } from "@/shared/execution/words";
import { duration, whole } from "@/shared/formatting/numbers";
import { Table } from "./Table";
import type { Overview } from "./api";

const COLUMNS = [
  "Language",
  "Version",
  "#Executors",
  "#Runners at work",
  "#Waiting",
  "#Claimed",
  "#Oldest",
  "#A job takes",
];

export function Languages({ languages }: Pick<Overview, "languages">) {
  return (
    <Table
      title="Languages"
      columns={COLUMNS}
      empty="No executor is running."
      rows={languages.map((each) => ({
        key: each.name,
        cells: [
          languageWord(each.name),
          Object.values(each.versions).join(", "),
          whole(each.executors),
          `${whole(each.busy)} of ${whole(each.runners)}`,
          whole(each.waiting),
          whole(each.claimed),
          each.oldest_waiting_ms === null ? "–" : duration(each.oldest_waiting_ms),
          each.job_ms === null ? "–" : duration(each.job_ms),
        ],
      }))}
    />
  );
}
