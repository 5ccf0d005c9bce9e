import styles from "./Skeleton.module.css";

/** Where something of about this size will be. CSS lengths. */
export function Skeleton({ width = "100%", height = "1rem" }: { width?: string; height?: string }) {
  return <span className={styles.skeleton} style={{ width, height }} />;
}

/** Where some rows will be; the one text tells screen readers so. */
export function SkeletonRows({ rows, height = "2.5rem", label }: { rows: number; height?: string; label: string }) {
  return (
    <div className={styles.lines} role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
    </div>
  );
}
