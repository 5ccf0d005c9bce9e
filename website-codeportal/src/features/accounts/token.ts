import { useEffect, useState } from "react";

/**
 * As `takeToken`, for a component that shows something else without one: rendering may begin more than once.
 * And what forgets it, as the address already has.
 */
export function useToken(): readonly [token: string, forget: () => void] {
  const [token, setToken] = useState(() => new URLSearchParams(location.search).get("token") ?? "");
  useEffect(() => {
    takeToken();
  }, []);
  return [
    token,
    () => {
      setToken("");
    },
  ];
}

/** The token of a letter's link, taken out of the address bar and with it out of the browser's history. */
export function takeToken(): string {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  if (token !== "") history.replaceState(history.state, "", location.pathname);
  return token;
}
