import { useId, type KeyboardEvent, type ReactNode } from "react";
import styles from "./Tabs.module.css";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: ReactNode;
}

interface Props<Name extends string> {
  label: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  onSelect: (name: Name) => void;
  /** The id that the panel has, from `useTabs`. */
  ids: TabIds;
}

export interface TabIds {
  tab: (name: string) => string;
  readonly panel: string;
}

export function useTabIds(): TabIds {
  const id = useId();
  return { tab: (name) => `${id}-${name}`, panel: `${id}-panel` };
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** A row of tabs, one in the tab order, arrows between them. The panel is the caller's. */
export function Tabs<Name extends string>({ label, tabs, selected, onSelect, ids }: Props<Name>) {
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const at = tabs.findIndex((tab) => tab.name === selected);
    const next = step === undefined ? undefined : tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.name);
    document.getElementById(ids.tab(next.name))?.focus();
  };
  return (
    <div className={styles.list} role="tablist" aria-label={label} tabIndex={-1} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.name}
          type="button"
          role="tab"
          id={ids.tab(tab.name)}
          className={styles.tab}
          aria-selected={tab.name === selected}
          aria-controls={ids.panel}
          tabIndex={tab.name === selected ? 0 : -1}
          onClick={() => {
            onSelect(tab.name);
          }}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
