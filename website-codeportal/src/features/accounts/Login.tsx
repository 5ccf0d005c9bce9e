import { Link, useLocation } from "wouter";
import { Page } from "@/shared/site/Page";
import { LoginForm } from "./forms/LoginForm";
import styles from "./forms/forms.module.css";

export function Login() {
  const [, navigate] = useLocation();
  return (
    <Page title="Sign in" width="column" className={styles.page}>
      <h1>Sign in</h1>
      <LoginForm
        onDone={() => {
          navigate("/play");
        }}
      />
      <p className={styles.aside}>
        No account yet? <Link to="/register">Make one</Link>
      </p>
    </Page>
  );
}
