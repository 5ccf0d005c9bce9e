"""Mails: over a real SMTP server, later when it is away, and into the log in development."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from structlog.testing import capture_logs

from http_edge.accounts.deliverer import FIRST_PAUSE, LONGEST_PAUSE, Deliverer, pause_after
from http_edge.accounts.letters import Letter
from http_edge.accounts.mailing import GIVE_UP
from http_edge.accounts.post import LogPost, NotSentError, RefusedError, SmtpPost, smtp_settings
from streams.env import Env
from tests.conftest import free_port
from tests.integration.accounts.world import PASSWORD, World, done, token_in

ALICE = "alice@example.com"
LETTER = Letter("ünïcode@example.com", "Grüße", "Zeile eins\n.\nhttp://edge/verify?token=abc\n")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
USER, SECRET = "portal", "p:w@rd"


@dataclass
class MailServer:
    """A real SMTP server on loopback. `answers` are given to RCPT before it takes anything."""

    port: int
    taken: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, _: SMTP, __: Any, envelope: Envelope, address: str, ___: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Any, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"

    def authenticate(self, _: SMTP, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
        del mechanism
        self.logins.append(data.login + b" " + data.password)
        right = (data.login, data.password) == (USER.encode(), SECRET.encode())
        return AuthResult(success=right, handled=right)

    def settings(
        self, scheme: str = "smtp+insecure", user: str = "", sender: str = "Portal <portal@example.com>"
    ) -> Any:
        url = f"{scheme}://{user}localhost:{self.port}"
        return smtp_settings(Env({"SMTP_URL": url, "MAIL_FROM": sender}))


@contextmanager
def mail_server(port: int = 0, tls: ssl.SSLContext | None = None, *, ascii_only: bool = False) -> Iterator[MailServer]:
    server = MailServer(port or free_port())
    options: dict[str, Any] = {}
    if tls is not None:
        options = {"tls_context": tls, "require_starttls": True}
        options |= {"auth_required": True, "authenticator": server.authenticate}
    controller = Controller(server, "127.0.0.1", server.port, enable_SMTPUTF8=not ascii_only, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, with its key, that nobody but the test trusts."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-keyout", path, "-out", path.with_suffix(".crt"))
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost", *files], check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


async def test_a_letter_arrives_as_it_was_written() -> None:
    with mail_server() as server:
        await SmtpPost(server.settings()).send(LETTER, NOW)
        (envelope,) = server.taken
    assert envelope.rcpt_tos == [LETTER.recipient]
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert (message["From"], message["Subject"]) == ("Portal <portal@example.com>", "Grüße")
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


async def test_the_password_goes_over_tls_only(certificate: Path) -> None:
    """STARTTLS with a certificate that is checked, then the login; an unknown certificate sends nothing."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))
    with mail_server(tls=tls) as server:
        settings = server.settings("smtp", "portal:p%3Aw%40rd@")
        with pytest.raises(NotSentError, match="certificate"):
            await SmtpPost(settings).send(LETTER, NOW)
        assert server.logins == []
        await SmtpPost(settings, trusting).send(LETTER, NOW)
        assert server.logins == [f"{USER} {SECRET}".encode()]
        assert len(server.taken) == 1
        with pytest.raises(NotSentError, match="535"):
            await SmtpPost(server.settings("smtp", "portal:wrong@"), trusting).send(LETTER, NOW)


async def test_a_server_without_starttls_gets_nothing() -> None:
    with mail_server() as server, pytest.raises(NotSentError):
        await SmtpPost(server.settings("smtp")).send(LETTER, NOW)
    assert server.taken == []


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [("451 later", NotSentError), ("421 busy", NotSentError), ("550 no such user", RefusedError)],
)
async def test_what_the_server_says_decides_whether_to_try_again(answer: str, refusal: type[Exception]) -> None:
    with mail_server() as server:
        server.answers = [answer]
        with pytest.raises(refusal, match=answer[:3]):
            await SmtpPost(server.settings()).send(LETTER, NOW)


async def test_an_international_domain_is_known_to_every_mail_server() -> None:
    """Of whom the mail is for and of whom it is from, in its envelope and in what it says."""
    with mail_server(ascii_only=True) as server:
        settings = server.settings(sender="Pörtal <portal@bücher.example>")
        await SmtpPost(settings).send(Letter("a@müller.example", "Grüße", "Text\n"), NOW)
        (envelope,) = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("portal@xn--bcher-kva.example", ["a@xn--mller-kva.example"])
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert (message["From"], message["To"]) == ("Pörtal <portal@xn--bcher-kva.example>", "a@xn--mller-kva.example")
    assert message["Message-ID"].endswith("@xn--bcher-kva.example>")


