import { ButtonLink } from "@/shared/design/Button";
import { useVisitor } from "@/shared/session/useAccount";
import { Page } from "@/shared/site/Page";
import styles from "./Plans.module.css";
import { amount, cpuTime, PLANS, type Plan } from "./plans";

const ABOUT: Readonly<Record<string, string>> = {
  free: "For trying things out, and small tools of your own.",
  pro: "For a course, a judge or a product with people behind it.",
  unlimited: "For who runs the server, and trusts whom it gives this.",
};

export function Plans() {
  const visitor = useVisitor();
  const own = visitor.kind === "account" ? visitor.account.plan : null;
  return (
    <Page title="Plans">
      <div className={styles.intro}>
        <h1>Plans share a machine fairly</h1>
        <p>
          CodePortal is free software on a machine of yours, so nothing here has a price. A plan says how much of the
          machine an account may use. These are the defaults of a fresh installation; <code>PLANS</code> changes them,
          and an administrator gives them.
        </p>
      </div>
      <div className={styles.plans}>
        {PLANS.map((plan) => (
          <PlanView key={plan.name} plan={plan} own={plan.name === own} />
        ))}
      </div>
      <div className={styles.fair}>
        <h2>What every plan has</h2>
        <ul>
          <li>All languages, live output, history, shared links and API keys.</li>
          <li>
            Turns: one account with thousands of jobs waiting does not keep another’s first one waiting behind them.
          </li>
          <li>
            Refusals that say when to come back: <code>429</code> with <code>Retry-After</code>, and{" "}
            <code>RateLimit</code> fields on the way there.
          </li>
        </ul>
        {visitor.kind === "anonymous" && (
          <p>
            <ButtonLink to="/register" kind="primary">
              Make an account
            </ButtonLink>
          </p>
        )}
      </div>
    </Page>
  );
}

function PlanView({ plan, own }: { plan: Plan; own: boolean }) {
  return (
    <section className={styles.plan} aria-label={plan.name} data-own={own || undefined}>
      <h2>
        {plan.name} {own && <span>yours</span>}
      </h2>
      <p>{ABOUT[plan.name]}</p>
      <dl>
        <div>
          <dt>requests a minute</dt>
          <dd>{amount(plan.requests_per_minute)}</dd>
        </div>
        <div>
          <dt>jobs at once</dt>
          <dd>{amount(plan.concurrent_jobs)}</dd>
        </div>
        <div>
          <dt>CPU time a day</dt>
          <dd>{cpuTime(plan.cpu_seconds_per_day)}</dd>
        </div>
      </dl>
    </section>
  );
}
