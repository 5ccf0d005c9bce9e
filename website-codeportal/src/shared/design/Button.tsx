import type { ComponentProps, ReactNode } from "react";
import { Link } from "wouter";
import styles from "./Button.module.css";
import { classes } from "./classes";

type Kind = "primary" | "secondary" | "quiet" | "danger";

interface Look {
  kind?: Kind;
  small?: boolean;
}

function look({ kind = "secondary", small = false }: Look, more?: string): string {
  return classes(styles.button, styles[kind], small && styles.small, more);
}

export function Button({ kind, small, className, ...rest }: ComponentProps<"button"> & Look) {
  return (
    <button type="button" {...rest} className={look({ ...(kind && { kind }), ...(small && { small }) }, className)} />
  );
}

interface LinkProps extends Look {
  to: string;
  className?: string;
  children: ReactNode;
}

export function ButtonLink({ kind, small, className, ...rest }: LinkProps) {
  return <Link {...rest} className={look({ ...(kind && { kind }), ...(small && { small }) }, className)} />;
}

/** A shortcut, told beside what it does. */
export function Shortcut({ children }: { children: ReactNode }) {
  return (
    <span className={styles.key} aria-hidden="true">
      {children}
    </span>
  );
}
