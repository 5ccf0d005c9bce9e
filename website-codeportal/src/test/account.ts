import type { Account } from "@/shared/api/accounts";

/** An account as the service answers it. */
export const ADA: Account = {
  id: "a",
  email: "ada@example.com",
  display_name: "Ada",
  email_verified: true,
  plan: "free",
  admin: false,
  created_at: "2026-01-01T00:00:00Z",
};
