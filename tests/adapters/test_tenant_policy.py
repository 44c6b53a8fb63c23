"""The session policy itself, evaluated: whose things it allows, with every way of asking for another's."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from chorus_connector.adapters.s3 import attachment_key, ocr_subset_key, original_key
from chorus_connector.adapters.tenant_policy import Reach, tenant_policy, tenant_resources
from chorus_connector.domain.errors import NotFound
from tests.iam import allows

ROLE = "arn:aws:iam::123456789012:role/chorus-connector-production-submissionTenantRole0123ABCD-ABCDEFGHIJKL"
TABLE = "chorus-connector-production-data-TableCD117FA1-ABCDEFGHIJKLM"
BUCKET = "chorus-connector-production-data-documentsbucket9ec9deb9-abcdefghijkl"
PREFIX = "chorus-connector/production/suppliers/"
PORTALS = ("PORTAL#https://api.piste.gouv.fr/cpro", "PORTAL#https://chorus-pro.gouv.fr:5443/service")
DIRECTORY = "RECIPIENT#*"
WHERE = tenant_resources(
    role=ROLE, region="eu-west-3", table=TABLE, bucket=BUCKET, secret_prefix=PREFIX, beside=(*PORTALS, DIRECTORY)
)

TABLE_ARN = f"arn:aws:dynamodb:eu-west-3:123456789012:table/{TABLE}"
SECRETS = f"arn:aws:secretsmanager:eu-west-3:123456789012:secret:{PREFIX}"
KEYS = "dynamodb:LeadingKeys"

ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
# ids that look alike: one the beginning, the end or the middle of the other
pairs = st.one_of(
    st.tuples(ids, ids),
    st.tuples(st.from_regex(r"[a-c-]{1,4}", fullmatch=True), st.from_regex(r"[a-c-]{1,4}", fullmatch=True)),
    st.tuples(ids, ids).map(lambda both: (both[0][:30], both[0][:30] + both[1][:30])),
    st.tuples(ids, ids).map(lambda both: (both[0][:30] + both[1][:30], both[0][:30])),
)


def may(supplier_id: str, action: str, resource: str, *keys: str) -> bool:
    return session_may(Reach(supplier_id), action, resource, *keys)


def session_may(reach: Reach, action: str, resource: str, *keys: str) -> bool:
    policy = tenant_policy(reach, WHERE)
    context = {KEYS: list(keys)} if keys else {}
    verdict = allows(policy, action, resource, context)
    # the emulator the end-to-end tests run on decides alike
    asked = EvalContext(
        "arn", "AssumedRole", "123456789012", action, resource, "eu-west-3", service_context=dict(context)
    )
    asked.service_context = {key.lower(): value for key, value in context.items()}
    assert (evaluate(asked, [parse_policy_document(policy)]).decision == "Allow") == verdict
    return verdict


@pytest.mark.parametrize("action", ["GetItem", "Query", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"])
def test_the_suppliers_own_partition_is_allowed(action: str) -> None:
    assert may("abc", f"dynamodb:{action}", TABLE_ARN, "SUPPLIER#abc")
    assert may("abc", f"dynamodb:{action}", f"{TABLE_ARN}/index/by_list", "SUPPLIER#abc")


@pytest.mark.parametrize("action", ["GetItem", "Query", "Scan", "PartiQLSelect", "ExportTableToPointInTime"])
def test_a_request_that_names_no_partition_is_refused(action: str) -> None:
    assert not may("abc", f"dynamodb:{action}", TABLE_ARN)


@pytest.mark.parametrize(
    "partition", ["SUPPLIER#ab", "SUPPLIER#abcd", "SUPPLIER#abc ", "supplier#abc", "SUPPLIER#", "abc", "", "SUPPLIER#*"]
)
def test_another_partition_is_refused_also_one_that_begins_alike(partition: str) -> None:
    assert not may("abc", "dynamodb:GetItem", TABLE_ARN, partition)


def test_one_foreign_key_among_many_refuses_the_whole_batch() -> None:
    assert may("abc", "dynamodb:BatchGetItem", TABLE_ARN, "SUPPLIER#abc", PORTALS[0])
    assert not may("abc", "dynamodb:BatchGetItem", TABLE_ARN, "SUPPLIER#abc", "SUPPLIER#other")
    together = ["SUPPLIER#abc", PORTALS[1], "RECIPIENT#21000031100014"]
    assert may("abc", "dynamodb:BatchGetItem", TABLE_ARN, *together)
    for foreign in ("SUPPLIER#other", "ACCESS#other", "STRUCTURE#21000031100014", "RECIPIENT"):
        assert not may("abc", "dynamodb:BatchGetItem", TABLE_ARN, *together, foreign)


def test_the_index_across_tenants_is_refused_whatever_key_it_is_asked_for() -> None:
    assert not may("abc", "dynamodb:Query", f"{TABLE_ARN}/index/by_readiness", "READY")
    assert not may("abc", "dynamodb:Query", f"{TABLE_ARN}/index/by_readiness", "SUPPLIER#abc")
    assert not may("abc", "dynamodb:GetItem", f"{TABLE_ARN}2", "SUPPLIER#abc")


OWN, OTHER = "73282932000074", "21440109300015"
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem")
REACHES = [
    Reach("abc"),
    Reach("abc").with_sirets(OWN),
    Reach("abc", installation=True).with_sirets(OWN),
    Reach(sirets=(OWN,)),
]


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("action", WRITES)
@pytest.mark.parametrize(
    "partition",
    [
        "PRINCIPAL#mallory", "ACCESS#other", "ACCESS#abcd", "ACCESS#", "ACCESS#*", "SUPPLIER#other", "IDEMPOTENCY#1",
        "ANNOUNCEMENT#MSG_000000001",
        *(f"{kind}#{other}" for kind in ("SIRET", "STRUCTURE", "SPACE", "INBOX") for other in (OTHER, OWN + "0", "*")),
    ],
)  # fmt: skip
def test_no_session_writes_rights_a_siret_or_messages_of_another(reach: Reach, action: str, partition: str) -> None:
    own = "SUPPLIER#abc" if reach.supplier_id else f"STRUCTURE#{OWN}"
    assert session_may(reach, f"dynamodb:{action}", TABLE_ARN, own)
    assert not session_may(reach, f"dynamodb:{action}", TABLE_ARN, partition)
    assert not session_may(reach, f"dynamodb:{action}", TABLE_ARN, own, partition)


def test_a_session_reaches_a_siret_or_the_installation_only_when_it_was_opened_for_it() -> None:
    def reached(reach: Reach) -> set[str]:
        asked = ["SUPPLIER#abc", "ACCESS#abc", "INSTALLATION", *of_own]
        return {each for each in asked if session_may(reach, "dynamodb:PutItem", TABLE_ARN, each)}

    of_own = {f"{kind}#{OWN}" for kind in ("SIRET", "STRUCTURE", "SPACE", "INBOX")}
    assert [reached(each) for each in REACHES] == [
        {"SUPPLIER#abc", "ACCESS#abc"},
        {"SUPPLIER#abc", "ACCESS#abc", *of_own},
        {"SUPPLIER#abc", "ACCESS#abc", "INSTALLATION", *of_own},
        of_own,
    ]


def test_a_session_for_a_structure_has_no_file_and_no_secret() -> None:
    policy = tenant_policy(Reach(sirets=(OWN,)), replace(WHERE, textract_role=ROLE))
    assert not any(each in policy for each in ("s3:", "secretsmanager", "textract", "suppliers/"))


def test_no_session_lists_the_rights_of_principals() -> None:
    for reach in REACHES:
        for key in ("mallory", "SUPPLIER#abc"):
            assert not session_may(reach, "dynamodb:Query", f"{TABLE_ARN}/index/by_principal", key)


@given(pairs)
def test_no_id_reaches_another_ids_things(pair: tuple[str, str]) -> None:
    mine, theirs = pair
    of_theirs = [
        ("dynamodb:GetItem", TABLE_ARN, f"SUPPLIER#{theirs}"),
        *(
            (action, f"arn:aws:s3:::{BUCKET}/{key}", "")
            for action in ("s3:GetObject", "s3:PutObject")
            for key in (original_key(theirs, "d1"), attachment_key(theirs, "a1"), ocr_subset_key(theirs, "d1"))
        ),
        *(
            (f"secretsmanager:{action}", f"{SECRETS}{theirs}/{name}{suffix}", "")
            for action in ("GetSecretValue", "PutSecretValue", "CreateSecret")
            for name in ("credentials", "webhooks/w1")
            for suffix in ("", "-AbCdEf")  # a secret that is not there yet has no letters of its own
        ),
    ]
    for action, resource, key in of_theirs:
        assert may(mine, action, resource, *([key] if key else [])) == (mine == theirs), (action, resource)


@pytest.mark.parametrize("resource", [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/suppliers/abc", "*"])
def test_the_bucket_itself_is_not_the_suppliers(resource: str) -> None:
    assert not may("abc", "s3:ListBucket", resource)


def test_a_listing_is_the_suppliers_own_folder_or_none() -> None:
    def lists(prefix: str) -> bool:
        policy = tenant_policy(Reach("abc"), WHERE)
        return allows(policy, "s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {"s3:prefix": prefix})

    assert lists("suppliers/abc/")
    assert lists("suppliers/abc/documents/")
    assert not any(map(lists, ["", "suppliers/", "suppliers/abc", "suppliers/abcd/", "suppliers/ab/", "*"]))


def test_the_installations_own_secrets_are_no_tenants() -> None:
    assert not may("abc", "secretsmanager:GetSecretValue", f"{SECRETS}abc-AbCdEf")
    assert not may("abc", "secretsmanager:GetSecretValue", SECRETS.replace(PREFIX, "ApiCursorKey-AbCdEf"))


@pytest.mark.parametrize("action", ["Decrypt", "GenerateDataKey"])
def test_what_is_encrypted_is_opened_with_the_keys_of_this_account_and_region_only(action: str) -> None:
    assert may("abc", f"kms:{action}", "arn:aws:kms:eu-west-3:123456789012:key/1")
    assert not may("abc", f"kms:{action}", "arn:aws:kms:eu-west-3:999999999999:key/1")
    assert not may("abc", f"kms:{action}", "arn:aws:kms:eu-west-1:123456789012:key/1")


@pytest.mark.parametrize(
    "text", ["", "*", "a*", "a?", "${aws:userid}", "a/b", "a#b", "..", "a b", "é", "a\n", "x" * 65]
)
def test_what_is_no_suppliers_id_never_reaches_a_policy(text: str) -> None:
    with pytest.raises(NotFound):
        tenant_policy(Reach(text), WHERE)
    if text:  # a supplier may have no SIRET yet
        with pytest.raises(NotFound):
            tenant_policy(Reach("abc").with_sirets(text), WHERE)
        with pytest.raises(NotFound):
            tenant_policy(Reach(sirets=(text,)), WHERE)


def test_a_function_without_secrets_or_textract_has_neither_in_its_sessions() -> None:
    bare = tenant_policy(Reach("abc"), replace(WHERE, secrets=""))
    assert "secretsmanager" not in bare
    assert "textract" not in bare
    reading = tenant_policy(Reach("abc"), replace(WHERE, textract_role="arn:aws:iam::123456789012:role/Textract"))
    assert allows(reading, "textract:StartDocumentTextDetection", "*")
    assert allows(reading, "iam:PassRole", "arn:aws:iam::123456789012:role/Textract")
    assert not allows(reading, "iam:PassRole", ROLE)


@pytest.mark.parametrize("keys_of_two", [(OWN, OTHER), ("UE_HORS_FRANCE-DE123456789012", "HORS_UE-USABCDEFGHIJKLMNOP")])
def test_the_longest_policy_is_one_that_sts_takes(keys_of_two: tuple[str, str]) -> None:
    reach = Reach("x" * 64, installation=True).with_sirets(*keys_of_two)
    longest = tenant_policy(reach, replace(WHERE, textract_role=ROLE))
    assert len(longest) <= 2048
    assert json.loads(longest)["Version"] == "2012-10-17"
