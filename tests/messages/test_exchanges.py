"""Which submitted invoices are exchanges of « Mes messages »."""

import pytest

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.structure import Exchange
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.usecases.messages.exchanges import exchange_of
from tests.builders import NOW, a_supplier, an_invoice
from tests.messages.builders import ACME, TOWN


@pytest.mark.row("M02")
@pytest.mark.parametrize("recipient", [TOWN, "0888888001", "Y88888001", None])
@pytest.mark.parametrize("identified", ["SIRET", "RIDET", None])
def test_only_two_structures_with_a_siret_exchange_an_invoice(identified: str | None, recipient: str | None) -> None:
    identifiers = {
        "SIRET": SupplierIdentifier(scheme="SIRET", value=ACME),
        "RIDET": SupplierIdentifier(scheme="RIDET", value="0999999001"),
        None: None,
    }
    fields = {"recipient_siret": FormField(value=recipient, source="portal")} if recipient else {}
    sent = an_invoice(State.SUBMITTED, form=Form(fields=fields))  # type: ignore[arg-type]  # one name of a field
    found = exchange_of(sent, a_supplier(identifier=identifiers[identified]), at=NOW)
    if identified == "SIRET" and recipient == TOWN:
        assert found == Exchange(supplier_siret=ACME, recipient_siret=TOWN, at=NOW)
    else:
        assert found is None
