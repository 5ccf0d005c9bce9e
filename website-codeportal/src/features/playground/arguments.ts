/** Arguments as people type them: words, with quotes around those that hold spaces. No shell: nothing is expanded. */
export function splitArguments(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"?|'[^']*'?)+/g))
    words.push(unquote(match[0]));
  return words;
}

function unquote(word: string): string {
  return word.replace(
    /\\([^])|"((?:[^"\\]|\\[^])*)"?|'([^']*)'?/g,
    (_, plain?: string, double?: string, single?: string) => plain ?? double?.replace(/\\([^])/g, "$1") ?? single ?? "",
  );
}

/** The text that `splitArguments` cuts into these words. */
export function joinArguments(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`)).join(" ");
}
