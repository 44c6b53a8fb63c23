"""The console's texts: both languages of each, none in a template or a script, all of them used."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from jinja2 import Environment

from console.catalogue import LANGUAGES, catalogue, text
from console.rendering import STATIC, TEMPLATES

TEMPLATE_FILES = sorted(TEMPLATES.rglob("*.html"))
SOURCES = [*TEMPLATE_FILES, *sorted(TEMPLATES.parent.rglob("*.py"))]
_TAG = re.compile(r"<!--.*?-->|<[^>]*>|\b[a-z-]+=\"[^\"]*\"", re.DOTALL)
_OF_PEOPLE = re.compile(r"(?:aria-label|placeholder|title|alt)=\"([^\"{]*[A-Za-z]{2}[^\"{]*)\"")


def _variants(found: object) -> Iterator[str]:
    yield from found.values() if isinstance(found, dict) else (str(found),)


def test_each_text_has_both_languages_and_the_same_values_in_each() -> None:
    wrong = [name for name, entry in catalogue().items() if not _is_whole(entry)]
    assert wrong == []


def _is_whole(entry: Mapping[str, Any]) -> bool:
    shapes = {language: set(found) if isinstance(found, dict) else None for language, found in entry.items()}
    values = [
        {field for variant in _variants(found) for _, field, _, _ in Formatter().parse(variant) if field}
        for found in entry.values()
    ]
    return set(entry) == set(LANGUAGES) and all(
        each == values[0] and shape in (None, {"one", "other"})
        for each, shape in zip(values, shapes.values(), strict=True)
    )


@pytest.mark.parametrize("path", TEMPLATE_FILES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    data = "".join(str(value) if kind == "data" else "{}" for _, kind, value in Environment().lex(source))
    assert re.findall(r"[A-Za-zÀ-ÿ]{2,}", _TAG.sub(" ", data)) == []
    assert _OF_PEOPLE.findall(source) == []


def test_a_name_in_a_template_is_a_text_of_the_catalogue() -> None:
    named = {
        (path.name, name)
        for path in TEMPLATE_FILES
        for name in re.findall(r"""\bt\(["']([a-z_A-Z0-9.]+)["'][,)]""", path.read_text(encoding="utf-8"))
    }
    assert [each for each in sorted(named) if each[1] not in catalogue()] == []


def test_every_text_is_used() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    starts = set(re.findall(r"""["']([a-z_]+\.(?:[a-zA-Z_]+\.)*)["'] ?~""", sources))
    starts |= set(re.findall(r"""f["']([a-z_]+\.(?:[a-zA-Z_]+\.)*)\{""", sources)) | {"done."}
    unused = [name for name in catalogue() if name not in sources and not name.startswith(tuple(starts))]
    assert unused == []


def test_singular_and_plural_follow_the_language() -> None:
    assert text("suppliers.credentials_end", "fr", n=0) == "mot de passe : 0 jour restant"
    assert text("suppliers.credentials_end", "en", n=0) == "password: 0 days left"
    assert text("suppliers.credentials_end", "fr", n=2) == "mot de passe : 2 jours restants"


def test_one_thing_has_one_word_on_every_page() -> None:
    """A person holds a document (« retenir »), files are added (« ajouter ») and invoices submitted (« déposer »)."""
    shown = {name: entry for name, entry in catalogue().items() if not name.startswith("configuration.webhook")}
    for words in (r"\b[Aa]rrêt(?:er|és?)\b", r"[Dd]épos\w* (?:des|d'autres|un) fichiers?", "Demander le dépôt"):
        wrong = [name for name, entry in shown.items() for each in _variants(entry["fr"]) if re.search(words, each)]
        assert wrong == [], words
    assert text("documents.action.hold", "fr") == text("invoice.do.hold", "fr") == text("invoice.do.withdraw", "fr")
    assert text("documents.action.submit", "fr") == text("invoice.submit", "fr")


def test_no_page_reloads_by_a_meta_tag_which_a_reader_cannot_stop() -> None:
    assert [path.name for path in TEMPLATE_FILES if "http-equiv" in path.read_text(encoding="utf-8")] == []


def test_scripts_and_styles_stay_small() -> None:
    scripts = sum(each.stat().st_size for each in STATIC.glob("*.js"))
    styles = sum(each.stat().st_size for each in STATIC.glob("*.css"))
    assert scripts <= 30_000
    assert styles <= 25_000


def test_english_texts_have_english_quotation_marks() -> None:
    english = {name: str(entry["en"]) for name, entry in catalogue().items()}
    assert [name for name, said in english.items() if "«" in said or "»" in said] == []


_OWN_COMPANY = re.compile(r"(Mes|Nouveau|Ce|ce|[Ll]e|du|de ce|aucun|Aucun) fournisseurs?\b")
_OF_THE_INVOICE = ("invoice.fields.", "configuration.field.", "field_names.")


def test_the_persons_own_company_is_no_supplier_to_an_accountant() -> None:
    french = {name: str(entry["fr"]) for name, entry in catalogue().items() if not name.startswith(_OF_THE_INVOICE)}
    assert [name for name, said in french.items() if _OWN_COMPANY.search(said)] == []
