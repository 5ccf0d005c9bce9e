import { accountSchema } from "@/shared/api/accounts";
import { command, request } from "@/shared/api/client";
import { z } from "@/shared/api/zod";

export const sessionSchema = z.object({
  id: z.string(),
  created_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
  user_agent: z.string(),
  address: z.string(),
  current: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

export const SCOPES = ["execute", "read", "account"] as const;
const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

export const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(scopeSchema),
  created_at: z.string(),
  expires_at: z.nullable(z.string()),
  last_used_at: z.nullable(z.string()),
});
export type Key = z.infer<typeof keySchema>;

const newKeySchema = z.extend(keySchema, { key: z.string() });
export type NewKey = z.infer<typeof newKeySchema>;

const detailSchema = z.object({ detail: z.string() });
const loggedInSchema = z.object({ account: accountSchema });

/** The type of the refusal of the right password for an address that nobody has verified. */
export const NOT_VERIFIED = "urn:codeportal:email-not-verified";

export function register(body: { email: string; password: string; display_name: string }) {
  return request("/v1/accounts", detailSchema, { method: "POST", body });
}

export function verify(token: string) {
  return command("/v1/account/verification", { method: "POST", body: { token } });
}

export function sendVerification(email: string) {
  return command("/v1/account/verification/requests", { method: "POST", body: { email } });
}

export async function logIn(body: { email: string; password: string }) {
  return (await request("/v1/sessions", loggedInSchema, { method: "POST", body })).account;
}

export function logOut() {
  return command("/v1/sessions/current", { method: "DELETE" });
}

export const SESSIONS_KEY = ["sessions"] as const;

export async function sessions(signal?: AbortSignal) {
  return (await request("/v1/sessions", z.object({ sessions: z.array(sessionSchema) }), { signal })).sessions;
}

export function endSession(id: string) {
  return command(`/v1/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export function endOtherSessions() {
  return command("/v1/sessions", { method: "DELETE" });
}

export function rename(display_name: string) {
  return request("/v1/account", accountSchema, { method: "PATCH", body: { display_name } });
}

export function deleteAccount(password: string) {
  return command("/v1/account", { method: "DELETE", body: { password } });
}

export function requestReset(email: string) {
  return command("/v1/account/password/resets", { method: "POST", body: { email } });
}

export function changePassword(
  body: { current_password: string; new_password: string } | { token: string; new_password: string },
) {
  return command("/v1/account/password", { method: "PUT", body });
}

export async function keys(signal?: AbortSignal) {
  return (await request("/v1/account/keys", z.object({ keys: z.array(keySchema) }), { signal })).keys;
}

export function createKey(body: { name: string; scopes: readonly Scope[]; expires_at?: string }) {
  return request("/v1/account/keys", newKeySchema, { method: "POST", body });
}

export function revokeKey(id: string) {
  return command(`/v1/account/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
}

export const usageSchema = z.object({
  plan: z.object({
    name: z.string(),
    requests_per_minute: z.nullable(z.number()),
    concurrent_jobs: z.nullable(z.number()),
    cpu_seconds_per_day: z.nullable(z.number()),
  }),
  days: z.array(z.object({ date: z.string(), language: z.string(), jobs: z.number(), cpu_seconds: z.number() })),
});
export type Usage = z.infer<typeof usageSchema>;

export function usage(from: string, to: string, signal?: AbortSignal) {
  return request(`/v1/account/usage?from=${from}&to=${to}`, usageSchema, { signal });
}
