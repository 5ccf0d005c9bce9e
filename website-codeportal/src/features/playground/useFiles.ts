import { useState } from "react";
import type { ProgramFile } from "@/shared/api/jobs";
import type { TabIds } from "@/shared/design/Tabs";
import { shownFile, type Draft } from "./draft";
import { changed, withoutFile, wrongPath } from "./files";
import type { PlaygroundModel } from "./usePlayground";

export type FilesModel = Pick<PlaygroundModel, "draft" | "change" | "addFile">;

export const PROGRAM = "program";

/** The name of the selected tab: files are told by their place, as paths make no ids. */
export function shownTab(draft: Draft): string {
  const file = shownFile(draft);
  return file === undefined ? PROGRAM : String(draft.files.indexOf(file));
}

type Naming = "new" | "shown";

/** What is being done to the files, and how it is done. The focus never stays on what is gone. */
export function useFiles({ draft, change, addFile }: FilesModel, ids: TabIds) {
  const [naming, setNaming] = useState<Naming | null>(null);
  const [opener, setOpener] = useState<HTMLElement | null>(null);
  const [removed, setRemoved] = useState<{ file: ProgramFile; at: number } | null>(null);
  const { files } = draft;
  const file = shownFile(draft);
  const otherPaths = files.filter((each) => naming !== "shown" || each !== file).map(({ path }) => path);
  const begin = (what: Naming | null) => {
    setNaming(what);
    setRemoved(null);
  };
  const toProgram = () => document.getElementById(ids.tab(PROGRAM))?.focus();
  return {
    file,
    naming,
    /** The file that was removed last, while it can be brought back. */
    removed: removed !== null && wrongPath(removed.file.path, otherPaths) === null ? removed.file : null,
    wrong: (path: string) => wrongPath(path, otherPaths),
    show: (path: string | null) => {
      begin(null);
      change({ shown: path });
    },
    askName: (what: Naming, asked: HTMLElement) => {
      begin(what);
      setOpener(asked);
    },
    giveUp: () => {
      begin(null);
      opener?.focus();
    },
    name: (path: string) => {
      begin(null);
      if (naming === "new") addFile(path);
      else if (file !== undefined) {
        change({ files: changed(files, file.path, { path }), shown: path });
        opener?.focus();
      }
    },
    remove: (gone: ProgramFile) => {
      begin(null);
      change({ files: withoutFile(files, gone.path), shown: null });
      setRemoved({ file: gone, at: files.indexOf(gone) });
      toProgram();
    },
    bringBack: () => {
      if (removed === null) return;
      change({ files: [...files.slice(0, removed.at), removed.file, ...files.slice(removed.at)] });
      setRemoved(null);
      toProgram();
    },
  };
}
