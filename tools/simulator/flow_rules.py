"""What the portal refuses in a flow only: the cadre, the payment means and the supplier's identifier inside the file.

The fields that a flow has in common with a submission are checked by `rules.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.simulator.refusals import flow_problem
from tools.simulator.structured import FRAMEWORKS, StructuredInvoice

if TYPE_CHECKING:
    from tools.simulator.dialect import Dialect

_REFORM = re.compile(r"[BSM][1-9]")
_FRAMEWORK = "FichierXml.ExchangedDocumentContext.BusinessProcessSpecifiedDocumentContextParameter.ID.value"
_MEANS = (
    "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement."
    "SpecifiedTradeSettlementPaymentMeans.TypeCode.value"
)
"""The portal names the element with these paths: the second is in a published error, the first in part."""


def flow_problems(found: StructuredInvoice, dialect: Dialect) -> list[str]:
    """The texts of the report against this invoice, before the rules that hold for every submission."""
    problems = list(found.problems)
    if found.framework not in FRAMEWORKS:
        problems.append(flow_problem(_framework_problem(found.framework), _FRAMEWORK))
    if found.kind == "AVOIR":
        if found.payment_means and dialect.credit_note_payment_mode == "refused":
            problems.append(flow_problem("payment_means_on_credit_note", _MEANS))
    elif not found.payment_means:
        problems.append(flow_problem("payment_means_required", _MEANS))
    is_facturx = found.content[:1024].lstrip().startswith(b"%PDF-")
    if is_facturx and "ctc-fr" in (found.guideline or "").lower() and dialect.ctc_fr_profile == "refused":
        problems.append(flow_problem("profile_ctc_fr"))
    if len(found.supplier_siret or "") != 14:
        problems.append(flow_problem("supplier_not_siret"))
    return problems


def _framework_problem(code: str | None) -> str:
    if not code:
        return "framework_missing"
    return "framework_reform" if _REFORM.fullmatch(code) else "framework_unknown"
