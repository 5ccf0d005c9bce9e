import { useEffect, useRef, type ReactNode } from "react";
import { classes } from "@/shared/design/classes";
import styles from "./Page.module.css";

interface Props {
  /** Of the document; the page's own heading may say more. */
  title: string;
  children: ReactNode;
  /** `column`: text and forms; `wide`: the page's whole width; `full`: edge to edge. */
  width?: "column" | "wide" | "full";
  className?: string | undefined;
}

let first = true;

/** What a page is in: the document's title, and the focus where a new page begins, for those who hear it. */
export function Page({ title, children, width = "wide", className }: Props) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = title === "CodePortal" ? title : `${title} · CodePortal`;
  }, [title]);
  useEffect(() => {
    if (!first) main.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return (
    <main ref={main} id="main" tabIndex={-1} className={classes(styles.page, styles[width], className)}>
      {children}
    </main>
  );
}
