"""The e-mails about a message, for a recipient without an account on this installation.

An e-mail names the sender, the reference and the display period, and says that the message is not in the portal's own
« Mes messages ». Texts of the sender cannot become a header, a link or HTML.
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING

from chorus_connector.domain.notifications.digest import Email, one_line, quoted, without_links

if TYPE_CHECKING:
    from chorus_connector.domain.messages.message import Message


def announcement_email(message: Message) -> Email:
    """The e-mail with a message whose display has begun."""
    return _email(
        without_links(one_line(f"{message.sender_name} : {message.title}")),
        [without_links(message.title), without_links(message.content)],
        [
            f"Annonce de {_sender(message)}, référence {message.reference}, affichée {_period(message, 0)}.",
            *_FRENCH_NOTICE,
            f"An announcement by {_sender(message)}, reference {message.reference}, displayed {_period(message, 1)}.",
            *_ENGLISH_NOTICE,
        ],
    )


def correction_email(message: Message) -> Email:
    """The e-mail that tells who got the message by e-mail that its display period changed."""
    return _email(
        without_links(one_line(f"{message.sender_name} : dates modifiées / dates changed : {message.title}")),
        [
            f"L'annonce {message.reference} {quoted(message.title)} est désormais affichée {_period(message, 0)}.",
            f"The announcement {message.reference} {quoted(message.title)} is now displayed {_period(message, 1)}.",
        ],
        [
            f"Expéditeur : {_sender(message)}.",
            *_FRENCH_NOTICE,
            f"Sender: {_sender(message)}.",
            *_ENGLISH_NOTICE,
        ],
    )


_FRENCH_NOTICE = (
    "Ce message ne vient pas de Chorus Pro et ne figure pas dans l'espace « Mes messages » du portail.",
    "On ne peut pas y répondre ; une question sur une facture se pose dans « Sollicitations », sur Chorus Pro.",
)
_ENGLISH_NOTICE = (
    "This message does not come from Chorus Pro, and it is not in the portal's own « Mes messages ».",
    "It cannot be replied to; a question on an invoice belongs to « Sollicitations », on Chorus Pro.",
)


def _sender(message: Message) -> str:
    return f"{quoted(message.sender_name)} (SIRET {message.sender_siret})"


def _period(message: Message, language: int) -> str:
    days = [_day(each, language) for each in (message.display_start, message.display_end) if each is not None]
    return ("du {} au {} inclus", "from {} to {} inclusive")[language].format(*days)


def _day(day: date, language: int) -> str:
    return day.strftime(("%d/%m/%Y", "%Y-%m-%d")[language])


def _email(subject: str, paragraphs: list[str], footer: list[str]) -> Email:
    text = "\n\n".join(paragraphs) + "\n\n--\n" + "\n".join(footer) + "\n"
    shown = "".join(f"<p>{_html(each)}</p>" for each in paragraphs)
    small = "<br>".join(map(_html, footer))
    html = (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"></head>'
        f"<body>{shown}<hr><p><small>{small}</small></p></body></html>"
    )
    return Email(subject=subject, body=text, html=html)


def _html(text: str) -> str:
    """The text as HTML that shows it and does nothing else."""
    return escape(text).replace("\n", "<br>")
