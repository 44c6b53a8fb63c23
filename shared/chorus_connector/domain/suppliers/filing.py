"""What a supplier's rules must be: its criteria, its associations of metadata with fields, its rules of attachments."""

from collections.abc import Iterator, Mapping, Sequence

from chorus_connector.domain.errors import Invalid, refuse_if_any
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, says_no
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form, repeated_names
from chorus_connector.domain.suppliers.supplier import Criterion


def check_criteria(criteria: Sequence[Criterion]) -> None:
    """Raises Invalid when a criterion is on both a rule and a folder, or on none, or when two are the same."""
    if any((each.classification_rule is None) == (each.folder is None) for each in criteria):
        raise Invalid(
            "Un critère porte sur une règle de classement ou sur un dossier, l'un des deux.",
            "A criterion is on a classification rule or on a folder, one of the two.",
        )
    refuse_if_any("Critère refusé.", "The criterion is refused.", *_problems_of_criteria(criteria))


def check_associations(associations: Mapping[str, Mapping[FormFieldName, str]]) -> None:
    """Raises Invalid for associations that could never have an effect, and for two of one classification rule."""
    problems = [*_repeated_rules(associations)]
    for rule, fields in associations.items():
        problems += [_blank_rule(rule)] if rule and not matching_form(rule) else []
        problems += [_blank_metadata(rule, field) for field, name in fields.items() if not matching_form(name)]
        problems += [_no_vat_lines()] if "vat_lines" in fields else []
    refuse_if_any("Associations refusées.", "The associations are refused.", *problems)


def check_attachments(policy: AttachmentPolicy) -> None:
    """Raises Invalid for a switch, a value or a rule that could never have an effect, and for what is there twice."""
    refuse_if_any("Réglages des pièces jointes refusés.", "The policy is refused.", *dead_attachment_settings(policy))


def check_user_label(metadata_name: str) -> None:
    """Raises Invalid for a name that no metadata can have."""
    blank = [] if matching_form(metadata_name) else [blank_metadata_name("user_label_metadata")]
    refuse_if_any("Réglage refusé.", "The setting is refused.", *blank)


def check_supplier_name(name: str) -> None:
    """Raises Invalid for a name of separators and invisible characters only."""
    if not matching_form(name):
        raise Invalid.about(
            Problem(
                field="name",
                code="name_blank",
                fr="Le nom est vide ou n'a que des séparateurs : donnez un nom que l'on reconnaît.",
                en="The name is blank or has separators only: give a name that people recognise.",
            )
        )


def dead_attachment_settings(policy: AttachmentPolicy) -> Iterator[Problem]:
    """What of the policy could never have an effect. A record of an older release may have such settings."""
    if policy.switch_metadata is not None and not matching_form(policy.switch_metadata):
        yield blank_metadata_name("switch_metadata")
    for value in policy.switch_values:
        if not matching_form(value):
            yield _blank_switch_value()
        elif says_no(value):
            yield _no_as_yes(value)
    for value in filter(matching_form, repeated_names(policy.switch_values)):
        yield _repeated_switch_value(value)
    yield from _dead_link_rules(policy)


def _dead_link_rules(policy: AttachmentPolicy) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for at, rule in enumerate(policy.rules):
        if not matching_form(rule.metadata):
            yield blank_metadata_name(f"rules.{at}.metadata")
        if rule.classification_rule and not matching_form(rule.classification_rule):
            yield _blank_link_rule(at)
        key = (matching_form(rule.classification_rule), matching_form(rule.metadata))
        if key[1] and key in seen:
            yield _repeated_link_rule(at)
        seen.add(key)


def _problems_of_criteria(criteria: Sequence[Criterion]) -> Iterator[Problem]:
    for at, criterion in enumerate(criteria):
        if criterion.blank:
            yield _blank_criterion(_subject(criterion))
        elif criterion.include_subfolders and criterion.folder is None:
            yield _no_subfolders()
        elif any(criterion.same_place(other) for other in criteria[:at]):
            yield _repeated_criterion(_subject(criterion))


def _subject(criterion: Criterion) -> str:
    return "folder" if criterion.classification_rule is None else "classification_rule"


