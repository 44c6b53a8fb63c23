"""The path parameters that no route declares, because it receives an authorised object in their place."""

import inspect
import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, analyze_param

from chorus_connector.api.authorisation import LONGEST_SUPPLIER_ID
from chorus_connector.api.parameters import SiretPath

_IN_PLACE_OF = {"supplier_id": Annotated[str, Path(max_length=LONGEST_SUPPLIER_ID)], "siret": SiretPath}
"""``AuthorisedTenant`` and ``AuthorisedStructure`` are made from these."""


def declare_path_parameters(app: Any) -> None:
    """Add them to what each route of the resolver describes."""
    for route in [*app._static_routes, *app._dynamic_routes]:
        declared = {field.name for field in route.dependant.path_params}
        for name in reversed(re.findall("{(.*?)}", route.openapi_path)):
            if name not in declared:
                route.dependant.path_params.insert(0, _field(name))


def _field(name: str) -> Any:
    return analyze_param(
        param_name=name,
        annotation=_IN_PLACE_OF[name],
        value=inspect.Parameter.empty,
        is_path_param=True,
        is_response_param=False,
    )
