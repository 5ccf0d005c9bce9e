import { useState } from "react";
import { Button } from "@/shared/design/Button";
import { MoonIcon, SunIcon } from "@/shared/site/icons";

type Theme = "light" | "dark";

const KEY = "codeportal.theme"; // public/theme.js reads it before the first paint

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(current);
  const other: Theme = theme === "light" ? "dark" : "light";
  const change = () => {
    document.documentElement.dataset.theme = other;
    try {
      localStorage.setItem(KEY, other);
    } catch {
      // Where storage is forbidden the choice holds until the page is left.
    }
    setTheme(other);
  };
  return (
    <Button kind="quiet" onClick={change} aria-label={`Switch to ${other} colours`}>
      {theme === "light" ? <MoonIcon /> : <SunIcon />}
    </Button>
  );
}
