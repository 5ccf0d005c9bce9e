import type { ReactNode } from "react";
import styles from "./Operations.module.css";

interface Props {
  title: string;
  /** Of numbers are set to the right: `#Waiting`. */
  columns: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
  empty: string;
  aside?: ReactNode;
}

/** A table with its heading; wide ones scroll in themselves. */
export function Table({ title, columns, rows, empty, aside }: Props) {
  const numeric = (at: number) => (columns[at]?.startsWith("#") ? styles.number : undefined);
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {rows.length === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else it cannot be scrolled by keyboard
        <div className={styles.scroll} tabIndex={0} role="group" aria-labelledby={id}>
          <table className={styles.table}>
            <thead>
              <tr>
                {columns.map((column, at) => (
                  <th key={column} scope="col" className={numeric(at)}>
                    {column.replace(/^#/, "")}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.key}>
                  {row.cells.map((cell, at) => (
                    <td key={at} className={numeric(at)}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
