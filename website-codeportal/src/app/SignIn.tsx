import { lazy, Suspense, useEffect, useState } from "react";
import { useLocation } from "wouter";
import { onSignInWanted } from "@/shared/session/sign-in";

const SignInDialog = lazy(async () => ({ default: (await import("@/features/accounts/SignInDialog")).SignInDialog }));

/** The dialog for whoever, anywhere, wants the visitor to sign in. A new page, as one of its links opens, begins without. */
export function SignIn() {
  const [path] = useLocation();
  return <WhenWanted key={path} />;
}

function WhenWanted() {
  const [wanted, setWanted] = useState<{ done: () => void } | null>(null);
  useEffect(
    () =>
      onSignInWanted((done) => {
        setWanted({ done });
      }),
    [],
  );
  if (wanted === null) return null;
  return (
    <Suspense>
      <SignInDialog
        onDone={() => {
          setWanted(null);
          wanted.done();
        }}
        onClose={() => {
          setWanted(null);
        }}
      />
    </Suspense>
  );
}
