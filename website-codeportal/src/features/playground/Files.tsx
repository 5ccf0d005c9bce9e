import { useEffect } from "react";
import { Button } from "@/shared/design/Button";
import { Tabs, type TabIds } from "@/shared/design/Tabs";
import { CloseIcon, PenIcon, PlusIcon } from "@/shared/site/icons";
import { FileName } from "./FileName";
import styles from "./Files.module.css";
import { programName } from "./files";
import { PROGRAM, shownTab, useFiles, type FilesModel } from "./useFiles";

/** The program and the files beside it, one of which is in the editor; files are added, renamed and removed here. */
export function Files({ model, ids }: { model: FilesModel; ids: TabIds }) {
  const { language, files } = model.draft;
  const { file, naming, removed, ...does } = useFiles(model, ids);
  const selected = shownTab(model.draft);
  useInView(ids.tab(selected));
  return (
    <div className={styles.files}>
      <div className={styles.bar}>
        <Tabs
          label="Program and its files"
          ids={ids}
          selected={selected}
          onSelect={(tab) => {
            does.show(files[Number(tab)]?.path ?? null);
          }}
          tabs={[
            { name: PROGRAM, label: programName(language) },
            ...files.map(({ path }, at) => ({ name: String(at), label: <span className={styles.path}>{path}</span> })),
          ]}
        />
        {file !== undefined && (
          <>
            <Button
              kind="quiet"
              small
              aria-label={`Rename ${file.path}`}
              title="Rename"
              onClick={(event) => {
                does.askName("shown", event.currentTarget);
              }}
            >
              <PenIcon />
            </Button>
            <Button
              kind="quiet"
              small
              aria-label={`Remove ${file.path}`}
              title="Remove"
              onClick={() => {
                does.remove(file);
              }}
            >
              <CloseIcon />
            </Button>
          </>
        )}
        <Button
          kind="quiet"
          small
          className={styles.add ?? ""}
          onClick={(event) => {
            does.askName("new", event.currentTarget);
          }}
        >
          <PlusIcon /> <span className={styles.word}>Add a file</span>
        </Button>
      </div>
      {naming !== null && (
        <FileName
          key={naming}
          label={naming === "new" ? "Name of the new file" : "New name of the file"}
          first={naming === "new" ? "" : (file?.path ?? "")}
          action={naming === "new" ? "Add" : "Rename"}
          wrong={does.wrong}
          onName={does.name}
          onCancel={does.giveUp}
        />
      )}
      <div role="status" className={styles.removed}>
        {removed !== null && (
          <>
            <span className={styles.path}>{removed.path} is removed.</span>
            <Button kind="quiet" small onClick={does.bringBack}>
              Bring it back
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

/** Scrolls the row of tabs, and nothing else, to the one with this id. */
function useInView(id: string) {
  useEffect(() => {
    const tab = document.getElementById(id);
    const row = tab?.parentElement;
    if (!tab || !row) return;
    const from = tab.offsetLeft - row.offsetLeft;
    if (from < row.scrollLeft || from + tab.offsetWidth > row.scrollLeft + row.clientWidth) row.scrollLeft = from;
  }, [id]);
}
