import { Dialog } from "@/shared/design/Dialog";
import { LoginForm } from "./forms/LoginForm";

/** Signing in without leaving the page. */
export function SignInDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  return (
    <Dialog title="Sign in" onClose={onClose}>
      <LoginForm onDone={onDone} />
    </Dialog>
  );
}
