import styles from "./Docs.module.css";
import { TypeView } from "./TypeView";
import type { Schema } from "./openapi";
import { withoutNull } from "./types";

const DEEPEST = 3;

/** An object's properties, those of objects in it below. */
export function Properties({ schema, depth = 0 }: { schema: Schema; depth?: number }) {
  const { properties, required = [] } = schema;
  if (properties === undefined) {
    return (
      <p>
        <TypeView schema={schema} />
      </p>
    );
  }
  return (
    <dl className={styles.properties}>
      {Object.entries(properties).map(([name, property]) => {
        const inner = withoutNull(property);
        const nested = depth < DEEPEST && inner.properties !== undefined;
        return (
          <div key={name}>
            <dt>
              <code>{name}</code> <TypeView schema={property} />
              {!required.includes(name) && <span className={styles.aside}> optional</span>}
            </dt>
            {(property.description ?? inner.description) !== undefined && (
              <dd>{property.description ?? inner.description}</dd>
            )}
            {nested && (
              <dd className={styles.nested}>
                <Properties schema={inner} depth={depth + 1} />
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}
