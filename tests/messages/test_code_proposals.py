"""A message that announces a service code: what is proposed to the supplier, in which words, and what never is."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Invalid, NotFound
from chorus_connector.domain.messages.announcement import AnnouncedMessage
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.code_changes import CodeChange
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE
from chorus_connector.domain.suppliers.announced_codes import announced_code, caution, statement
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import MAX_LABEL, Proposal, TableRow, label_key, new_row
from chorus_connector.usecases.messages.code_proposals import ProposeCodes
from tests.builders import a_recipient, a_service, a_supplier
from tests.fakes import FakeRecipients
from tests.fakes_tables import FakeTables
from tests.messages.builders import ACME, NOW, TOWN, an_announcement
from tests.messages.fakes import FakeAnnouncements, FakeMessageTable

REFERENCE = "MSG_000000001"
STECH = CodeChange(code="STECH", label="service technique", first_day=date(2027, 3, 1))
ARRIVED = ArrivedMessage(supplier_id="s1", siret=ACME, reference=REFERENCE, sender_siret=TOWN, at=NOW)


class Mail:
    """A message of the town that a supplier received, whatever it announces."""

    def __init__(self, *changes: CodeChange) -> None:
        self.table = FakeMessageTable()
        FakeAnnouncements(self.table).keep(a_town_message())
        self.tables, self.directory, self.supplier = FakeTables(), FakeRecipients(), a_supplier()
        self.changes, self.asked = changes, dict[str, Any]()

    def arrives(self, *, at: datetime = NOW) -> int:
        propose = ProposeCodes(
            announcements=FakeAnnouncements(self.table),
            directory=self.directory,
            tables=self.tables,
            supplier=lambda: self.supplier,
            read=self._read,
        )
        return propose.from_message(ARRIVED.model_copy(update={"at": at}), now=NOW)

    def _read(self, title: str, content: str, **asked: Any) -> tuple[CodeChange, ...]:
        self.asked = {"title": title, "content": content, **asked}
        return self.changes

    @property
    def proposals(self) -> list[Proposal]:
        return list(self.tables.proposals(limit=100, cursor=None).proposals)


def a_town_message(**changes: Any) -> AnnouncedMessage:
    return an_announcement(REFERENCE, sender_siret=TOWN, sender_name="Mairie de Saint-Ouen", **changes)


def a_proposal(**changes: Any) -> Proposal:
    values = {"label": "service technique", "code": "STECH", **changes}
    proposal = announced_code(a_town_message(), CodeChange(**values), None, now=NOW)
    assert proposal is not None
    return proposal


def test_an_announced_code_is_proposed_and_not_applied() -> None:
    mail = Mail(STECH)
    assert mail.arrives() == 1
    (proposal,) = mail.proposals
    row = proposal.row
    assert (row.kind, row.scope, row.label, row.value) == ("services", TOWN, "service technique", "STECH")
    assert (proposal.origin, proposal.reference, proposal.document_id) == ("message", REFERENCE, "")
    assert (proposal.first_day, proposal.last_day, proposal.in_directory) == (date(2027, 3, 1), None, False)
    assert mail.tables.rows == {}


def test_the_text_is_read_on_the_day_of_its_reception_with_the_services_that_the_directory_remembers() -> None:
    mail = Mail()
    mail.directory.put(a_recipient(TOWN, services=(a_service("STECH"), a_service(TECHNICAL_SERVICE))))
    assert mail.arrives(at=datetime.fromisoformat("2026-12-31T23:30:00+00:00")) == 0
    assert (mail.asked["title"], mail.asked["sent_on"]) == ("Fermeture", date(2027, 1, 1))
    assert [each.code for each in mail.asked["services"]] == ["STECH"]
    assert mail.proposals == []


@pytest.mark.parametrize(("active", "known"), [(True, True), (False, False)])
def test_a_proposal_says_whether_the_directory_has_the_service_open(active: bool, known: bool) -> None:
    mail = Mail(STECH)
    mail.directory.put(a_recipient(TOWN, services=(a_service("STECH", active=active),)))
    mail.arrives()
    assert [each.in_directory for each in mail.proposals] == [known]


def test_without_a_name_in_the_message_the_label_is_the_directorys_else_the_code() -> None:
    unnamed = CodeChange(code="STECH")
    mail = Mail(unnamed)
    mail.arrives()
    service = a_service("STECH").model_copy(update={"name": "Services techniques"})
    mail.directory.put(a_recipient(TOWN, services=(service,)))
    mail.arrives()
    assert [each.row.label for each in mail.proposals] == ["Services techniques", "STECH"]
    no_row = announced_code(a_town_message(), CodeChange(code="X" * 200), None, now=NOW)
    assert no_row is None
    long = announced_code(a_town_message(), CodeChange(code="STECH", label="x" * (MAX_LABEL + 1)), None, now=NOW)
    assert long is not None
    assert long.row.label == "STECH"


def test_the_same_message_again_proposes_nothing_new_and_a_dismissed_code_does_not_come_back() -> None:
    mail = Mail(STECH)
    mail.arrives()
    mail.tables.dismiss(mail.proposals[0])
    mail.arrives()
    assert [each.status for each in mail.proposals] == ["dismissed"]


def test_two_codes_for_one_label_are_two_proposals() -> None:
    mail = Mail(STECH, STECH.model_copy(update={"code": "STECH2"}))
    assert mail.arrives() == 2
    assert sorted(each.row.value for each in mail.proposals) == ["STECH", "STECH2"]


def test_what_the_services_table_has_is_not_proposed_and_another_code_of_the_label_is() -> None:
    mail = Mail(STECH)
    row = new_row("services", label="Service Technique", value="STECH", scope=TOWN, by="alice", now=NOW)
    mail.tables.put([row])
    assert (mail.arrives(), mail.proposals) == (0, [])
    mail.tables.put([row.model_copy(update={"value": "OLD"})])
    assert (mail.arrives(), len(mail.proposals)) == (1, 1)
    kept = mail.tables.row("services", label_key("service technique", scope=TOWN))
    assert kept is not None
    assert kept.value == "OLD", "a proposal never changes the table"


@pytest.mark.parametrize("status", ["suspended", "deleting"])
def test_a_supplier_that_is_not_active_gets_no_proposal(status: Any) -> None:
    mail = Mail(STECH)
    mail.supplier = a_supplier(status=status)
    assert (mail.arrives(), mail.proposals) == (0, [])


def test_a_supplier_that_is_gone_gets_no_proposal() -> None:
    mail = Mail(STECH)

    def gone() -> Supplier:
        raise NotFound

    propose = ProposeCodes(FakeAnnouncements(mail.table), mail.directory, mail.tables, gone, mail._read)
    with pytest.raises(NotFound):
        propose.from_message(ARRIVED, now=NOW)
    assert mail.proposals == []


def test_a_message_without_an_announcement_gives_nothing() -> None:
    mail = Mail(STECH)
    mail.table.announcements.clear()
    assert mail.arrives() == 0


@given(label=st.none() | st.text(max_size=300), code=st.text(max_size=200))
def test_whatever_is_announced_the_proposal_is_a_row_that_the_table_takes_or_there_is_none(
    label: str | None, code: str
) -> None:
    proposal = announced_code(a_town_message(), CodeChange(code=code, label=label), None, now=NOW)
    if proposal is None:
        with pytest.raises(Invalid):
            new_row("services", label=code, value=code, scope=TOWN, by="x", now=NOW)
        return
    row = proposal.row
    again = new_row("services", label=row.label, value=row.value, scope=row.scope, by="x", now=NOW)
    assert (again.key, again.value) == (row.key, row.value)
    assert all(statement(proposal))


# --- its words -------------------------------------------------------------------------------------------------------


def test_a_person_reads_who_announces_what_from_when_and_whether_the_directory_knows_it() -> None:
    proposal = a_proposal(first_day=date(2027, 3, 1)).model_copy(update={"in_directory": True})
    assert statement(proposal) == (
        "Mairie de Saint-Ouen annonce (message MSG_000000001) : service technique → STECH à partir du 1er mars 2027. "
        "Le service est dans l'annuaire.",
        "Mairie de Saint-Ouen announces (message MSG_000000001): service technique → STECH from 1 March 2027 on. "
        "The directory has the service.",
    )


def test_a_temporary_code_says_until_when() -> None:
    fr, en = statement(a_proposal(first_day=date(2027, 3, 1), last_day=date(2027, 8, 31)))
    assert "STECH du 1er mars 2027 au 31 août 2027." in fr
    assert "STECH from 1 March 2027 to 31 August 2027." in en
    assert "STECH jusqu'au 31 août 2027." in statement(a_proposal(last_day=date(2027, 8, 31)))[0]


def test_a_message_that_does_not_name_the_service_asks_for_the_label() -> None:
    fr, en = statement(a_proposal(label=None))
    assert "code service STECH." in fr
    assert fr.endswith("donnez le libellé des factures.")
    assert en.endswith("give the label of the invoices.")


def test_a_correction_has_its_own_words() -> None:
    row = TableRow(kind="services", label="Culture", value="EAU", scope=TOWN, changed_at=NOW, changed_by="alice")
    proposal = Proposal(row=row, document_id="d1")
    assert statement(proposal)[0] == "Une personne a corrigé un document que Chorus Pro a accepté : Culture → EAU."
    assert caution(proposal, today=date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2027, 2, 28), ["à partir du 1er mars 2027", "temporaire, jusqu'au 31 août 2027"]),
        (date(2027, 3, 1), ["temporaire, jusqu'au 31 août 2027"]),
        (date(2027, 8, 31), ["temporaire, jusqu'au 31 août 2027"]),
        (date(2027, 9, 1), ["a pris fin le 31 août 2027"]),
    ],
)
def test_activating_outside_the_announced_days_is_allowed_and_the_answer_says_so(today: date, said: list[str]) -> None:
    words = caution(a_proposal(first_day=date(2027, 3, 1), last_day=date(2027, 8, 31)), today=today)
    assert words is not None
    assert all(each in words[0] for each in said)
    assert len(words[0].split(":")) == len(said) + 1


def test_a_code_without_days_needs_no_caution() -> None:
    assert caution(a_proposal(), today=date(2027, 1, 1)) is None
    assert caution(a_proposal(first_day=date(2027, 3, 1)), today=date(2027, 3, 1)) is None


def test_a_proposal_of_an_older_release_is_a_correction() -> None:
    row = '{"kind":"services","label":"a","value":"b","changed_at":"2026-11-01T00:00:00Z","changed_by":"x"}'
    old = Proposal.model_validate_json(f'{{"row":{row},"document_id":"d1","status":"proposed"}}')
    assert (old.origin, old.document_id, old.reference, old.first_day) == ("correction", "d1", "", None)
