import type { ReactNode } from "react";
import styles from "./Notice.module.css";
import { classes } from "./classes";

interface Props {
  kind?: "plain" | "good" | "warning" | "danger";
  children: ReactNode;
  /** What can be done about it. */
  action?: ReactNode;
}

/** Something to know, told to screen readers as it appears. */
export function Notice({ kind = "plain", children, action }: Props) {
  return (
    <div
      className={classes(styles.notice, kind !== "plain" && styles[kind])}
      role={kind === "danger" ? "alert" : "status"}
    >
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
