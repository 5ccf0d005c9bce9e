import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { explain } from "@/shared/api/problem";
import { Button, ButtonLink } from "@/shared/design/Button";
import { classes } from "@/shared/design/classes";
import { useVisitor } from "@/shared/session/useAccount";
import { Logo } from "@/shared/site/Logo";
import { CloseIcon, MenuIcon } from "@/shared/site/icons";
import { isTool } from "./Footer";
import styles from "./Shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";

const PAGES = [
  ["/play", "Playground"],
  ["/docs", "Docs"],
  ["/pricing", "Plans"],
  ["/status", "Status"],
] as const;
const OPERATIONS = ["/ops", "Operations"] as const;

export function Shell({ children }: { children: ReactNode }) {
  const [pathname] = useLocation();
  const tool = isTool(pathname);
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      {/* A new page begins with its menu closed. */}
      <Header key={pathname} path={pathname} wide={tool} />
      {children}
    </>
  );
}

function Header({ path, wide }: { path: string; wide: boolean }) {
  const [open, setOpen] = useState(false);
  const visitor = useVisitor();
  const admin = visitor.kind === "account" && visitor.account.admin;
  return (
    <header className={styles.header}>
      <div className={classes(styles.bar, wide && styles.wide)}>
        <Link to="/" className={styles.brand}>
          <Logo />
          CodePortal
        </Link>
        <nav id="nav" className={styles.nav} aria-label="Main" data-open={open}>
          {(admin ? [...PAGES, OPERATIONS] : PAGES).map(([to, name]) => (
            <Link key={to} to={to} className={styles.link} aria-current={to === path ? "page" : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <div className={styles.end}>
          <ThemeSwitch />
          <Who />
          <Button
            kind="quiet"
            className={styles.menu}
            aria-expanded={open}
            aria-controls="nav"
            aria-label={open ? "Close the menu" : "Open the menu"}
            onClick={() => {
              setOpen(!open);
            }}
          >
            {open ? <CloseIcon /> : <MenuIcon />}
          </Button>
        </div>
      </div>
    </header>
  );
}

/** The place is kept while it is not known who looks. */
function Who() {
  const visitor = useVisitor();
  return (
    <div className={styles.who}>
      {visitor.kind === "account" && (
        <ButtonLink to="/account" kind="secondary">
          <span className={styles.name}>{visitor.account.display_name || visitor.account.email}</span>
        </ButtonLink>
      )}
      {visitor.kind === "anonymous" && (
        <ButtonLink to="/login" kind="secondary">
          Sign in
        </ButtonLink>
      )}
      {visitor.kind === "unreachable" && (
        <>
          <span className={styles.unreached}>Account not reached</span>
          <Button small title={explain(visitor.error)} aria-label="Retry account" onClick={visitor.retry}>
            <span>
              Retry<span className={styles.what}> account</span>
            </span>
          </Button>
        </>
      )}
    </div>
  );
}
