"""What a person may choose from in the form."""

import pytest

from chorus_connector.domain.invoices.choices import choices
from chorus_connector.domain.suppliers.supplier import BankAccount
from tests.builders import a_recipient, a_service


@pytest.mark.row("S34")
def test_services_that_are_closed_or_reserved_are_not_offered() -> None:
    services = (a_service("FIN", name="Finances"), a_service("OLD", active=False), a_service("FACTURES_PUBLIQUES"))
    offered = choices(recipient=a_recipient(services=services), bank_accounts=())
    assert [(each.value, each.name) for each in offered["service_code"]] == [("FIN", "Finances")]


@pytest.mark.row("S42")
def test_bank_details_are_offered_by_the_id_the_portal_gave_them() -> None:
    offered = choices(recipient=None, bank_accounts=(BankAccount(portal_id=12, name="Principal"),))
    assert [(each.value, each.name) for each in offered["bank_account"]] == [("12", "Principal")]
    assert offered["service_code"] == ()
    assert "on_debits" in [each.value for each in offered["vat_regime"]]
