import { Suspense, useLayoutEffect } from "react";
import { Route, Switch, useLocation } from "wouter";
import { Skeleton } from "@/shared/design/Skeleton";
import { FailureBoundary } from "./Failure";
import { Footer, isTool } from "./Footer";
import { NotFound } from "./NotFound";
import styles from "./Pages.module.css";
import { ROUTES } from "./routes";

/** The page of the address. A failure is that page's: the next address begins anew. */
export function Pages() {
  const [path] = useLocation();
  useLayoutEffect(() => {
    // Back and forward are left to the browser, which knows where the page was.
    if (!goingBack) scrollTo(0, 0);
    goingBack = false;
  }, [path]);
  return (
    <FailureBoundary key={path}>
      <Suspense fallback={<Coming />}>
        <Switch>
          {ROUTES.map(([route, Page]) => (
            <Route key={route} path={route} component={Page} />
          ))}
          <Route component={NotFound} />
        </Switch>
        {!isTool(path) && <Footer />}
      </Suspense>
    </FailureBoundary>
  );
}

let goingBack = false;
addEventListener("popstate", () => {
  goingBack = true;
});

/** Of a page that is on its way. */
function Coming() {
  return (
    <div className={styles.coming} role="status">
      <span className="visually-hidden">Loading the page</span>
      <Skeleton width="min(24rem, 70%)" height="2.25rem" />
      <Skeleton width="min(36rem, 90%)" />
      <Skeleton width="min(32rem, 80%)" />
    </div>
  );
}
