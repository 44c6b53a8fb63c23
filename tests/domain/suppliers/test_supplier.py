"""A supplier's own rules: which metadata feeds which field of a document."""

from tests.builders import a_supplier


def test_the_metadata_of_a_classification_rule_come_before_those_of_every_rule() -> None:
    general = {"service_code": "Service", "engagement_number": "Engagement"}
    supplier = a_supplier(associations={"": general, "Achats": {"service_code": "Code achat"}})
    assert supplier.associations_for("Achats") == {"service_code": "Code achat", "engagement_number": "Engagement"}
    assert supplier.associations_for("Ventes") == general
    assert supplier.associations_for(None) == general


def test_without_general_metadata_a_document_without_a_rule_has_none() -> None:
    supplier = a_supplier(associations={"Achats": {"service_code": "Code achat"}})
    assert supplier.associations_for(None) == {}
    assert supplier.associations_for("") == {}
    assert supplier.associations_for("Achats") == {"service_code": "Code achat"}
