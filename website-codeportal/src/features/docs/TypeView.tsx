import styles from "./Docs.module.css";
import type { Schema } from "./openapi";
import { typeOf } from "./types";

/** A type; schemas are links to theirs. `onlyNamed`: nothing, where there is none. */
export function TypeView({ schema, onlyNamed = false }: { schema: Schema; onlyNamed?: boolean }) {
  const pieces = typeOf(schema);
  if (onlyNamed && pieces.every((piece) => typeof piece === "string")) return null;
  return (
    <span className={styles.type}>
      {pieces.map((piece, at) =>
        typeof piece === "string" ? (
          piece
        ) : (
          <a key={at} href={`#schema-${piece.schema}`}>
            {piece.schema}
          </a>
        ),
      )}
    </span>
  );
}
