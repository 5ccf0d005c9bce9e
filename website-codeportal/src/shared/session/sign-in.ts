/** Asking, from anywhere, for the visitor to sign in without leaving the page: what they typed stays where it is. */

type Listener = (done: () => void) => void;

let listener: Listener | null = null;

/** The app, which has the dialog, listens; returns what ends that. */
export function onSignInWanted(take: Listener): () => void {
  listener = take;
  return () => {
    listener = null;
  };
}

/** Opens the dialog; `done` is called when somebody has signed in. */
export function wantSignIn(done: () => void = () => undefined): void {
  listener?.(done);
}
