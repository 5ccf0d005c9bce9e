import type { LanguageSupport } from "@codemirror/language";

/** Grammars are loaded when a language is chosen. Languages without one are edited as plain text. */
const GRAMMARS: Readonly<Record<string, () => Promise<LanguageSupport>>> = {
  python: async () => (await import("@codemirror/lang-python")).python(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript(),
  typescript: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  go: async () => (await import("@codemirror/lang-go")).go(),
};

export async function grammarOf(language: string): Promise<LanguageSupport | null> {
  return (await GRAMMARS[language]?.()) ?? null;
}

/** How a level of indentation is written, by convention of the language. */
export function indentOf(language: string): string {
  if (language === "go") return "\t";
  return language === "python" ? "    " : "  ";
}
