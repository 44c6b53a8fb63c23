"""The e-mail that sums up one person's notifications, in French and in English.

Text from outside (a supplier's name, a file name) is reduced to one line of printable text, so that it cannot start a
header or a line of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.paris import PARIS

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.suppliers.access import NotificationKind

LINES = 50
"""Documents listed in one e-mail; the others are only counted."""

_MAX_LINE = 80
_LINK = re.compile(r"(?i)[.。｡．](?=[^\W\d_]{2})(?!pdf\b)")
"""A dot that a mail program may take for a part of an address of the web: « evil.example », not « facture.pdf »."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

_COUNT_WORDS: dict[NotificationKind, tuple[str, str]] = {
    "waiting": ("en attente", "waiting"),
    "submitted": ("déposé(s)", "submitted"),
    "status": ("statut(s) modifié(s)", "status change(s)"),
    "webhook": ("webhook(s) suspendu(s)", "paused webhook(s)"),
    "portal": ("nouvelle(s) de l'accès à Chorus Pro", "news of the access to Chorus Pro"),
    "held": ("raison(s) de retenir des factures", "reason(s) why invoices are held"),
    "message": ("message(s) reçu(s)", "message(s) received"),
}
_WAITING_WORDS: dict[State, tuple[str, str]] = {
    State.TO_COMPLETE: ("à compléter", "to complete"),
    State.READY: ("complet, à déposer", "complete, to be submitted"),
    State.REFUSED: (
        "refusé par Chorus Pro avant dépôt, à corriger",
        "refused by Chorus Pro before deposit, to be mended",
    ),
    State.UNUSABLE: ("inutilisable, à remplacer par un autre fichier", "cannot be sent, another file is needed"),
}


_ACCESS_WORDS: dict[str, tuple[str, str]] = {
    "piste_refuses_for_now": (
        "PISTE refuse pour le moment : les factures attendent, et partiront d'elles-mêmes si le refus cesse",
        "PISTE refuses for the moment: the invoices wait, and go by themselves if the refusal ends",
    ),
    "credentials_work_again": (
        "Chorus Pro accepte de nouveau : les factures partent",
        "Chorus Pro accepts again: the invoices go",
    ),
}


_WHO_SENDS = (
    "",
    "--",
    "Envoyé automatiquement par le connecteur Chorus Pro, qui ne demande jamais de mot de passe ni de paiement.",
    "Sent automatically by the Chorus Pro connector, which never asks for a password or a payment.",
)


@dataclass(frozen=True)
class Email:
    """A one-line subject, a plain-text body, and the same body in HTML if there is one."""

    subject: str
    body: str
    html: str = ""


def is_address(text: str) -> bool:
    """Whether a text is one plain ASCII address: no name, no list, no line break (RFC 5321 §4.1.2, dot-string)."""
    local, _, _ = text.rpartition("@")
    return len(text) <= 254 and len(local) <= 64 and _ADDRESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """The text without line breaks and control characters, shortened to 80 characters."""
    printable = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    words = " ".join(printable.split())
    return words if len(words) <= _MAX_LINE else f"{words[: _MAX_LINE - 1]}…"


def without_links(text: str) -> str:
    """The text in a form that no mail program turns into a link: « evil[.]example », « http[:]//… »."""
    return _LINK.sub("[.]", text.replace("://", "[:]//"))


def quoted(text: str) -> str:
    """A text of a user inside a sentence of ours: one line, without links, in French quotes."""
    return f"« {without_links(one_line(text)).replace('«', '‹').replace('»', '›')} »"


def confirmation_request(supplier_name: str, link: str) -> Email:
    """The e-mail that asks whether notifications about this supplier may be sent to the address."""
    name = quoted(supplier_name)
    return Email(
        subject="Chorus Pro – confirmez cette adresse / confirm this address",
        body="\n".join(
            (
                f"Un administrateur du fournisseur {name} souhaite que les notifications sur ses factures",
                "ou ses messages soient envoyées à cette adresse. Si vous êtes d'accord, ouvrez cette page et appuyez",
                "sur le bouton :",
                "",
                link,
                "",
                "Sinon, ne faites rien : vous ne recevrez rien. Le lien est valable sept jours.",
                "",
                f"An administrator of the supplier {name} wants notifications about its invoices or messages to be",
                "sent to this address. If you agree, open the page above and press the button. Otherwise do nothing:",
                "you will get nothing. The link is valid for seven days.",
                *_WHO_SENDS,
            )
        ),
    )


