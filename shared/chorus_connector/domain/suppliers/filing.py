"""What a supplier's rules for incoming documents must be: its criteria and its associations of metadata with fields."""

from collections.abc import Iterator, Mapping, Sequence

from chorus_connector.domain.errors import Invalid, refuse_if_any
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
