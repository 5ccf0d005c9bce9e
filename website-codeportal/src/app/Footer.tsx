import { Link } from "wouter";
import styles from "./Shell.module.css";

/** Tools take the whole window; they have no footer and as much width as there is. */
export function isTool(path: string): boolean {
  return path === "/play" || path.startsWith("/s/");
}

/** It comes with its page, so that it is nowhere before it is known where the page ends. */
export function Footer() {
  return (
    <footer className={styles.footer}>
      <div className={styles.bar}>
        <span>CodePortal, the Code Sandbox API. Apache 2.0.</span>
        <Link to="/docs">Docs</Link>
        <a href="/openapi.json">OpenAPI</a>
        <Link to="/status">Status</Link>
      </div>
    </footer>
  );
}
