"""Whether a supplier's credentials work now: the daily trial says it, and so does the answer to every later call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chorus_connector.domain.portal.answers import CredentialsRefused
from chorus_connector.domain.portal.diagnosis import RESPONSIBLE_PARTIES, remedy
from chorus_connector.usecases.invoices.waiting import credentials_problem, trial_problem

if TYPE_CHECKING:
    from chorus_connector.domain.portal.answers import CredentialFault
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.portal.credentials import CredentialsStatus
    from chorus_connector.domain.problem import Problem


def credentials_now(status: CredentialsStatus | None, breaker: Breaker) -> CredentialsStatus | None:
    """The last check, corrected by what the portal said to later calls: it refuses, or it accepts again."""
    if status is None:
        return None
    others = tuple(each for each in status.problems if not each.blocking)
    if breaker.refusal is not None:
        refused = credentials_problem(breaker.refusal).model_copy(update={"blocking": True})
        known = any(each.code == refused.code for each in status.problems)
        return status if known else status.model_copy(update={"problems": (refused, *others)})
    if (fault := suspicion(breaker)) is not None:
        suspected = refusal_problem(fault, suspected=True)
        known = any(each.code == suspected.code for each in status.problems)
        return status if known else status.model_copy(update={"problems": (suspected, *status.problems)})
    answered = breaker.told_at is not None and not breaker.told and breaker.told_at > status.probed_at
    return status.model_copy(update={"problems": others}) if answered else status


def refusal_of(breaker: Breaker) -> dict[str, Any] | None:
    """Why the portal refuses the credentials now, since when, and who must act where; None: it does not.

    A refusal that may pass, because PISTE also refuses good keys, is shown at once too: ``suspected``.
    """
    fault = breaker.refusal or suspicion(breaker)
    if fault is None:
        return None
    suspected = breaker.refusal is None
    problem = refusal_problem(fault, suspected=suspected)
    actor, where_fr, where_en = remedy(fault)
    actor_fr, actor_en = RESPONSIBLE_PARTIES[actor]
    since = (breaker.suspected_since if suspected else breaker.refused_since) or breaker.opened_at
    return {
        "code": problem.code,
        "fr": problem.fr,
        "en": problem.en,
        "suspected": suspected,
        "actor": actor,
        "actor_fr": actor_fr,
        "actor_en": actor_en,
        "where_fr": where_fr,
        "where_en": where_en,
        "since": since.isoformat() if since else None,
        "tried_again_at": breaker.retry_at.isoformat() if breaker.retry_at else None,
    }


def suspicion(breaker: Breaker) -> CredentialFault | None:
    """What is wrong if the refusal of now is not one of PISTE's moods; None: nothing is suspected."""
    return breaker.fault if breaker.suspected and breaker.opened_at is not None else None


def refusal_problem(fault: CredentialFault, *, suspected: bool) -> Problem:
    """The problem in words, with the hint that it may pass."""
    return trial_problem(CredentialsRefused(fault, passing=suspected)).model_copy(update={"blocking": not suspected})
