import { useState, useSyncExternalStore } from "react";
import { Button } from "@/shared/design/Button";
import { MoonIcon, SunIcon } from "@/shared/site/icons";

type Theme = "light" | "dark";

const KEY = "codeportal.theme"; // public/theme.js reads it before the first paint

const DARK = "(prefers-color-scheme: dark)";

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia(DARK).matches ? "dark" : "light";
}

/** The system's colours change while a page is open, too: at sunset, for one. */
function onChange(tell: () => void): () => void {
  const system = matchMedia(DARK);
  system.addEventListener("change", tell);
  return () => {
    system.removeEventListener("change", tell);
  };
}

export function ThemeSwitch() {
  const [, setChosen] = useState<Theme | null>(null);
  const theme = useSyncExternalStore(onChange, current);
  const other: Theme = theme === "light" ? "dark" : "light";
  const change = () => {
    document.documentElement.dataset.theme = other;
    try {
      localStorage.setItem(KEY, other);
    } catch {
      // Where storage is forbidden the choice holds until the page is left.
    }
    setChosen(other);
  };
  return (
    <Button kind="quiet" onClick={change} aria-label={`Switch to ${other} colours`}>
      {theme === "light" ? <MoonIcon /> : <SunIcon />}
    </Button>
  );
}