def _repeated_rules(associations: Mapping[str, object]) -> Iterator[Problem]:
    for rule in repeated_names(associations):
        yield Problem(
            field=f"associations.{rule}",
            code="rule_repeated",
            fr=f"« {rule} » et une autre règle de classement sont le même nom : réunissez leurs associations.",
            en=f"'{rule}' and another classification rule are the same name: put their associations together.",
        )


def _blank_rule(rule: str) -> Problem:
    return Problem(
        field=f"associations.{rule}",
        code="rule_blank",
        fr="Le nom de la règle de classement est vide ; pour toutes les règles, écrivez un nom sans aucun caractère.",
        en="The classification rule's name is blank; for every rule write a name without any character.",
    )


def _blank_metadata(rule: str, field: FormFieldName) -> Problem:
    return Problem(
        field=f"associations.{rule}.{field}",
        code="metadata_name_blank",
        fr="Donnez le nom de la métadonnée, ou retirez le champ des associations.",
        en="Give the metadata's name, or take the field out of the associations.",
    )


def _no_vat_lines() -> Problem:
    return Problem(
        field="vat_lines",
        code="not_associable",
        fr="Les lignes de TVA ne peuvent pas venir d'une métadonnée.",
        en="VAT lines cannot come from a metadata.",
    )


def _blank_criterion(subject: str) -> Problem:
    return Problem(
        field=subject,
        code="criterion_blank",
        fr="Le critère est vide : donnez le nom d'une règle de classement ou d'un dossier.",
        en="The criterion is blank: give the name of a classification rule or of a folder.",
    )


def _no_subfolders() -> Problem:
    return Problem(
        field="include_subfolders",
        code="subfolders_of_a_rule",
        fr="Seul un critère sur un dossier peut prendre ses sous-dossiers.",
        en="Only a criterion on a folder can take its sub-folders.",
    )


def _repeated_criterion(subject: str) -> Problem:
    return Problem(
        field=subject,
        code="criterion_repeated",
        fr="Un critère sur ce nom existe déjà (casse, accents, apostrophes, tirets et espaces ne comptent pas) : "
        "retirez-le d'abord.",
        en="A criterion on this name exists already (case, accents, apostrophes, hyphens and spaces do not count): "
        "remove it first.",
    )


def blank_metadata_name(field: str) -> Problem:
    """The problem of a setting whose metadata has no name."""
    return Problem(
        field=field,
        code="metadata_name_blank",
        fr="Le nom de la métadonnée est vide ou n'a que des séparateurs : donnez son nom.",
        en="The metadata's name is blank or has separators only: give its name.",
    )


def _blank_switch_value() -> Problem:
    return Problem(
        field="switch_values",
        code="switch_value_blank",
        fr="Une valeur est vide ou n'a que des séparateurs : aucune facture ne peut l'avoir.",
        en="A value is blank or has separators only: no invoice can have it.",
    )


def _no_as_yes(value: str) -> Problem:
    return Problem(
        field="switch_values",
        code="switch_value_means_no",
        fr=f"« {value} » veut dire non : cette valeur ne peut pas joindre des pièces.",
        en=f"'{value}' means no: this value cannot send attachments.",
    )


def _repeated_switch_value(value: str) -> Problem:
    return Problem(
        field="switch_values",
        code="switch_value_repeated",
        fr=f"« {value} » est donné deux fois (casse, accents, apostrophes, tirets et espaces ne comptent pas).",
        en=f"'{value}' is given twice (case, accents, apostrophes, hyphens and spaces do not count).",
    )


def _blank_link_rule(at: int) -> Problem:
    return Problem(
        field=f"rules.{at}.classification_rule",
        code="rule_blank",
        fr="Le nom de la règle de classement n'a que des séparateurs ; pour les documents sans règle, laissez-le vide.",
        en="The classification rule's name has separators only; for documents without a rule leave it empty.",
    )


def _repeated_link_rule(at: int) -> Problem:
    return Problem(
        field=f"rules.{at}",
        code="rule_repeated",
        fr="Une autre règle a la même règle de classement et la même métadonnée : gardez-en une.",
        en="Another rule has the same classification rule and the same metadata: keep one of them.",
    )
