"""A supplier's SIRET: who may set it, and what comes and goes with it.

The supplier with a SIRET administers the structure's messages, so a SIRET is never taken on a caller's word: an
administrator of the installation assigns it, or the portal confirms it. A structure that exists on its own under the
SIRET is joined with a supplier by an administrator of the installation only. Function: supplier_api.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Conflict, Invalid, SiretHasMessages
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import Joining
from chorus_connector.usecases.invoices.waiting import credentials_problem, portal_problem
from chorus_connector.usecases.messages.structures import AdministerStructure
from chorus_connector.usecases.portal.credential_probe import changes_after_success

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.messages import Structures
    from chorus_connector.ports.portal import Portal

_NOT_CONFIRMED = Problem(
    field="siret",
    code="siret_not_confirmed",
    fr="Chorus Pro ne confirme pas que ce SIRET est celui du fournisseur. Enregistrez les identifiants d'un compte "
    "technique rattaché à cette structure et à aucune autre, ou demandez à un administrateur de l'installation "
    "d'attribuer le SIRET.",
    en="Chorus Pro does not confirm that this SIRET is the supplier's. Save the credentials of a technical account "
    "that is attached to this structure and to no other, or ask an administrator of the installation to assign the "
    "SIRET.",
)


@dataclass(frozen=True)
class ChangeSiret:
    """The rules for another SIRET of one supplier.

    ``portal`` is the portal as this supplier, with its saved credentials and another SIRET. ``assigned``: the caller
    administers the installation, so the portal is not asked. ``trial`` counts a trial of the saved credentials before
    the portal is asked, and raises QuotaExceeded.
    """

    structures: Structures
    invoices: InvoiceStore
    portal: Callable[[str], Portal]
    trial: Callable[[], None]
    by: str
    assigned: bool
    strict_siret: bool

    def changes(self, supplier: Supplier, siret: str, *, now: datetime) -> dict[str, object]:
        """The changes for a new SIRET, which belongs to another structure: what the portal says of that one.

        Raises Invalid, Conflict, QuotaExceeded.
        """
        if (digits := checked_siret(siret, strict=self.strict_siret)) == supplier.siret:
            return {}
        self._check_unused(supplier)
        if self.assigned:
            return {"siret": digits, "portal_structure_id": None, "bank_accounts": (), "credentials_status": None}
        confirmed = self._confirmed(supplier.model_copy(update={"siret": digits}), now)
        self._check_unused(supplier)  # again: the portal took its time
        return {"siret": digits, **confirmed}

    def _check_unused(self, supplier: Supplier) -> None:
        sent_back = self.invoices.page("to_process", limit=1, cursor=None, sees=lambda each: each.deposit is not None)
        if self.invoices.page("tracking", limit=1, cursor=None).invoices or sent_back.invoices:
            raise Conflict(
                "siret_in_use",
                "Des factures ont été déposées sous ce SIRET : créez un autre fournisseur.",
                "Invoices were submitted under this SIRET: create another supplier.",
            )
        if supplier.siret and self.structure(supplier).owner and self.structures.holds_messages(supplier.siret):
            raise SiretHasMessages

    def _confirmed(self, wanted: Supplier, now: datetime) -> dict[str, object]:
        """What the portal says of the structure with that SIRET. Raises Invalid unless it is the supplier's own.

        The technical account must be attached to no other structure: one that several clients share proves nothing.
        """
        self.trial()
        portal = self.portal(wanted.siret)
        try:
            account = portal.account()
            attached_to = portal.attached_to()
        except CredentialsRefused as refusal:
            why = credentials_problem(refusal.fault).model_copy(update={"blocking": True})
            raise Invalid(_NOT_CONFIRMED.fr, _NOT_CONFIRMED.en, problems=(_NOT_CONFIRMED, why)) from None
        except PortalFailure:
            raise Invalid.about(portal_problem()) from None
        if attached_to != {account.structure_id}:
            raise Invalid.about(_NOT_CONFIRMED)
        saved_at, mode = wanted.credentials_saved_at or now, wanted.credentials_mode
        return changes_after_success(account, mode=mode, saved_at=saved_at, now=now)

    def structure(self, supplier: Supplier) -> AdministerStructure:
        """The structure with the supplier's SIRET, as it is before that changes."""
        found = AdministerStructure(self.structures, supplier.siret, self.strict_siret)
        assert found.owner in ("", supplier.supplier_id)
        return found


def joined(supplier: Supplier, structures: Structures, *, by: str, now: datetime) -> Joining:
    """What joins the supplier with the structure of its SIRET, which is recorded now if it was not before."""
    described = structures.recorded(supplier.siret) or Structure(siret=supplier.siret, name=supplier.name, public=True)
    following = described.model_copy(update={"public": True, "version": described.version + 1})
    return Joining(following, structure_change(supplier, "joined", by=by, now=now))


def structure_change(supplier: Supplier, action: Literal["joined", "released"], *, by: str, now: datetime) -> Change:
    """The line that a structure and a supplier were joined, or that the supplier released the structure's SIRET."""
    change_id, item = f"{action}-{supplier.version:08d}", f"structure/{supplier.siret}"
    named = {"supplier_id": supplier.supplier_id}
    return Change(
        change_id=change_id,
        at=now,
        by=by,
        item=item,
        action=action,
        before=named if action == "released" else None,
        after=named if action == "joined" else None,
    )


def checked_siret(text: str, *, strict: bool) -> str:
    """The 14 digits of the SIRET.

    Raises Invalid when it is not a SIRET; ``strict`` also requires a valid check digit.
    """
    digits, problem = normalise("supplier_siret", text)
    if problem is not None or not digits or (strict and not is_siret(digits)):
        raise _bad_siret()
    return digits


def _bad_siret() -> Invalid:
    return Invalid.about(
        Problem(
            field="siret",
            code="not_a_siret",
            fr="Un SIRET a 14 chiffres et une clé juste : recopiez-le depuis l'avis de situation.",
            en="A SIRET has 14 digits and a right check digit: copy it from the official notice.",
        )
    )
