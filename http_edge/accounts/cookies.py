"""The session's cookie: out of reach of scripts, sent to this site only, and from pages of others only by links."""

from datetime import timedelta


class SessionCookie:
    """Its name and attributes. `secure` binds it to https and, by its name, to this very host."""

    def __init__(self, secure: bool) -> None:
        self.name = "__Host-codeportal_session" if secure else "codeportal_session"
        self._attributes = "HttpOnly; SameSite=Lax; Path=/" + ("; Secure" if secure else "")

    def set(self, token: str, life: timedelta) -> dict[str, str]:
        """The header that gives a browser its session."""
        return {"Set-Cookie": f"{self.name}={token}; Max-Age={int(life.total_seconds())}; {self._attributes}"}

    def clear(self) -> dict[str, str]:
        """The header that takes it away; a page's scripts cannot."""
        return {"Set-Cookie": f"{self.name}=; Max-Age=0; {self._attributes}"}
