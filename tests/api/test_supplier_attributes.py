"""A supplier's attribute is named once, in the record: what the API shows, describes and changes is made from it."""

from chorus_connector.api.routes.suppliers import SupplierChange
from chorus_connector.api.schemas.suppliers import CredentialsView, SupplierSummary, SupplierView
from chorus_connector.api.views.suppliers import SHOWN_IN_LISTS, SHOWN_OF_CREDENTIALS, supplier_view
from chorus_connector.domain.suppliers.supplier import INTERNAL, SETTINGS, Supplier
from tests.builders import a_supplier

ATTRIBUTES = {"siret", *Supplier.model_fields}
"""The record has an identifier; the API shows and takes the SIRET beside it."""


def test_every_attribute_is_shown_unless_it_is_internal() -> None:
    assert ATTRIBUTES > INTERNAL
    assert set(supplier_view(a_supplier())) == (ATTRIBUTES - INTERNAL) | {"warnings"}


def test_the_description_has_what_is_shown() -> None:
    assert set(SupplierView.model_fields) == (ATTRIBUTES - INTERNAL) | {"warnings"}
    assert set(SupplierSummary.model_fields) == SHOWN_IN_LISTS | {"roles", "siret"}
    assert set(CredentialsView.model_fields) == SHOWN_OF_CREDENTIALS | {"announcements", "platform", "refused"}
    assert all(field.is_required() for field in SupplierView.model_fields.values())


def test_a_change_may_hold_every_setting_and_nothing_else() -> None:
    """The attachment policy is replaced as a whole, by a route of its own."""
    assert ATTRIBUTES > SETTINGS
    assert set(SupplierChange.model_fields) == SETTINGS - {"attachments"}


def test_a_change_keeps_the_limits_of_the_record() -> None:
    limits = SupplierChange.model_json_schema()["properties"]["confidence_threshold"]["anyOf"][0]
    assert (limits["minimum"], limits["maximum"]) == (0, 1)
