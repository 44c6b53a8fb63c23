"""The portal's limits on files that go with an invoice, and whether they go."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.attachments import (
    Attachment,
    AttachmentPolicy,
    Filing,
    LinkedAttachment,
    LinkRule,
    belongs,
    check_linked,
    checked_name,
    checked_size,
    linked,
    rules_for,
    wish,
)
from chorus_connector.domain.problem import Problem
from tests.builders import NOW

MEGABYTE = 1024 * 1024


def going(count: int = 1, *, size: int = 1, attachment_type: str = "RIB") -> tuple[LinkedAttachment, ...]:
    return tuple(
        LinkedAttachment(attachment_id=f"a{n}", file_name="f.pdf", size=size, attachment_type=attachment_type)
        for n in range(count)
    )


def codes(attachments: tuple[LinkedAttachment, ...], *, invoice_size: int = 0) -> list[str]:
    return [problem.code for problem in check_linked(attachments, invoice_size=invoice_size)]


def test_fifty_files_go_with_an_invoice_and_one_more_does_not() -> None:
    assert codes(going(50)) == []
    assert codes(going(51)) == ["attachments_too_many"]


def test_an_invoice_and_its_files_have_exactly_120_megabytes_and_not_one_byte_more() -> None:
    files = going(11, size=10 * MEGABYTE)
    assert codes(files, invoice_size=10 * MEGABYTE) == []
    assert codes(files, invoice_size=10 * MEGABYTE + 1) == ["attachments_too_large"]


def test_a_file_has_a_type() -> None:
    assert codes((*going(), *going(attachment_type=""))) == ["attachment_type_missing"]


@pytest.mark.parametrize("size", [1, 10 * MEGABYTE])
def test_a_file_of_one_byte_to_ten_megabytes_is_taken(size: int) -> None:
    assert checked_size(size) == size


@pytest.mark.parametrize(("size", "code"), [(0, "attachment_empty"), (10 * MEGABYTE + 1, "attachment_too_large")])
def test_an_empty_or_larger_file_is_refused(size: int, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_size(size)
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a" * 47 + ".pdf", "attachment_name_too_long"),
        ("a/b.pdf", "attachment_name_characters"),
        ("a\tb.pdf", "attachment_name_characters"),
        ("virus.exe", "attachment_extension"),
        ("pdf", "attachment_extension"),
        (".pdf", "attachment_extension"),
    ],
)
def test_a_name_the_portal_refuses_is_refused(name: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_name(name)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_a_name_of_fifty_characters_is_taken_in_its_composed_form() -> None:
    assert checked_name("a" * 46 + ".pdf") == "a" * 46 + ".pdf"
    assert checked_name(" re\u0301seau.PDF ") == "réseau.PDF"


SENDING = AttachmentPolicy(send=True, switch_metadata="PJ")


@pytest.mark.parametrize(
    ("policy", "said", "wanted"),
    [
        (AttachmentPolicy(send=False, switch_metadata="PJ"), "oui", "no"),
        (AttachmentPolicy(send=True), "non", "unsaid"),
        (SENDING, "Oui", "yes"),
        (SENDING, "NON", "no"),
        (SENDING, "", "unsaid"),
        (SENDING, "PJ", "yes"),
        (SENDING, "pj", "yes"),
        (SENDING.model_copy(update={"switch_values": ("Avec pièces",)}), "AVEC PIECES", "yes"),
    ],
)
def test_the_suppliers_switch_comes_first_and_then_the_invoices_own_word(
    policy: AttachmentPolicy, said: str, wanted: str
) -> None:
    assert wish(policy, {"pj": said}) == wanted


def test_a_word_that_is_neither_yes_nor_no_is_a_question() -> None:
    asked = wish(SENDING, {"PJ": "peut-être"})
    assert isinstance(asked, Problem)
    assert asked.code == "attachment_switch"
    assert asked.blocking


def test_a_rule_applies_to_invoices_filed_under_it_that_have_its_metadata() -> None:
    rule = LinkRule(classification_rule="Achats", metadata="Commande")
    policy = AttachmentPolicy(send=True, rules=(rule,))
    filed = Filing(classification_rule="achats", metadata={"commande": "C 7"})
    assert [each for each, _ in rules_for(policy, filed)] == [rule]
    for other in (
        Filing(classification_rule="ventes", metadata={"commande": "C 7"}),
        Filing(classification_rule="achats", metadata={"commande": " "}),
        Filing(classification_rule="achats"),
    ):
        assert list(rules_for(policy, other)) == []


def test_files_that_have_arrived_under_the_same_rule_belong_and_go_in_the_order_of_their_arrival() -> None:
    rule = LinkRule(classification_rule="Achats", metadata="Commande", attachment_type="BDC")

    def an_attachment(attachment_id: str, minutes: int, **changes: object) -> Attachment:
        values: dict[str, object] = {"classification_rule": "achats", "size": 5, **changes}
        at = NOW + timedelta(minutes=minutes)
        return Attachment(  # type: ignore[arg-type]
            attachment_id=attachment_id, file_name="f.pdf", uploaded_at=at, uploaded_by="alice", **values
        )

    late, early = an_attachment("late", 2), an_attachment("early", 1, attachment_type="RIB")
    expected, elsewhere = an_attachment("expected", 0, size=None), an_attachment("other", 0, classification_rule="x")
    found = [(rule, each) for each in (late, early, expected, elsewhere) if belongs(rule, each)]
    gone = linked(AttachmentPolicy(send=True, default_type="DEFAULT"), found)
    assert [(each.attachment_id, each.attachment_type, each.size) for each in gone] == [
        ("early", "RIB", 5),
        ("late", "BDC", 5),
    ]


def test_a_file_whose_rule_names_no_type_has_the_suppliers_default() -> None:
    attachment = Attachment(attachment_id="a", file_name="f.pdf", size=1, uploaded_at=NOW, uploaded_by="alice")
    (gone,) = linked(AttachmentPolicy(send=True, default_type="DEFAULT"), [(LinkRule(metadata="M"), attachment)])
    assert gone.attachment_type == "DEFAULT"


def test_what_is_wrong_with_linked_files_is_shown_at_the_attachments() -> None:
    found = (
        *check_linked(going(51), invoice_size=0),
        *check_linked(going(13, size=10 * MEGABYTE), invoice_size=0),
        *check_linked(going(attachment_type=""), invoice_size=0),
    )
    assert {problem.code for problem in found} == {
        "attachments_too_many",
        "attachments_too_large",
        "attachment_type_missing",
    }
    assert {problem.field for problem in found} == {"attachments"}


@pytest.mark.parametrize("name", ["a" * 47 + ".pdf", "a/b.pdf", "virus.exe"])
def test_what_is_wrong_with_a_name_is_shown_at_the_file_name(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_name(name)
    assert [problem.field for problem in refusal.value.problems] == ["file_name"]
