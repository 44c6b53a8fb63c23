"""The custom metrics that the functions and the access log's filter emit: each costs its price a month.

A metric is a name with one set of dimensions and their values; `service`, the function, is always one of them. A test
compares names and dimensions with the code. CloudWatch charges a metric only for the hours in which it got a value, so
the number is an upper limit: most kinds of `ReaderDeaths` come rarely.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import get_args

from chorus_connector.adapters.sandbox import Death
from chorus_connector.domain.invoices.invoice import Attempt
from infra_cdk.alarms import READERS
from infra_cdk.notifications import NOTIFIED_STATES


@dataclass(frozen=True)
class Emitted:
    """Which functions emit a metric, and the values of its dimensions."""

    functions: Collection[str]
    dimensions: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def metrics(self) -> int:
        return len(self.functions) * prod(map(len, self.dimensions.values()))


_NOTIFIER, _SUBMISSION, _READER, _PROBE = ("notifier",), ("submission",), ("textract_ocr",), ("credential_probe",)

EMITTED: Mapping[str, Emitted] = {
    "Documents": Emitted(_NOTIFIER, {"state": NOTIFIED_STATES}),
    "Rejected": Emitted(_NOTIFIER),
    "SecondsToForm": Emitted(_NOTIFIER),
    "OcrPages": Emitted(_NOTIFIER),
    "PortalStatuses": Emitted(_NOTIFIER),
    "BreakerOpened": Emitted(_NOTIFIER, {"scope": ("portal", "supplier")}),
    "CredentialsAnnounced": Emitted(_NOTIFIER, {"about": ("refused", "ending")}),
    "InDoubtAge": Emitted(_SUBMISSION, {"channel": get_args(Attempt.model_fields["channel"].annotation)}),
    "HeldAge": Emitted(_SUBMISSION),
    "RecipientNotCached": Emitted(("resolution", "submission", "invoice_api", "supplier_api", "tracking_sync")),
    "RetrievalLag": Emitted(("tracking_sync",)),
    "RemovalAge": Emitted(_PROBE),
    "CredentialsRefused": Emitted(_PROBE),
    "CredentialsDaysLeft": Emitted(_PROBE),
    "ReaderDeaths": Emitted(READERS, {"death": get_args(Death)}),
    "PagesXml": Emitted(_READER),
    "PagesText": Emitted(_READER),
    "PagesTextract": Emitted(_READER),
    "TextractPagesBilled": Emitted(_READER),
    "ReadingDollars": Emitted(_READER),
}

COUNT = sum(each.metrics for each in EMITTED.values()) + 1
"""All of them, with that of the access log's filter."""
