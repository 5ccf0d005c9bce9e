import { ButtonLink } from "@/shared/design/Button";
import styles from "./Hero.module.css";
import { TryIt } from "./TryIt";

export function Hero() {
  return (
    <section className={styles.hero} aria-labelledby="hero">
      <div className={styles.words}>
        <h1 id="hero" className={styles.title}>
          Run code you have no reason to trust.
        </h1>
        <p className={styles.lead}>
          Send a program over HTTP. It runs in a container that was already waiting, without a network and without
          rights, and you watch its output as it is written. This one is real: press Run.
        </p>
        <p className={styles.ways}>
          <ButtonLink to="/play" kind="primary">
            Open the playground
          </ButtonLink>
          <ButtonLink to="/docs">Read the API</ButtonLink>
        </p>
      </div>
      <TryIt />
    </section>
  );
}
