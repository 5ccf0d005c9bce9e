import { CopyButton } from "@/shared/design/CopyButton";
import type { NewKey } from "../api";
import styles from "./Account.module.css";

/** The one time that a key is shown. */
export function ShownKey({ made }: { made: NewKey }) {
  return (
    <div className={styles.new} role="status">
      <p>
        <strong>{made.name}</strong> is made. Copy it now: it is not shown again.
      </p>
      <div className={styles.secret}>
        <code>{made.key}</code>
        <CopyButton text={made.key} />
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else it cannot be scrolled by keyboard */}
      <pre className={styles.curl} tabIndex={0} role="region" aria-label="Command with the key">
        {curl(made.key)}
      </pre>
      <div>
        <CopyButton text={curl(made.key)} label="Copy the command" />
      </div>
    </div>
  );
}

function curl(key: string): string {
  return [
    `curl '${location.origin}/v1/execute?wait=10s' \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"language": "python", "code": "print(6 * 7)"}'`,
  ].join("\n");
}
