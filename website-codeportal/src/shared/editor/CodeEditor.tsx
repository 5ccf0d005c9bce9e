import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import styles from "./Editor.module.css";
import { takeCaret, type CaretHolder } from "./caret";
import { diagnosticsIn, offsetOf } from "./diagnostics";
import { grammarOf, indentOf } from "./languages";
import type { EditorProps } from "./props";
import { takeRunKey } from "./run-key";
import { theme } from "./theme";

/** CodeMirror. It lives in a shadow root, where its styles are constructed sheets, which the strict policy allows. */
export function CodeEditor(props: EditorProps & { caret: CaretHolder }) {
  const { caret: holder } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const grammar = useRef(new Compartment());
  const left = useRef(new Map<string, EditorState>());
  const latest = useRef(props);
  const passed = useRef<EditorProps["goTo"]>(null);
  useLayoutEffect(() => {
    latest.current = props;
  });

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const states = left.current;
    const extensions = [base(latest, props.label), grammar.current.of([])];
    const state = states.get(props.label) ?? EditorState.create({ doc: latest.current.value, extensions });
    const editor = new EditorView({ state, parent: root, root });
    view.current = editor;
    const caret = takeCaret(holder, props.label);
    if (caret !== null) {
      const within = (at: number) => Math.min(at, state.doc.length);
      const selection = { anchor: within(caret.anchor), head: within(caret.head) };
      editor.dispatch({ selection, scrollIntoView: true });
      editor.focus();
      passed.current = latest.current.goTo; // who was sent there has gone on since
    }
    return () => {
      const { anchor, head } = editor.state.selection.main;
      if (editor.hasFocus) holder.current = { label: props.label, anchor, head };
      states.set(props.label, editor.state); // who comes back to a text can still undo what was done to it
      editor.destroy();
      view.current = null;
    };
  }, [holder, props.label]);

  // Not after the picture: what is typed into a new editor before that would meet a text that is older than it.
  useLayoutEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === props.value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.value } });
  }, [props.label, props.value]);

  useEffect(() => {
    let current = true;
    const use = (extension: Extension) => {
      if (!current) return;
      const unit = indentUnit.of(indentOf(props.language));
      view.current?.dispatch({ effects: grammar.current.reconfigure([unit, extension]) });
    };
    use([]);
    // Without a network there is no grammar, and everything else works.
    grammarOf(props.language).then(
      (support) => {
        use(support ?? []);
      },
      () => {
        use([]);
      },
    );
    return () => {
      current = false;
    };
  }, [props.label, props.language]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(setDiagnostics(editor.state, diagnosticsIn(editor.state.doc, props.diagnoses ?? [])));
  }, [props.label, props.diagnoses]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || !props.goTo || props.goTo === passed.current) return;
    const anchor = offsetOf(editor.state.doc, props.goTo);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    editor.focus();
  }, [props.goTo]);

  return <div ref={host} className={styles.host} />;
}

function base(latest: { current: EditorProps }, label: string): Extension {
  // Not as a key of the keymap, which does not tell that one is held.
  const keydown = (event: KeyboardEvent) => {
    const { onRun } = latest.current;
    return onRun !== undefined && takeRunKey(event, onRun);
  };
  return [
    Prec.highest(EditorView.domEventHandlers({ keydown })),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    rectangularSelection(),
    EditorState.allowMultipleSelections.of(true),
    EditorState.tabSize.of(4),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search(),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
      indentWithTab, // Escape, then Tab leaves the editor
    ]),
    EditorView.contentAttributes.of({
      "aria-label": label,
      autocapitalize: "off",
      spellcheck: "false",
      tabindex: "0", // checkers do not count an editable element among those that keyboards reach
    }),
    EditorView.updateListener.of((update) => {
      const text = update.state.doc.toString();
      // At once, or who types and then presses Ctrl and Enter could on a busy page run what stood there before.
      if (update.docChanged && text !== latest.current.value) flushSync(() => latest.current.onChange?.(text));
    }),
    EditorState.readOnly.of(latest.current.readOnly ?? false),
    theme,
  ];
}
