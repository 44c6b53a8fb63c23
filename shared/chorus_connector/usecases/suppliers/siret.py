"""A supplier's identifier, its SIRET or another one: who may set it, and what comes and goes with it.

The supplier with a SIRET administers the structure's messages, so an identifier is never taken on a caller's word: an
administrator of the installation assigns it, or the portal confirms it. A structure that exists on its own under the
SIRET is joined with a supplier by an administrator of the installation only. Function: supplier_api.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Conflict, Invalid, SiretHasMessages
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.identifier import supplier_identifier
from chorus_connector.ports.values import Joining
from chorus_connector.usecases.invoices.waiting import trial_problem
from chorus_connector.usecases.messages.structures import AdministerStructure
from chorus_connector.usecases.portal.asking import nothing_kept
from chorus_connector.usecases.portal.credential_probe import changes_after_success

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.identifier import SpelledIdentifier, SupplierIdentifier
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.messages import Structures
    from chorus_connector.ports.portal import Portal

_NOT_CONFIRMED = Problem(
    field="siret",
    code="siret_not_confirmed",
    fr="Chorus Pro ne confirme pas que ce SIRET (ou autre identifiant) est celui du fournisseur. Enregistrez les "
    "identifiants d'un compte technique rattaché à cette structure et à aucune autre, ou demandez à un administrateur "
    "de l'installation d'attribuer le SIRET.",
    en="Chorus Pro does not confirm that this SIRET (or other identifier) is the supplier's. Save the credentials of a "
    "technical account that is attached to this structure and to no other, or ask an administrator of the "
    "installation to assign the SIRET.",
)


@dataclass(frozen=True)
class ChangeIdentifier:
    """The rules for another identifier of one supplier.

    ``portal`` is the portal as this supplier, with its saved credentials and another identifier. ``assigned``: the
    caller administers the installation, so the portal is not asked. ``trial`` counts a trial of the saved credentials
    before the portal is asked, and raises QuotaExceeded.
    """

    structures: Structures
    invoices: InvoiceStore
    portal: Callable[[SupplierIdentifier], Portal]
    trial: Callable[[], None]
    by: str
    assigned: bool
    strict_siret: bool

    def changes(self, supplier: Supplier, new: SupplierIdentifier, *, now: datetime) -> dict[str, object]:
        """The changes for a new identifier, which belongs to another structure: what the portal says of that one.

        Raises Invalid, Conflict, QuotaExceeded.
        """
        if new == supplier.identifier:
            return {}
        self._check_unused(supplier)
        if self.assigned:
            return {"identifier": new, "portal_structure_id": None, "bank_accounts": (), "credentials_status": None}
        confirmed = self._confirmed(supplier.model_copy(update={"identifier": new}), now)
        self._check_unused(supplier)  # again: the portal took its time
        return {"identifier": new, **confirmed}

    def _check_unused(self, supplier: Supplier) -> None:
        sent_back = self.invoices.page("to_process", limit=1, cursor=None, sees=lambda each: each.deposit is not None)
        if self.invoices.page("tracking", limit=1, cursor=None).invoices or sent_back.invoices:
            raise Conflict(
                "siret_in_use",
                "Des factures ont été déposées sous ce SIRET (ou autre identifiant) : créez un autre fournisseur.",
                "Invoices were submitted under this SIRET (or other identifier): create another supplier.",
            )
        key = supplier.identifier_key
        if key and self.structure(supplier).owner and self.structures.holds_messages(key):
            raise SiretHasMessages

    def _confirmed(self, wanted: Supplier, now: datetime) -> dict[str, object]:
        """What the portal says of the structure with that identifier. Raises Invalid unless it is the supplier's own.

        The technical account must be attached to no other structure: one that several clients share proves nothing.
        """
        self.trial()
        assert wanted.identifier is not None
        portal = self.portal(wanted.identifier)
        try:
            account = portal.account()
            attached_to = portal.attached_to()
        except CredentialsRefused as refusal:
            why = (_NOT_CONFIRMED, trial_problem(refusal))
            raise Invalid(_NOT_CONFIRMED.fr, _NOT_CONFIRMED.en, problems=why) from None
        except PortalFailure as failure:
            raise nothing_kept(failure) from None
        if attached_to != {account.structure_id}:
            raise Invalid.about(_NOT_CONFIRMED)
        saved_at, mode = wanted.credentials_saved_at or now, wanted.credentials_mode
        return changes_after_success(
            account, mode=mode, saved_at=saved_at, now=now, certificate_expires_at=wanted.certificate_expires_at
        )

    def structure(self, supplier: Supplier) -> AdministerStructure:
        """The structure under the supplier's identifier, as it is before that changes."""
        found = AdministerStructure(self.structures, supplier.identifier_key, self.strict_siret)
        assert found.owner in ("", supplier.supplier_id)
        return found


def joined(supplier: Supplier, structures: Structures, *, by: str, now: datetime) -> Joining:
    """What joins the supplier with the structure of its SIRET, which is recorded now if it was not before.

    Raises Invalid for a supplier without SIRET: « Mes messages » knows structures by their SIRET only.
    """
    if not supplier.siret:
        raise Invalid.about(_NO_STRUCTURE)
    described = structures.recorded(supplier.siret) or Structure(siret=supplier.siret, name=supplier.name, public=True)
    declared = {"public": True, "public_by": "installation", "version": described.version + 1}
    following = described.model_copy(update=declared)
    return Joining(following, structure_change(supplier, "joined", by=by, now=now))


def structure_change(supplier: Supplier, action: Literal["joined", "released"], *, by: str, now: datetime) -> Change:
    """The line that a structure and a supplier were joined, or that the supplier released the structure's SIRET."""
    change_id, item = f"{action}-{supplier.version:08d}", f"structure/{supplier.identifier_key}"
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


def checked_identifier(
    siret: str | None, identifier: SpelledIdentifier | None, *, strict_siret: bool
) -> SupplierIdentifier:
    """The identifier that a caller gives as a SIRET, or with its scheme, or both ways.

    Raises Invalid when it gives none, a malformed one, or two. ``strict_siret`` also requires a valid check digit.
    """
    given: list[SpelledIdentifier] = [{"scheme": "SIRET", "value": siret}] if siret is not None else []
    given += [identifier] if identifier is not None else []
    found = [supplier_identifier(each["scheme"], each["value"], strict_siret=strict_siret) for each in given]
    if not found:
        raise Invalid.about(_MISSING)
    if found[0] != found[-1]:
        raise Invalid.about(_TWO_IDENTIFIERS)
    return found[0]


_MISSING = Problem(
    field="identifier",
    code="identifier_missing",
    fr="Donnez le SIRET, ou l'identifiant d'un fournisseur qui n'en a pas (identifier).",
    en="Give the SIRET, or the identifier of a supplier that has none (identifier).",
)
_TWO_IDENTIFIERS = Problem(
    field="identifier",
    code="identifiers_differ",
    fr="Le SIRET et l'identifiant donnés diffèrent : n'en donnez qu'un.",
    en="The SIRET and the identifier that are given differ: give one of them.",
)
_NO_STRUCTURE = Problem(
    field="join_structure",
    code="no_structure_without_siret",
    fr="Seul un fournisseur qui a un SIRET se joint à une structure publique.",
    en="Only a supplier with a SIRET is joined with a public body.",
)