async def test_an_address_that_the_server_cannot_spell_is_given_up(quiet_world: World) -> None:
    """It would be tried in vain for days; where our own address is the fault, mails wait until that is put right."""
    with mail_server(ascii_only=True) as server:
        post = SmtpPost(server.settings())
        with pytest.raises(RefusedError, match="SMTPUTF8"):
            await post.send(LETTER, NOW)
        ours = server.settings(sender="pörtal@example.com")
        with pytest.raises(NotSentError, match="SMTPUTF8"):
            await SmtpPost(ours).send(Letter(ALICE, "Subject", "Text\n"), NOW)
        await register(quiet_world, "älice@example.com")
        assert await Deliverer(quiet_world.service.outbox, post, quiet_world.clock, "http://edge").deliver_one()
    assert server.taken == []
    assert waiting(quiet_world) == ""


async def test_no_server_is_no_end() -> None:
    with pytest.raises(NotSentError):
        await SmtpPost(MailServer(free_port()).settings()).send(LETTER, NOW)


def test_pauses_grow_and_stay_bearable() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 60)]
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


async def register(world: World, email: str = ALICE) -> None:
    wanted = {"email": email, "password": PASSWORD, "display_name": "Alice"}
    done(await world.somebody().ask("POST", "/v1/accounts", wanted), 202)


def waiting(world: World) -> str:
    return world.database.psql("SELECT kind, attempts FROM accounts.outbox")


async def test_a_dead_mail_server_loses_nothing(quiet_world: World) -> None:
    """The mail waits in the outbox, without a token in it, and goes when the server is back."""
    world, port = quiet_world, free_port()
    await register(world)
    deliverer = Deliverer(world.service.outbox, SmtpPost(MailServer(port).settings()), world.clock, "http://edge")
    assert await deliverer.deliver_one()
    assert waiting(world) == "verify|1"
    assert not await deliverer.deliver_one()  # not at once again
    with mail_server(port) as server:
        server.answers = ["451 later"]
        world.clock.later += FIRST_PAUSE
        assert await deliverer.deliver_one()
        assert waiting(world) == "verify|2"
        world.clock.later += 2 * FIRST_PAUSE
        assert await deliverer.deliver_one()
        assert waiting(world) == ""
        (envelope,) = server.taken
    assert isinstance(envelope.content, bytes)
    token = token_in(message_from_bytes(envelope.content, policy=policy.default).get_content())
    done(await world.somebody().ask("POST", "/v1/account/verification", {"token": token}), 204)


async def test_a_deliverer_that_dies_loses_nothing(quiet_world: World) -> None:
    """Its mail is another's after the lease."""
    world = quiet_world
    await register(world)

    class Dies:
        async def send(self, letter: Letter, at: datetime) -> None:
            del letter, at
            raise asyncio.CancelledError

    dying = Deliverer(world.service.outbox, Dies(), world.clock, "http://edge")
    with pytest.raises(asyncio.CancelledError):
        await dying.deliver_one()
    heir = Deliverer(world.service.outbox, world.post, world.clock, "http://edge")
    assert not await heir.deliver_one()
    world.clock.later += timedelta(seconds=61)
    assert await heir.deliver_one()
    await world.post.token(ALICE)


async def test_a_recipient_that_does_not_exist_is_given_up(quiet_world: World) -> None:
    with mail_server() as server:
        server.answers = ["550 no such user"]
        await register(quiet_world)
        post = SmtpPost(server.settings())
        assert await Deliverer(quiet_world.service.outbox, post, quiet_world.clock, "http://edge").deliver_one()
    assert waiting(quiet_world) == ""


async def test_a_mail_nobody_waits_for_any_more_is_forgotten(quiet_world: World) -> None:
    await register(quiet_world)
    await quiet_world.service.outbox.purge(quiet_world.clock.now() + GIVE_UP - timedelta(minutes=1))
    assert waiting(quiet_world) == "verify|0"
    await quiet_world.service.outbox.purge(quiet_world.clock.now() + GIVE_UP)
    assert waiting(quiet_world) == ""


async def test_in_development_the_log_has_the_mail_and_nothing_else_has_the_token(quiet_world: World) -> None:
    world = quiet_world
    with capture_logs() as lines:
        await register(world)
        await Deliverer(world.service.outbox, LogPost(), world.clock, "http://edge").deliver_one()
        (mail,) = [line for line in lines if line["event"] == "mail"]
        token = token_in(mail["text"])
        done(await world.somebody().ask("POST", "/v1/account/verification", {"token": token}), 204)
        done(await world.somebody().log_in(PASSWORD, ALICE), 201)
    assert mail["to"] == ALICE
    others = str([line for line in lines if line is not mail])
    assert "verification" in others
    assert token not in others
    assert PASSWORD not in others
    assert ALICE not in others