def switched_off_notice(supplier_name: str, email: str, state: str) -> Email:
    """The e-mail that tells a supplier's administrator that an address gets no notifications any more."""
    name, address = quoted(supplier_name), quoted(email)
    bounced = state == "bounced"
    french = "n'existe pas ou refuse nos e-mails" if bounced else "a signalé nos e-mails comme indésirables"
    english = "does not exist or refuses our e-mails" if bounced else "reported our e-mails as spam"
    return Email(
        subject=f"Chorus Pro – {name} : adresse désactivée / address switched off",
        body="\n".join(
            (
                f"L'adresse {address} {french} : les notifications du fournisseur {name} ne lui sont plus envoyées.",
                f"The address {address} {english}: notifications of the supplier {name} are no longer sent to it.",
                *_WHO_SENDS,
            )
        ),
    )


def digest(supplier_name: str, notifications: Sequence[Notification]) -> Email:
    """The e-mail about these notifications (at least one), oldest first."""
    counts = Counter(each.kind for each in notifications)
    name = quoted(supplier_name)
    french, english = (
        ", ".join(f"{counts[kind]} {words[language]}" for kind, words in _COUNT_WORDS.items() if counts[kind])
        for language in (0, 1)
    )
    return Email(
        subject=f"Chorus Pro – {name} : {french} / {english}",
        body="\n".join(
            (
                f"Fournisseur : {name}",
                *_lines(notifications, 0),
                "",
                f"Supplier: {name}",
                *_lines(notifications, 1),
                "",
                "Vous recevez ce message car un administrateur vous a mis sur la liste à prévenir de ce fournisseur.",
                "You get this message because an administrator put you on this supplier's list.",
                *_WHO_SENDS,
            )
        ),
    )


def _lines(notifications: Sequence[Notification], language: int) -> list[str]:
    lines = [f"- {_line(each, language)}" for each in notifications[:LINES]]
    if (rest := len(notifications) - LINES) > 0:
        lines.append(("… et {} autre(s)", "… and {} more")[language].format(rest))
    return lines


def _line(notification: Notification, language: int) -> str:
    moment = notification.occurred_at.astimezone(PARIS).strftime(("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M")[language])
    named = notification.invoice_number or notification.file_name or notification.webhook_id
    named = named or notification.message_reference
    about = quoted(named or ("Chorus Pro" if notification.kind in ("portal", "held") else "?"))
    return f"{moment} {about}{(' : ', ': ')[language]}{_what(notification, language)}"


def _what(notification: Notification, language: int) -> str:
    if notification.kind == "waiting" and notification.state is not None:
        return _WAITING_WORDS[notification.state][language]
    if (words := _of_no_invoice(notification, language)) is not None:
        return words
    if notification.access is not None:
        refused = (
            f"Chorus Pro refuse les identifiants ({notification.access}). {notification.fr}".rstrip(),
            f"Chorus Pro refuses the credentials ({notification.access}). {notification.en}".rstrip(),
        )
        return _ACCESS_WORDS.get(notification.access, refused)[language]
    status = one_line(notification.status or "?")
    if notification.kind == "submitted":
        return (f"déposé sur Chorus Pro ({status})", f"submitted to Chorus Pro ({status})")[language]
    before = one_line(notification.previous_status or "?")
    return (f"statut {before} → {status}", f"status {before} → {status}")[language]


def _of_no_invoice(notification: Notification, language: int) -> str | None:
    """The words about an endpoint, held documents or a message; None: it is about something else."""
    if notification.kind == "webhook":
        paused = ("webhook suspendu, sa dernière erreur est {}", "webhook paused, its last failure is {}")[language]
        return paused.format(notification.webhook_failure)
    if notification.kind == "held":
        words = (notification.fr, notification.en)[language]
        return (f"des factures sont retenues. {words}", f"invoices are held. {words}")[language]
    if notification.message_sender is not None:
        arrived = ("message reçu de la structure {}", "message received from the structure {}")[language]
        return arrived.format(notification.message_sender)
    return None
