import { lazy, type ComponentType } from "react";

/** A page, loaded when it is first shown. */
function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

export const ROUTES: readonly (readonly [path: string, Page: ComponentType])[] = [
  ["/", page(() => import("@/features/home/Home"), "Home")],
  ["/play", page(() => import("@/features/playground/Playground"), "Playground")],
  ["/s/:token", page(() => import("@/features/playground/SharedJob"), "SharedJob")],
  ["/docs", page(() => import("@/features/docs/Docs"), "Docs")],
  ["/pricing", page(() => import("@/features/plans/Plans"), "Plans")],
  ["/status", page(() => import("@/features/status/Status"), "Status")],
  ["/ops", page(() => import("@/features/ops/Operations"), "Operations")],
  ["/login", page(() => import("@/features/accounts/Login"), "Login")],
  ["/register", page(() => import("@/features/accounts/Register"), "Register")],
  ["/verify", page(() => import("@/features/accounts/Verify"), "Verify")],
  ["/reset", page(() => import("@/features/accounts/Reset"), "Reset")],
  ["/account", page(() => import("@/features/accounts/account/Account"), "Account")],
];
