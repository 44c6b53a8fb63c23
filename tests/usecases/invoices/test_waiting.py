"""Why an invoice waits: each failure of the portal has its words and its time to wait, and blocks nothing."""

from datetime import timedelta
from typing import get_args

import pytest

from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialFault,
    CredentialsRefused,
    PortalFailure,
    PortalUnreachable,
)
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.invoices.waiting import (
    RETRY_PORTAL,
    RETRY_SUSPENDED,
    bank_details_problem,
    credentials_problem,
    hold_problem,
    portal_problem,
    quota_problem,
    retry_after,
    suspended_problem,
)
from chorus_connector.usecases.portal.asking import stale_problem

MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize("fault", get_args(CredentialFault))
def test_each_fault_of_the_credentials_has_a_problem_of_its_own(fault: CredentialFault) -> None:
    problem = hold_problem(CredentialsRefused(fault))
    assert problem == credentials_problem(fault)
    assert (problem.code, problem.field, problem.blocking) == (f"credentials_{fault}", None, False)


def test_no_two_faults_of_the_credentials_have_the_same_words() -> None:
    problems = [credentials_problem(fault) for fault in get_args(CredentialFault)]
    assert len({each.fr for each in problems}) == len({each.en for each in problems}) == len(problems)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (PortalUnreachable("down"), "portal_unavailable"),
        (PortalUnreachable("429", blame="quota"), "portal_quota"),
        (AnswerLost("reset"), "portal_unavailable"),
        (CredentialsRefused("piste_application", passing=True), "piste_refuses_for_now"),
        (CredentialsRefused("piste_application"), "credentials_piste_application"),
    ],
)
def test_an_invoice_says_whether_the_portal_is_away_or_limits_the_calls(failure: PortalFailure, code: str) -> None:
    assert hold_problem(failure).code == code


@pytest.mark.parametrize("fault", get_args(CredentialFault))
def test_a_refusal_that_may_pass_names_the_cause_that_the_credentials_show(fault: CredentialFault) -> None:
    refusal = CredentialsRefused(fault, passing=True)
    cause = credentials_problem(fault)
    for shown in (hold_problem(refusal), stale_problem(refusal)):
        assert shown.code == "piste_refuses_for_now"
        assert shown.fr.endswith(cause.fr)
        assert shown.en.endswith(cause.en)
        assert "rien à vérifier" not in shown.fr


@pytest.mark.parametrize(
    ("problem", "field", "code"),
    [
        (suspended_problem(), None, "supplier_suspended"),
        (portal_problem(), None, "portal_unavailable"),
        (quota_problem(), None, "portal_quota"),
        (bank_details_problem(), "bank_account", "bank_details_missing"),
    ],
)
def test_what_makes_an_invoice_wait_is_no_fault_of_the_invoice(problem: Problem, field: str | None, code: str) -> None:
    assert (problem.field, problem.code, problem.blocking) == (field, code, False)


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (PortalUnreachable("down"), 2 * MINUTES),
        (PortalUnreachable("busy", 7 * MINUTES), 7 * MINUTES),
        (CredentialsRefused("rights"), 2 * MINUTES),
        (CredentialsRefused("rights", retry_in=5 * MINUTES), 5 * MINUTES),
    ],
)
def test_the_portals_own_delay_is_kept_and_without_one_every_failure_is_given_two_minutes(
    failure: PortalFailure, wait: timedelta
) -> None:
    assert retry_after(failure) == wait


def test_what_the_portal_works_on_is_polled_by_every_run_and_a_suspended_supplier_is_tried_once_a_day() -> None:
    assert (9 * MINUTES, timedelta(days=1)) == (RETRY_PORTAL, RETRY_SUSPENDED)
