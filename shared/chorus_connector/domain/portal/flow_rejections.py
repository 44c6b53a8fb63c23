"""Tells a flow that was rejected for how its XML is written from one that was rejected for what it says.

The portal gives texts only. The first kind names elements of the XML; both texts that were published do (OCA issues
414, 504, 536, 612: an element « est obligatoire »). A text that is not recognised is of the second kind: a person reads
it. A report joins several texts with ``|`` and cuts them.
"""

import re
from collections.abc import Iterable

_OF_FORMAT = re.compile(
    r"l['’ ][eé]l[eé]ment\b|\bbalise|\bsch[eé]ma\b|\bxsd\b|\bxml\b|\bBT-\d|\bsyntaxe\b|CrossIndustry|ExchangedDocument"
    r"|SupplyChainTrade|SpecifiedTrade|ApplicableHeader|cadre de facturation|moyens? de paiement|mode de r[eè]glement"
    r"|n['’]est pas un siret|\bfactur-?x\b",
    re.IGNORECASE,
)
_OF_NUMBER = re.compile(r"doublon|d[eé]j[aà]|existe", re.IGNORECASE)
"""A number or a file that the portal already has: never a reason to send the invoice again."""


def are_about_format(of_file: Iterable[str], of_invoice: Iterable[str]) -> bool:
    """Whether every reason is about how the XML is written. ``of_file``: the portal could not process the file."""
    file_texts, invoice_texts = list(of_file), [part for text in of_invoice for part in text.split("|") if part.strip()]
    if any(_OF_NUMBER.search(text) for text in (*file_texts, *invoice_texts)):
        return False
    return bool(file_texts or invoice_texts) and all(_OF_FORMAT.search(text) for text in invoice_texts)
