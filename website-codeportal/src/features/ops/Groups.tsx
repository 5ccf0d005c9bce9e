import { duration, whole } from "@/shared/formatting/numbers";
import { Table } from "./Table";
import type { Overview } from "./api";

const COLUMNS = ["Stream", "Group", "#Consumers", "#Lag", "#Pending", "#Oldest waiting", "#Oldest pending"];

/** Who is how far; lanes where nothing goes on are left out. */
export function Groups({ groups }: Pick<Overview, "groups">) {
  const shown = groups.filter(
    (group) => group.waiting > 0 || group.pending > 0 || !group.stream.includes("submissions"),
  );
  const hidden = groups.length - shown.length;
  return (
    <Table
      title="Lag"
      columns={COLUMNS}
      empty="No group is behind."
      aside={hidden > 0 && <span>{whole(hidden)} idle lanes are left out</span>}
      rows={shown.map((group) => ({
        key: `${group.stream} ${group.group}`,
        cells: [
          <code key="stream">{group.stream}</code>,
          group.group,
          whole(group.consumers),
          whole(group.waiting),
          whole(group.pending),
          group.oldest_waiting_ms === null ? "–" : duration(group.oldest_waiting_ms),
          group.oldest_pending_ms === null ? "–" : duration(group.oldest_pending_ms),
        ],
      }))}
    />
  );
}
