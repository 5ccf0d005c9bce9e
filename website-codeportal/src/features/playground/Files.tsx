import type { ProgramFile } from "@/shared/api/jobs";
import { Button } from "@/shared/design/Button";
import { bytes } from "@/shared/formatting/numbers";
import { CloseIcon } from "@/shared/site/icons";
import styles from "./Files.module.css";
import { sizeOf, withoutFile } from "./files";

interface Props {
  files: readonly ProgramFile[];
  onChange: (files: ProgramFile[]) => void;
}

/** The files that lie beside the program. The page is as it was where there are none. */
export function Files({ files, onChange }: Props) {
  return (
    <div className={styles.files} hidden={files.length === 0}>
      <span className={styles.title}>Files beside the program</span>
      <ul className={styles.list} aria-label="Files beside the program">
        {files.map((file) => (
          <li key={file.path} className={styles.file}>
            <code>{file.path}</code>
            <small>{bytes(sizeOf(file))}</small>
            <Button
              kind="quiet"
              small
              aria-label={`Remove ${file.path}`}
              onClick={() => {
                onChange(withoutFile(files, file.path));
              }}
            >
              <CloseIcon />
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
