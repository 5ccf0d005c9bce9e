import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The colours are the page's: custom properties reach into the editor's shadow root, so light and dark just change. */
const chrome = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "var(--text-s)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 14px 0 8px" },
  ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--accent)" },
  ".cm-gutters": { border: "0", color: "var(--ink-faint)", backgroundColor: "var(--surface)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "34px", padding: "0 6px 0 8px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--code-line) 70%, transparent)" },
  ".cm-activeLineGutter": { color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--code-selection)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-wash)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-wash)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--danger-wash)" },
  ".cm-searchMatch": { backgroundColor: "var(--warning-wash)", outline: "1px solid var(--warning)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--code-selection)" },
  ".cm-panels": { color: "var(--ink)", backgroundColor: "var(--sunken)", fontFamily: "var(--sans)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "8px 32px 8px 10px" },
  ".cm-panel.cm-search label": { fontSize: "var(--text-xs)", whiteSpace: "nowrap" },
  ".cm-textfield": {
    padding: "4px 8px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-s)",
    backgroundColor: "var(--surface)",
    fontSize: "var(--text-xs)",
  },
  ".cm-button": {
    padding: "4px 10px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-s)",
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    fontSize: "var(--text-xs)",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius-s)",
    backgroundColor: "var(--surface)",
    color: "var(--ink)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: "var(--text-xs)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--danger)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--danger) 1px",
    textUnderlineOffset: "0.25em",
  },
  ".cm-foldPlaceholder": { border: "0", backgroundColor: "var(--sunken)", color: "var(--ink-faint)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.self], color: "var(--code-number)" },
  { tag: [tags.comment], color: "var(--code-comment)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.className, tags.typeName],
    color: "var(--code-name)",
  },
  { tag: [tags.definition(tags.function(tags.variableName))], color: "var(--code-name)", fontWeight: "600" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

export const theme = [chrome, syntaxHighlighting(colours)];
