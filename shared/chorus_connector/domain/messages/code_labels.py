"""What a message calls the service whose code it announces: words around the code, else the directory's name."""

import re
from collections.abc import Sequence

from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

_ARTICLE = (
    r"(?:(?:de |à )?l['’]\s?|(?:de |à )?(?:la|notre|votre|nos|vos|les|le|cette|ce|leur) "
    r"|du |des |d['’]|de |aux? |the )?"
)
_NAME = r"(?P<name>[^\W\d_][^,;:.!?()«»\"→=\n]{1,60}?)"
_INVOICES_OF = re.compile(
    r"(?:factures?|facturation|invoices?|demandes de paiement)"
    r"(?: destinées?| relatives?| concernant| correspondantes?| adressées?| pour| for)?(?: à| au| aux)? ?"
    rf"{_ARTICLE}{_NAME}\s+"
    r"(?:devront|doivent|sont|seront|se fera|devra|doit|must|à (?:déposer|envoyer|adresser|mettre)|en lieu|,|:)",
    re.IGNORECASE,
)
_CODE_OF = re.compile(
    r"codes?(?: services?)?(?: exécutants?)? (?:pour |for )?(?:de |du |des |d['’]|for )?"
    rf"{_ARTICLE}{_NAME}\s+(?:est|sera|devient|change|,|:|is|becomes)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"^\W*(?:(?:Notez que|Bonjour|Note that)\W+)?{_ARTICLE}{_NAME}\s+"
    r"(?:utilise|passe|rejoint|devient|se voit|se voient|prend|est|a été|dispose|tient|relève|bascule|reçoit|va"
    r"|ne doit|ouvre|now uses|will be|has)",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"^\W*(?P<name>[^\W_][^=:\t\n]{1,60}?)(?:\s*[:=\t(]|\.{3,}|\s[-–]\s|\s*->|\s*→)\s*(?:code\s*)?[«\"(]?\s*$"
)
_FOR = re.compile(rf"^\W*(?:pour|for) {_ARTICLE}{_NAME}\s*(?:[,;.)]|$)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^\W{0,2}\((?P<name>[^()]{2,50})\)")
_TITLE_NOISE = re.compile(
    r"\b(?:nouveaux?|nouvelle|codes?|services?(?= :)|changement|modification|chorus(?: pro)?|objet|obligatoire|new"
    r"|service code|factures?|facturation)\b|[:/]|->|→",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:ancien|nouveau|nouvel|il|elle|nous|vous|je|on|c|ce|ça|cela|qui|code|service|madame|monsieur|bonjour)s?"
)
_LEADING_WORDS = re.compile(r"^(?:service code|code service|code|factures? d\w+)\s+", re.IGNORECASE)
_MOST_WORDS = 7


class SenderService(Record):
    """A service of the message's sender, as the portal's directory has it."""

    code: str
    label: str = ""


def label_of(
    clause: str, start: int, end: int, *, title: str, content: str, services: Sequence[SenderService]
) -> str | None:
    """The service's name as the message writes it, without article; None when it names none.

    ``start`` and ``end`` are the code's position in its clause.
    """
    before, after = clause[:start], clause[end:]
    places = (
        (_FOR, after),
        (_IN_BRACKETS, after),
        (_ENTRY, before),
        (_INVOICES_OF, clause),
        (_CODE_OF, clause),
        (_SUBJECT, clause),
        (_INVOICES_OF, content),
        (_CODE_OF, content),
        (_SUBJECT, content),
    )
    for pattern, text in places:
        if (match := pattern.search(text)) and (name := _clean(match["name"])):
            return name
    return _of_directory(f"{content} {title}", services) or _of_title(title)


def _clean(name: str) -> str | None:
    bare = _LEADING_WORDS.sub("", " ".join(name.split()).strip(" -–•*'’"))
    is_name = len(bare) > 1 and len(bare.split()) <= _MOST_WORDS and not _NO_NAME.fullmatch(bare.casefold())
    return bare if is_name else None


def _of_directory(text: str, services: Sequence[SenderService]) -> str | None:
    said = f" {matching_form(text)} "
    return next((each.label for each in services if each.label and f" {matching_form(each.label)} " in said), None)


def _of_title(title: str) -> str | None:
    return _clean(_TITLE_NOISE.sub(" ", title))
