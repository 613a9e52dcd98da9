import smtplib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..exact import deliveries
from ..exact.errors import (
    ExactError,
    Misconfigured,
    NoAnswer,
    NotProcessed,
    Refused,
)
from . import issues

# What a file grows to in a mail: base64, and the lines that it is broken into.
GROWTH = 1.37
MEGABYTE = 1024**2


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to go, on an open connection to the mail server."""

    session: smtplib.SMTP
    sender: str
    recipients: list[str]
    message: object


class ExactPostbox(models.AbstractModel):
    """Mails files to the digital postbox of an administration (exact-api 4.6).

    By Odoo's mail servers, but not through its queue of mails: that one sends again by
    itself what failed, and a bill must not arrive twice.

    The errors are those of Exact: what was surely not sent, what was refused, and what
    nobody knows of.
    """

    _name = "exact.postbox"
    _description = "Exact Online Digital Postbox"

    def _check(self, administration) -> dict | None:
        """The issue of an administration that cannot be mailed to, without connecting.

        The sender is what Exact allows or blocks by, so it must arrive unchanged; Odoo
        sends as another where no mail server is for that address.
        """
        if not administration.postbox_email or not administration.postbox_from:
            return issues.make("postbox_missing")
        server = self._server(administration.postbox_from)
        if server is None:
            return issues.make(
                "postbox_sender_replaced", sender=administration.postbox_from
            )
        return None

    def _too_large(self, administration, size: int) -> dict | None:
        """The issue of a file that the mail server does not take.

        :param size: of the file, in bytes
        """
        server = self._server(administration.postbox_from)
        limit = server.max_email_size if server else 0
        if not limit or size * GROWTH <= limit * MEGABYTE:
            return None
        return issues.make("mail_too_large", server=server.name, size=int(limit))

    def _server(self, sender: str):
        """The mail server that sends as ``sender``; empty for that of the
        configuration file, ``None`` where there is none."""
        servers = self.env["ir.mail_server"].sudo()
        server, address = servers._find_mail_server(sender)
        if email_normalize(address) == email_normalize(sender):
            return server or servers
        # One that is for any address would do, but Odoo prefers its own sender there.
        domain = servers._find_mail_server_allowed_domain()
        for candidate in servers.search(domain, order="sequence"):
            if not candidate.from_filter:
                return candidate
        return None

    # --- ready, then go ------------------------------------------------------

    @contextmanager
    def _open(self, administration, subject: str, kind: str, content: bytes):
        """Connect to the mail server and have the mail ready; nothing is sent yet.

        :return: the letter
        :raises NotProcessed: the mail server could not be reached, or a setting of it
            is wrong (``Misconfigured``)
        """
        sender = administration.postbox_from
        session = self._connect(sender)
        try:
            servers = self.env["ir.mail_server"].sudo()
            message = servers._build_email__(
                sender,
                administration.postbox_email,
                subject,
                subject,
                headers={"Return-Path": sender},
                attachments=[
                    (
                        f"{subject}.{deliveries.EXTENSIONS[kind]}",
                        content,
                        deliveries.MIME_TYPES[kind],
                    )
                ],
            )
            prepared = servers._prepare_email_message__(message, session)
            yield Letter(session, *prepared)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                session.quit()

    def _connect(self, sender: str):
        servers = self.env["ir.mail_server"].sudo()
        server = self._server(sender)
        if server is None:
            raise Misconfigured("postbox_sender_replaced", sender=sender)
        try:
            session = servers._connect__(smtp_from=sender, mail_server_id=server.id)
        except UserError as error:
            raise Misconfigured("mail_server_missing", reason=str(error)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise Misconfigured("mail_server_login", reason=_words(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotProcessed("mail_server_unreachable", reason=str(error)) from error
        if session is None:
            raise NotProcessed("mail_server_off")
        # What Odoo would put instead of the sender for lack of a fitting server.
        session.smtp_from = sender
        return session

    def _hand_over(self, letter: Letter) -> None:
        """Give a letter to the mail server.

        :raises NotProcessed: it was surely not sent, and may go later
        :raises Refused: the mail server said no for good
        :raises NoAnswer: it may have been sent
        """
        try:
            letter.session.send_message(
                letter.message, letter.sender, letter.recipients
            )
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise self._refusal(code, words, "postbox_unknown") from error
        except smtplib.SMTPSenderRefused as error:
            raise self._refusal(
                error.smtp_code, error.smtp_error, "postbox_sender_refused"
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused("mail_refused", answer=str(error)) from error
        except smtplib.SMTPResponseException as error:
            raise self._refusal(
                error.smtp_code, error.smtp_error, "mail_refused"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NoAnswer("mail_no_answer", reason=str(error)) from error

    @staticmethod
    def _refusal(code: int, words: bytes, issue: str) -> ExactError:
        """A 4xx of SMTP is for now, a 5xx for good (RFC 5321, 4.2.1)."""
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        answer = f"{code} {text}"
        if 400 <= code < 500:
            return NotProcessed("mail_later", answer=answer)
        return Refused(issue, answer=answer)

    # --- test ----------------------------------------------------------------

    def _send_test(self, administration) -> dict | None:
        """Mail a page that says what it is; returns the issue that it met."""
        if not administration._ready():  # a copy of Odoo mails nobody
            return administration._why_not_ready()
        issue = self._check(administration)
        if issue:
            return issue
        subject = "Test of Odoo"
        try:
            with self._open(
                administration, subject, deliveries.PDF, self._test_page(administration)
            ) as letter:
                self._hand_over(letter)
        except ExactError as error:
            return issues.of_error(error)
        return None

    def _test_page(self, administration) -> bytes:
        lines = [
            self.env._("Test of the digital postbox by Odoo. This is no bill."),
            f"{administration.company_id.name} - {administration.division}",
        ]
        stream = BytesIO()
        page = Canvas(stream)
        for number, line in enumerate(lines):
            page.drawString(72, 740 - 20 * number, line)
        page.save()
        return stream.getvalue()


def _words(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
