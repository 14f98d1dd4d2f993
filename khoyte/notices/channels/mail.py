"""E-mail by a relay. A repeat has the same Message-ID, by which mail stores know it."""

import smtplib

from django.core.mail import EmailMessage, get_connection

from khoyte.notices.channels import ACCEPTED, AGAIN, REFUSED, Message, Outcome
from khoyte.notices.ways import Relay

SECONDS = 15.0


class Mail:
    has_receipts = False

    def __init__(self, relay: Relay, seconds: float = SECONDS):
        self.relay, self.seconds = relay, seconds

    def send(self, message: Message) -> Outcome:
        try:
            self._post(message)
        except smtplib.SMTPRecipientsRefused as refused:
            return _by_code(max(code for code, _ in refused.recipients.values()))
        except smtplib.SMTPResponseException as answered:
            return _by_code(answered.smtp_code)
        except (smtplib.SMTPException, OSError) as broken:
            return Outcome(AGAIN, None, "timeout" if isinstance(broken, TimeoutError) else "connection")
        return Outcome(ACCEPTED, 250)

    def _post(self, message: Message) -> None:
        relay = self.relay
        connection = get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password(),
            use_tls=relay.security == "smtp+starttls",
            use_ssl=relay.security == "smtps",
            timeout=self.seconds,
        )
        headers = {
            "Message-ID": f"<{message.id}@{relay.sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        }
        EmailMessage(
            message.title, message.body, relay.sender, [message.to], headers=headers, connection=connection
        ).send()

    def ask(self, id: str) -> Outcome:
        """A relay gives no receipts."""
        return Outcome(ACCEPTED)


def _by_code(code: int) -> Outcome:
    """5xx at the recipient is final (RFC 5321, 4.2.1); so is nothing else: a relay may be set up wrongly."""
    return Outcome(REFUSED if code in (550, 551, 553) else AGAIN, code, f"smtp-{code}")
