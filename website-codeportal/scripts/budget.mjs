// What a first visit loads of each page, compressed, before the editor: at most 200 KB, else the build fails.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 200_000; // bytes, by gzip, which every client takes
const PAGES = "src/app/routes.tsx"; // the module whose lazy imports are the pages
const EDITOR = /\/editor\//;

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const entry = manifest["index.html"];
const fonts = [...readFileSync("dist/index.html", "utf8").matchAll(/href="\/(assets\/[^"]+\.woff2)"/g)].map(
  (m) => m[1],
);
const fixed = ["index.html", "theme.js", "favicon.svg", ...fonts];

function size(file) {
  const path = join("dist", file);
  if (!existsSync(path)) throw new Error(`${path} is named by the build and not there`);
  return file.endsWith(".woff2") ? statSync(path).size : gzipSync(readFileSync(path)).length;
}

function withImports(chunk, found = new Set()) {
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const name of chunk.imports ?? []) withImports(manifest[name], found);
  return found;
}

const pages = (entry.dynamicImports ?? []).filter((name) => !EDITOR.test(name));
if (pages.length === 0) throw new Error(`no page found: does ${PAGES} still import them lazily?`);
let worst = 0;
for (const page of pages) {
  const files = new Set([...fixed, ...withImports(entry), ...withImports(manifest[page])]);
  if ([...files].some((file) => /codemirror/i.test(file))) throw new Error(`${page} loads the editor at once`);
  const bytes = [...files].map(size).reduce((sum, each) => sum + each, 0);
  worst = Math.max(worst, bytes);
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${page}`);
}
if (worst > LIMIT) {
  console.error(`a first visit loads up to ${worst} bytes; at most ${LIMIT}`);
  process.exit(1);
}
