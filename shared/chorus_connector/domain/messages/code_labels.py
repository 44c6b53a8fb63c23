"""What a message calls the service whose code it announces: words around the code, else the directory's name."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.messages.code_changes import SenderService

_ARTICLE = r"(?:(?:de |à )?l['’]\s?|(?:de |à )?(?:la|notre|votre|nos|vos|les|le|cette|ce|leur) |du |des |d['’]|de |aux? |the )?"
_NAME = r"(?P<name>[^\W\d_][^,;:.!?()«»\"→=\n]{1,60}?)"
_INVOICES_OF = re.compile(
    rf"(?:factures?|facturation|invoices?|demandes de paiement)(?: destinées?| relatives?| concernant| correspondantes?| adressées?| pour| for)?(?: à| au| aux)? ?{_ARTICLE}{_NAME}"
    r"\s+(?:devront|doivent|sont|seront|se fera|devra|doit|must|à (?:déposer|envoyer|adresser|mettre)|en lieu|,|:)",
    re.IGNORECASE,
)
_CODE_OF = re.compile(
    rf"codes?(?: services?)?(?: exécutants?)? (?:pour |for )?(?:de |du |des |d['’]|for )?{_ARTICLE}{_NAME}\s+(?:est|sera|devient|change|,|:|is|becomes)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"^\W*(?:(?:Notez que|Bonjour|Note that)\W+)?{_ARTICLE}{_NAME}\s+(?:utilise|passe|rejoint|devient|se voit|se voient|prend|est|a été|dispose|tient|relève|bascule|reçoit|va|ne doit|ouvre|now uses|will be|has)",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"^\W*(?P<name>[^\W_][^=:\t\n]{1,60}?)(?:\s*[:=\t(]|\.{3,}|\s[-–]\s|\s*->|\s*→)\s*(?:code\s*)?[«\"(]?\s*$"
)
_FOR = re.compile(rf"^\W*(?:pour|for) {_ARTICLE}{_NAME}\s*(?:[,;.)]|$)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^\W{0,2}\((?P<name>[^()]{2,50})\)")
_TITLE_NOISE = re.compile(
    r"\b(?:nouveaux?|nouvelle|codes?|services?(?= :)|changement|modification|chorus(?: pro)?|objet|obligatoire|new|service code|factures?|facturation)\b|[:/]|->|→",
    re.IGNORECASE,
)


def label_of(
    clause: str, start: int, end: int, *, title: str, content: str, services: Sequence["SenderService"]
) -> str | None:
    """The service's name as the message writes it, without article; None when it names none.

    ``start`` and ``end`` are the code's position in its clause.
    """
    before, after = clause[:start], clause[end:]
    for pattern, text in (
        (_FOR, after), (_IN_BRACKETS, after), (_ENTRY, before), (_INVOICES_OF, clause), (_CODE_OF, clause),
        (_SUBJECT, clause), (_INVOICES_OF, content), (_CODE_OF, content), (_SUBJECT, content),
    ):  # fmt: skip
        if (match := pattern.search(text)) and (name := _clean(match["name"])):
            return name
    return _of_directory(f"{content} {title}", services) or _of_title(title)


def _clean(name: str) -> str | None:
    bare = " ".join(name.split()).strip(" -–•*'’")
    bare = re.sub(r"^(?:service code|code service|code|factures? d\w+)\s+", "", bare, flags=re.IGNORECASE)
    few = len(bare.split()) <= 7
    return (
        bare
        if few
        and len(bare) > 1
        and not re.fullmatch(
            r"(?:ancien|nouveau|nouvel|il|elle|nous|vous|je|on|c|ce|ça|cela|qui|code|service)s?", bare.casefold()
        )
        else None
    )


def _of_directory(text: str, services: Sequence["SenderService"]) -> str | None:
    said = f" {matching_form(text)} "
    return next((each.label for each in services if each.label and f" {matching_form(each.label)} " in said), None)


def _of_title(title: str) -> str | None:
    return _clean(_TITLE_NOISE.sub(" ", title)) if len(title) > 3 else None
