"""Mail by SMTP (RFC 5321): one message, encrypted on its way whenever the server offers it."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from api.service import Service
from event.told.channels import mailbox_of
from event.told.queue import FAILED, SENT, WAITING, Message, Outcome
from event.told.wording import wording_of

TIMEOUT = 20
"""Seconds for which a silent server is waited for."""


def deliver(service: Service, one: Message) -> Outcome:
    """Try to mail a message; return what became of it."""
    settings = service.settings
    with service.db.read() as db:
        to = mailbox_of(db, one.attendee_id or 0)
        words = wording_of(db, one.epoch, one.seq).words(one.numbers, one.language)
    if not to:
        return Outcome(FAILED, "no-consent")
    try:
        letter = written(
            words, sender=settings.sender, to=to, language=one.language, key=one.key, at=one.at
        )
        return send(settings.smtp, letter)
    except ValueError:
        return Outcome(FAILED, "no-address")


def written(
    words: tuple[str, str], *, sender: str, to: str, language: str, key: str, at: float
) -> EmailMessage:
    """Return a mail; the same `key` gives it the same Message-ID, however often it is sent."""
    title, body = words
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = " ".join(title.split())
    mail["Date"] = formatdate(at)
    mail["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body)
    if language:
        mail["Content-Language"] = language
    return mail


def send(address: str, mail: EmailMessage) -> Outcome:
    """Hand a mail to the server at `address`; return what became of it, and why.

    The reason is a reply code or the name of an error: a server's own words may name people.
    """
    try:
        _send(address, mail)
    except smtplib.SMTPRecipientsRefused as refused:
        return _outcome(next(iter(refused.recipients.values()))[0])
    except smtplib.SMTPResponseException as answer:
        return _outcome(answer.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(WAITING, type(error).__name__)
    return Outcome(SENT)


def _send(address: str, mail: EmailMessage) -> None:
    parts = urlsplit(address)
    host, context = parts.hostname or "", ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    with server:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme == "smtp" and parts.username:
            raise smtplib.SMTPNotSupportedError("A password is not sent where all can read it.")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def _outcome(code: int) -> Outcome:
    """Return what a reply code means (RFC 5321, section 4.2.1): 5xx is for good."""
    return Outcome(FAILED if code >= 500 else WAITING, str(code))
