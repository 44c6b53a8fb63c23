"""What every record keeps to."""

import pytest
from pydantic import ValidationError

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.portal.credentials import credentials_from
from chorus_connector.domain.suppliers.supplier import Supplier


@pytest.mark.parametrize("model", [Invoice, Supplier])
def test_an_error_about_a_record_quotes_nothing_of_it(model: type[Invoice | Supplier]) -> None:
    """Lambda logs the text of an uncaught error, and the log must contain no name and no document text."""
    with pytest.raises(ValidationError) as failed:
        model.model_validate_json('{"file_name": "Madame Dupont.pdf", "name": "Madame Dupont", "state": "Dupont"}')
    assert "Dupont" not in str(failed.value)


def test_an_error_about_credentials_quotes_none_of_them() -> None:
    with pytest.raises(Invalid) as failed:
        credentials_from(
            {"mode": "oauth_piste", "client_id": "s3cret-id", "technical_password": 7, "nonsense": "s3cret"}
        )
    assert "s3cret" not in str(failed.value)
