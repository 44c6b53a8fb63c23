"""What a message calls the service whose code it announces: words around the code, else the directory's name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from chorus_connector.domain.messages.code_tables import cells_of
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

_ARTICLE = (
    r"(?:(?:de |à )?l['’]\s?|(?:de |à )?(?:la|notre|votre|nos|vos|les|le|cette|ce|leur) "
    r"|du |des |d['’]|de |aux? |the )?"
)
_NAME = r"(?P<name>[^\W\d_][^,;:.!?()«»\"→=\n]{1,60}?)"
_INVOICES_OF = re.compile(
    r"(?:factures?|facturation|invoices?|demandes de paiement|dépenses|celles?)\b"
    r"(?: destinées?| relatives?| concernant| correspondantes?| adressées?| pour| for)?(?: à| au| aux)? ?"
    rf"{_ARTICLE}\b{_NAME}\s*"
    r"(?: devront| doivent| sont| seront| se fera| devra| doit| must| à (?:déposer|envoyer|adresser|mettre)| en lieu"
    r"| ne | va | vont | passe| iront| est | sera | sous | sur | au code| part|[,:(])",
    re.IGNORECASE,
)
_CODE_OF = re.compile(
    r"codes?(?: services?)?(?: exécutants?)? (?:pour |for )?(?:de |du |des |d['’]|for )?"
    rf"{_ARTICLE}{_NAME}\s*(?: est | sera| devient| change| n'est| passe| c'est|[,:(]| is| becomes)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"^\W*(?:(?:Notez que|Bonjour|Note that)\W+)?{_ARTICLE}{_NAME}\s+"
    r"(?:utilise|passe|rejoint|devient|se voit|se voient|prend|est|a |dispose|tient|relève|bascule|reçoit|va"
    r"|ne doit|ouvre|now uses|will be|has|\()",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\W*(?:\d{1,2}[°/.)]\W*|[a-h]\)\W*)?(?:pour |for )?")
_A_CODE = r"[A-Z0-9][A-Z0-9_./\-]+"
_CODE_WORDS = rf"(?:nouveaux?|nouvel|codes?|services?|exécutant|ex|anciens?|est|sera|sur|le|n°|->|→|{_A_CODE})"
_ENTRY = re.compile(
    rf"^{_ARTICLE}(?P<name>[^\W_][^=:\t\n|→(]{{1,70}}?)\s?(?:\([^()]{{1,60}}\)\s?)?"
    rf"(?:[:=\t|→(]| [-–] | ?->)[\W_]*(?:{_CODE_WORDS}[\W_]*){{0,6}}$"
)
_BEFORE_A_MARK = re.compile(
    rf"(?:^|[,;.:] ){_ARTICLE}(?P<name>[^\W\d_][^,;.:=→()\t\n]{{1,60}}?) ?"
    rf"(?:[=→:(]|->|, (?:nouveau )?code(?: service)?|, ex {_A_CODE}, nouveau) ?(?:code ?(?:service )?)?[«\"]? ?$"
)
_AFTER_THE_CODE = re.compile(
    rf"^[\s»\"*]{{0,5}}[:=\t|\s–-]\s{{0,20}}{_ARTICLE}"
    r"(?P<name>[^\W\d_][^;:.!?()«»\"→=|\t\n]{2,70}?)\s{0,20}(?:[;.:(|\t]|$)"
)
_FOR = re.compile(
    rf"^[\s»\"]*,?\s?(?:pour|for) {_ARTICLE}{_NAME}\s*"
    r"(?:[,;.)(]| à (?:partir|compter)| dès | au \d| et | en | from |$)"
)
_IN_BRACKETS = re.compile(r"^\W{0,2}\((?P<name>[^()]{2,50})\)")
_CALLED = re.compile(r"^[\s»\"]*(?:dénommé|intitulé|libellé|nommé)\w* «? ?(?P<name>[^»«,;.]{3,60})")
_TITLE_NOISE = re.compile(
    r"\b(?:nouveaux?|nouvelle|codes?|services?(?= :)|changement|modification|chorus(?: pro)?|objet|obligatoire|new"
    r"|service code|factures?|facturation|rectificatif|rappel|info\w*|urgent|création|fusion|correction|re|tr|fwd?"
    r"|transfert|réorganisation|changent?|(?:le|un|du|de la|des|de|d'un) (?=(?:nouveau )?code))\b|[:/!]|->|→",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:(?:ancien|nouveau|nouvel|il|elle|nous|vous|je|on|c|ce|ça|cela|qui|code|madame|monsieur|bonjour|idem)s?"
    r"|services?(?! \w)|(?:suivant|dédié|spécifique|unique|propre|correspondant|concerné)e?s?"
    r"|(?:émis|reçu|adressé|destiné|déposé|inchangé)e?s?"
    r"|(?:.*\W)?(?:codes?|factur\w*|déposer|adresser|utilisez|veuillez|mettre|indiquez?|devient|saisir|doivent)"
    r"|à|a|au|en|sur|sous|son|un service|voir|z|de service|d'une?|must|sont|seront|est|sera|ne|pour|par|dans"
    r"|chorus|exécutant|merci|tou\w{1,3}|et|ou|ex|anciennement|ci"
    r"|(?:reprend|remplace|jusqu|depuis|avant|création|comme|sans|désormais|cordialement)\w*)(?:\W.*)?"
)
_LEADING_WORDS = re.compile(r"^(?:service code|code service|code|factures? d\w+)\s+", re.IGNORECASE)
_MOST_WORDS = 9


class SenderService(Record):
    """A service of the message's sender, as the portal's directory has it."""

    code: str
    label: str = ""


@dataclass(frozen=True)
class MessageText:
    """The title and the readable text of a message."""

    title: str
    content: str

    @cached_property
    def said(self) -> str:
        return f" {matching_form(f'{self.content} {self.title}')} "

    @cached_property
    def names(self) -> list[str]:
        """The names that the text has anywhere."""
        return [*_names([(pattern, self.content) for pattern in (_INVOICES_OF, _CODE_OF, _SUBJECT)])]


def label_of(
    clause: str, start: int, end: int, *, message: MessageText, services: Sequence[SenderService]
) -> str | None:
    """The service's name as the message writes it, without article; None when it names none.

    ``start`` and ``end`` are the code's position in its clause.
    """
    before, after = _BULLET.sub("", clause[:start]), clause[end:]
    own = next((each.label for each in services if each.label and each.code == clause[start:end]), None)
    if own and _says(message.said, own):
        return own
    is_first = not before.strip(" \t-–•*|>")
    beside = [(_CALLED, after), (_FOR, after), (_IN_BRACKETS, after), (_BEFORE_A_MARK, before), (_ENTRY, before)]
    beside += [(_AFTER_THE_CODE, after)] if is_first else []
    patterns = (_CODE_OF, _INVOICES_OF, _SUBJECT)
    in_clause = [(pattern, text) for text in (f"{before} est ", clause) for pattern in patterns]
    codes = {clause[start:end], *(each.code for each in services)}
    names = chain(
        _of_row(clause, start),
        _names(beside),
        _names(in_clause),
        [own],
        message.names,
        (each.label for each in services if each.label and _says(message.said, each.label)),
        [_of_title(message.title.replace(clause[start:end], " "))],
    )
    return next((name for name in names if name and not _is_a_code(name, codes)), None)


def _names(places: Sequence[tuple[re.Pattern[str], str]]) -> Iterator[str]:
    """The name at each place; the last one before a code counts."""
    for pattern, text in places:
        if (matches := [*pattern.finditer(text)]) and (name := _clean(matches[-1]["name"])):
            yield name


def _is_a_code(name: str, codes: set[str]) -> bool:
    is_code = re.fullmatch(r"[A-Z0-9_./\-]*[0-9_./-][A-Z0-9_./\-]*", name)
    return is_code is not None or any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", name) for each in codes)


def _of_row(clause: str, start: int) -> Iterator[str]:
    """The longest cell of a table's row that is no code and no sentence."""
    every = [*cells_of(clause)]
    cells = [text for at, text in every if not at <= start < at + len(text)] if len(every) > 1 else []
    named = [name for each in cells if any(char.islower() for char in each) and (name := _clean(each))]
    return iter(sorted(named, key=len, reverse=True)[:1])


def _clean(name: str) -> str | None:
    bare = _LEADING_WORDS.sub("", " ".join(name.split()).strip(" -–•*'’|"))
    is_name = len(bare) > 1 and len(bare.split()) <= _MOST_WORDS
    return bare if is_name and not _NO_NAME.fullmatch(bare.casefold()) else None


def _says(said: str, label: str) -> bool:
    return f" {matching_form(label)} " in said


def _of_title(title: str) -> str | None:
    return _clean(_TITLE_NOISE.sub(" ", title))
