import { languageWord } from "@/shared/execution/words";
import { Ago } from "@/shared/formatting/Ago";
import { whole } from "@/shared/formatting/numbers";
import styles from "./Operations.module.css";
import { Table } from "./Table";
import type { Overview } from "./api";

const COLUMNS = ["Process", "What it is", "State", "#Runners at work", "Started"];

export function Actors({ actors }: Pick<Overview, "actors">) {
  const sorted = [...actors].sort((one, other) => order(one).localeCompare(order(other)));
  return (
    <Table
      title="Processes"
      columns={COLUMNS}
      empty="Nothing reports itself."
      rows={sorted.map((actor) => ({
        key: actor.name,
        cells: [
          <code key="name">{actor.name}</code>,
          actor.language === null ? actor.kind : `${actor.kind}, ${languageWord(actor.language)}`,
          <span key="state" className={actor.state === "running" ? styles.well : styles.unwell}>
            {actor.state}
          </span>,
          actor.kind === "executor" ? `${whole(actor.busy)} of ${whole(actor.runners)}` : "–",
          <Ago key="started" moment={actor.started_at} />,
        ],
      }))}
    />
  );
}

function order({ kind, language, name }: Overview["actors"][number]): string {
  return `${kind} ${language ?? ""} ${name}`;
}
