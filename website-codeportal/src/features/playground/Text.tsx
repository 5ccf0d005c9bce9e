import { Editor } from "@/shared/editor/Editor";
import { bytes } from "@/shared/formatting/numbers";
import styles from "./Files.module.css";
import { shownFile } from "./draft";
import { languageOf, sizeOf } from "./files";
import type { PlaygroundModel } from "./usePlayground";

/** The editor with the program, or with the file whose tab is selected. It is one editor: each text keeps its undo. */
export function Text({ model, onRun }: { model: PlaygroundModel; onRun: () => void }) {
  const file = shownFile(model.draft);
  if (file?.encoding === "base64") {
    return (
      <p className={styles.binary}>This file is no text. The program gets its {bytes(sizeOf(file))} as they are.</p>
    );
  }
  const text =
    file === undefined
      ? {
          label: "Program",
          language: model.draft.language,
          value: model.code,
          onChange: model.changeCode,
        }
      : {
          label: `File ${file.path}`,
          language: languageOf(file.path),
          value: file.content,
          onChange: (content: string) => {
            model.changeFile(file.path, content);
          },
        };
  return <Editor {...text} diagnoses={model.diagnoses} onRun={onRun} goTo={model.target} />;
}
