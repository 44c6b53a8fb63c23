"""What a line of an address block is: a name, a street, a person or a service within the body, or something formal.

Only the text decides here; addresses.py and names.py weigh the position of a line.
"""

import re
from collections.abc import Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.words.word_lists import word_list

_STREET_WORDS = (
    r"rue|avenue|ave|av|bd|bld|boulevard|place|pl|allee|allée|allees|allées|chemin|impasse|quai|route|rte"
    r"|cours|square|zone"
    r"|esplanade|rond-point|promenade|passage|sentier|faubourg"
)
_FORMS = (
    r"sasu?|sarl|eurl|sa|snc|scop|selarl|selasu?|selafa|scp|scm|gie|scic|sca|earl|gaec|scea|cuma|sica|sem|spl"
    r"|srl|bvba|bv|nv|gmbh|ltd"
)
_DOTTED = r"(?:[a-z]\.){2,6}"  # « S.A.R.L. »
_PARTNERS = r"(?:[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?, )*[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)? (?:&|et) [^\W\d_]"
# « DELMAS, OUKACI & BRÉHIER, avocats »: the comma between partners does not end their name.
_CUT = re.compile(
    rf"\s+[|•·]\s+|,\s(?!(?:office|établissement|syndicat|régie) public|office\b|{_PARTNERS})"
    r"|\s+[-–—]\s+soci[ée]t[ée] (?:publique|anonyme|coop[ée]rative|civile|[àa]|par|d['’][ée]conomie)\b"
    rf"|\s+\(|(?:[.,]?\s+(?:[-–—]\s+)?(?:{_FORMS}|{_DOTTED}))?(?:\s+coop[ée]rative)?\s+"
    r"(?:au |[àa] |share )?cap(?:ital|\.)"
    r"|\s+(?=[^\W\d_]{2,}\s?:(?:\s|$))"
    r"|\s+(?=siret\b|siren\b|n° siret|tva\b|rcs\b|tel\b|tél\b|capital\b)"
    rf"|\s+(?=\d{{1,4}}\s?(?:bis|ter)?,?\s(?:{_STREET_WORDS})\b)|\s+\d{{5}}\s+[A-Z]"
    r"|(?<!\bdu)(?<!\bde)(?<!\bla)(?<!\ble)(?<!\bau)\s+"
    r"(?=(?:rue|avenue|boulevard|chemin|impasse) (?:de|du|des|d['’])\b)",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s+[–—/-]\s+")
# « Rivelle Eaux – Service Clients », « / Direction des ventes »: who answers in a company or a body, not its name.
_DEPARTMENT = re.compile(
    r"(?:le |la |votre |notre )?(?:services?|direction|pole|agence|centre (?:de )?(?:services?|relations?|clients?)"
    r"|division|cellule|espace clients?|relations? clients?|comptabilite|facturation|recouvrement|administration des"
    r"|departement (?!d[eu]s? (?!ventes|marches|achats)|de l))(?:\b|(?<= ))"
)
# The first line of an address, or what a hotel, an estate or a residence is called.
_SITE = (
    r"^(?:parc|zone|domaine|immeuble|residence|tour|palais|maison de l')\s"
    r"(?!naturel|national|autonomie|sociale|senior|medicalisee|des congres|des expositions|zoologique)"
)
_ADDRESS = re.compile(
    r"\b(?:rue|avenue|boulevard|bd|allee|allees|impasse|(?<!du )(?:chemin|quai|faubourg)|cedex|route"
    r"|z\.?a\.?|z\.?i\.?|zac|lieu-dit|esplanade|street|road)\b"
    r"|\b(?:bp|cs|tsa)\s?\d|\b\d{5}\s+[a-z]|^\d+\s?(?:bis|ter|b|t)?[,\s]|^place\b"
    r"|^hotel (?:de ville|du departement|de (?:la )?region|d.agglomeration|de (?:la )?metropole|de (?:la )?communaute"
    r"|des finances|des impots|de police|de la prefecture)|@|www\."
    r"|https?:"
    r"|^bat(?:iment|\.)|^cours\b|^square\b|^france$|^cite administrative|^centre administratif|^le bourg$"
    r"|^\d+e etage|^quartier\b"
    rf"|{_SITE}|^chez\b"
    r"|^siege(?: social)?\b"
)
_OPENS_A_COMPANY = re.compile(
    r"(?:societe|entreprise|ets|etablissements|cabinet|compagnie|groupe|cooperative|association)\b"
)
_A_PLACE = re.compile(
    r"(?:l'|le |la |les )?(?:ancienn?e? )?(?:foyer|salle|maison (?:d|pour)|espace|gymnase|complexe|stade|halles?"
    r"|pavillon|ferme|chateau|moulin|mas|manoir|presbytere|villa|bastide|pepiniere d|hotel d'entreprises"
    r"|centre (?:commercial|d'affaires|social|culturel|artisanal)|technopole|village)\b"
)
_NUMBERED_STREET = re.compile(rf"\d{{1,4}}\s?(?:bis|ter|b|t)?,?\s(?:{_STREET_WORDS})\b")
_POSTAL = re.compile(r"(?:^|\s)[a-z]{1,2}-\d{4,5}\s+[a-z]|(?:^|\s|f-?)\d{5}\s+[a-z]|^\d{5}$")
_TOWN_OR_BOX = re.compile(r"(?:f-?|[a-z]-)?\d{5} [a-z]|(?:bp|cs|tsa)\s?\d")
_FORMAL = re.compile(
    r"au capital|\bsiret\b|\bsiren\b|\brcs\b|\br\.c\.s|\bape\b|\bnaf\b|\btva\b|\biban\b|\bbic\b|€|\bttc\b"
    r"|\btel\b|telephone"
    r"|\bfax\b|\d{2}[ .]\d{2}[ .]\d{2}"
)
_COMPANY = re.compile(
    r"au capital|\brcs\b|r\.c\.s|\bape\b|\bnaf\b|tva intra|n° ?tva|\btel\b|^t\. ?\d|telephone|\bfax\b|@|www\."
)
# « Total », « Commandes », « Contactez » with any ending of its kind, never the start of a longer word (« Maillard »).
_OPENS_OTHERWISE = re.compile(
    rf"(?:{'|'.join(word_list('words_that_open_other_matters'))})(?:e|s|es|ez)?\b"
    r"|totaux\b|pages?(?: ?n°| ?no)? ?(?:[\d:/]|$|suiv|preced|sur )|bon de|code(?:\b|service|client)|identifi"
    r"|vos |votre |votre$|notre |notre$|nos |nous |merci|en cas|par |pour\b|du |lot "
    r"|(?:soit|compte|copie|livre|livree|livrer|livraison)\b"
    r"|le (?=\d|lundi|mardi|mercredi|jeudi|vendredi|gerant|comptable|service)|la (?:gerante|direction|presente)"
    r"|net |base$|base (?:ht|hors|imposable|taxable|tva)|facture(?:s?\b|[er])|imprimee? (?:le|par)|note de credit"
    r"|vendue? (?:a|par)\b|expediee? a\b|ville :|raison sociale|n°|a l'attention|a reporter|donneur d|depuis "
    r"|(?:entrepreneur|entreprise) individuel|(?:micro|auto)-entrepren"
    r"|demande (?:de paiement|d'acompte)|etat d'acompte|appel de fonds|memoire (?:et|n|de travaux)"
    r"|mes(?:dames|demoiselles)|(?:madame|monsieur)(?:,|$)|nom (?:et|du|:)|organisme payeur|maitre d'ouvrage$"
    r"|(?:etablissement|organisme|collectivite|doit|de|a)$|mode de|r\.c\.s|r c s|emise? |votre partenaire"
    r"|agreee? |police n|membre d|assurance (?:decennale|rc|responsabilite|professionnelle)|garantie "
)
_WITHIN_A_BODY = re.compile(
    r"(?:(?:service|services|serv\.?|secretariat|sous-direction|dept|dpt)\s"
    r"(?!departemental|d'incendie|de sante|national|central d'|public d'incendie|interacademique|des essences"
    r"|du commissariat|de l'etat|general (?:pour|commun|du gouvernement|de la defense))"
    r"|(?:bureau|cellule|pole|guichet|unite|mission)\s(?:de |des |du |d'|comptab|achat|factur|financ|march"
    r"|ressource|techni)"
    r"|centre de (?:services?|prestations?) |pharmacie\b|agence comptable|economat|cuisine centrale"
    r"|services |departement (?:des? (?:achats|finances|marches|ressources|services)|comptab|finance|achat"
    r"|technique|informatique)"
    r"|direction (?:des?|du|de la|de l'|generale|administrative|financiere|commerciale|technique|informatique"
    r"|achats?|patrimoine|affaires)\b(?! (?:departementale|regionale|finances publiques|securite"
    r"|protection judiciaire|douanes|la police|l'aviation|routes ))"
    r"|monsieur|madame|mme\b|mr?\b\.? |mlle|m\. |agent comptable|l'agent comptable|comptabilite|tresorier"
    r"|le maire|maire$|le president|le directeur|la directrice"
    r"|a l'att|att(?:n|\.| :)"
    r"|agence (?:nord|sud|est|ouest|centre|commerciale)"
    r"|agence d[eu'] ?(?!services|la |l'|mutualisation|developpement|promotion|gestion|urbanisme|attractivite|presse)"
    r"[^ ]+$|comptable public|dsi\b$|dgs\b$"
    r"|affaires? (?:generales|financieres|scolaires)|gestion$|intendance$|factures?\b|facturation"
    r"|(?:(?:l'|le |la )?(?:adjointe? |secretaire )?"
    r"(?:gestionnaire|intendante?|econome|regisseur|proviseure?|principale?))$"
    r"|restaurants? (?:scolaire|municipal|administratif|d'entreprise|universitaire)"
    r"|restauration (?:scolaire|collective)"
    r"|cantines?\b|police municipale\b|centre technique municipal\b)"
)
_TITLE = r"(?:credit note|invoice|avoir|facture|note d'honoraires)"
_PARTY = r"(?:le |la |l')?(?:prestataire|fournisseur|vendeur|titulaire|creancier|destinataire|acheteur|entreprise)"
_LEGAL_FORM_ALONE = re.compile(
    rf"(?:(?:{_FORMS})(?: - share| d['’][a-z]+| de [a-z]+| unipersonnelle)?"
    r"|societe (?:a|par|civile|en nom|d['’]exercice) .*|sci|eirl|ei|societe anonyme"
    r"|s\.a\.s\.?|s\.a\.r\.l\.?|s\.a\."
    rf"|association(?: (?:de )?(?:la )?loi (?:de |du )?(?:1er juillet )?1901)?|{_PARTY}|{_TITLE}(?: / {_TITLE})?)"
)
_OPENS_WITH_A_FORM = re.compile(rf"(?:{_LEGAL_FORM_ALONE.pattern})(?!\w)")
# « SELARL d'avocats inscrite au barreau de Rouen »: what a company is and does, in a phrase without a name.
_DESCRIBED = re.compile(
    rf"(?:(?:{_FORMS}|selas|scm|eirl|societe|association|entreprise|cabinet|etude|cooperative|groupement)"
    r"(?: (?:cooperative|civile|anonyme|individuelle|professionnelle|interprofessionnelle|unipersonnelle|collectif))*)"
    r"(?:,? (?:d['’]?|des? |du |l['’])?[^\W\d_]+){0,4}?,? "
    r"(?:inscrit|agree|immatricul|reconnu|regie?s?\b|declaree?s?\b|affilie|habilite|conventionne|membre|titulaire"
    r"|loi (?:de )?1901|a (?:capital|but|responsabilite|directoire|conseil)|sans but|au capital|par actions"
    r"|en nom|d['’](?:avocats?|architectes?|experts?|exercice|huissiers?|interet|economie)"
    r"|de (?:notaires?|medecins?|commissaires|geometres|droit))"
)
_SCHOOL = (
    r"(?:lycee|college|ecole|cite scolaire|groupe scolaire|institut)"
    r"(?: (?:professionnel|general|polyvalent|technologique|agricole|elementaire|primaire|maternelle))*"
)
_A_FIRST_NAME = re.compile(rf"{_SCHOOL} [a-z-]+")
_ABBREVIATION = re.compile(r"\b(?:[a-z]\.){2,}|\b(?:[a-z]\.)+[a-z]\b")
_A_TITLE = re.compile(r"(?:drs?|mmes?|mm?|mes?|maitres?|docteurs?|monsieur|madame)\b\.? ")
_LEGAL_WORDS = frozenset(word_list("words_of_legal_forms"))
_TRADES = frozenset(word_list("words_of_trades"))
_ROLES = frozenset(word_list("roles_of_parties"))
_A_ROLE = re.compile(r"(?:eur|euse|trice|aire|ants?|ents?|iens?|iers?|ager|és?|ées?)$")
_SHORT_SURNAME = 5  # letters: « Blier » is no role
_AN_ACTIVITY = re.compile(r"(?:tion|sion|age|erie|ment|ure)s?$")
_PROFESSIONS = frozenset(word_list("words_of_professions"))
_BETWEEN_TRADES = {"et", "&", "de"}
_UNFINISHED = re.compile(
    r"(?:\b(?:de|du|des|de la|la|le|les|et|aux?|en|sur|sous|pour|a vocation)|\b[dl]['’]|&|-|–)$"
    r"|^(?:(?:groupe|groupement|centre) hospitalier(?: universitaire| intercommunal| regional)*"
    r"|communaute (?:de communes|d.agglomeration|urbaine)|syndicat (?:mixte|intercommunal|departemental)"
    rf"|{_SCHOOL}"
    r"|centre communal(?: d'action(?: sociale)?)?|caisse des ecoles|office public(?: de l'habitat)?"
    r"|service departemental(?: d'incendie(?: et de secours)?)?|conseil (?:departemental|regional|municipal))$"
)
# What an address adds to a body under its name, in lower case like the rest of a name.
_APPOSITION = re.compile(
    r"represente|entrepren|entreprise individuelle|pris(?:e)? en"
    r"|dont le|domicilie|sise? |agissant|ci-apres|ayant|service|a l'attention|c/o|chez "
    r"|dite? |immatricule|au capital|inscrit|siren|siret"
)
_ACCOUNTANT = re.compile(
    r"tresorerie|service de gestion comptable|\bsgc\b|paierie|comptable (?:public|assignataire)|tresor public"
)
_CUT_SHORT = re.compile(r"\b(?:de|du|des|la|le|les|et|aux?|pour)$|\b[dl]['’]$|-$")
_CUT_OPEN = re.compile(r"\(|(?:de|du|des|et|aux?|sur|pour|la|les)\s|[dl]['’]")
# An article with a capital opens the name of a building instead: « Le Forum ».
_GOES_ON = re.compile(r"(?:(?:(?i:de|du|des|et|sur|en|aux?|pour)|la|le|les)\s|(?i:d)['’]|l['’]|&\s)\S")
_BODY_AT_THE_END = re.compile(r"\b(?:metropole|agglomeration|agglo|communaute|habitat public|office public)$")
_A_CODE = re.compile(r"[A-Z]+[-_/]?\d{2,}[A-Z0-9]*")  # « VOIRIE02 »
_OPENS_A_UNIT = frozenset(word_list("words_that_open_units_and_places"))
_LAST_WORDS = 3  # that a line may add to the name above it
_MOST_WORDS = 14
_SMALL_WORDS = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "a", "au", "aux", "sur"))
_FEWEST_INITIALS = 2
_MORE_WORDS = 4  # that a fuller print of a name may have
_ORNAMENT = re.compile(r"^[^\w(«\"'’@\[&]+")
# Words of a sentence, and the number of a clause, which no name has.
_A_SENTENCE = re.compile(
    r"\b(?:sont|sera|seront|serez|avez|avons|cette|cet|ces|vous|merci|veuillez|afin|joints?|ci-joint|doit|peut|ne|etre"
    r"|est (?:d'|de \d|due?\b|exigible|payable|applicable|fixee?|soumise?|calculee?|egale?)|\d+ (?:jours|mois)"
    r"|applicables?|moratoires?|indemnite forfaitaire|escompte|delai de paiement|conditions generales)\b|[.?!]$"
    r"|^(?:\d{1,2}(?:\.\d)*[.)]|[a-z]\)) "
)
# What stamps, watermarks and notes say.
_STAMP = re.compile(
    r"(?:courriers?|arrivee?|recue? le|payee?s?|acquittee?|duplicata|specimen|exemple|copies?|brouillon|urgent"
    r"|confidentiel(?:le)?|pro ?-?forma|bon (?:a payer|pour)|service fait|certifiee?|vu et|comptabilisee?|transmise?"
    r"|a classer|prochaines? etapes|en attente|bienvenue|validee?)\b"
    r"|(?:annulee?|vu|ok|important|attention|nouveau)$"
)


def name_of(text: str) -> str | None:
    """The name at the start of a text, without address, legal form or numbers after it; None if there is none."""
    text = _ORNAMENT.sub("", text).strip(" :;,.–—-•·|*>")
    cut = _CUT.search(text)
    name = text[: cut.start()] if cut and cut.start() > 1 else text
    for dash in _DASH.finditer(name):
        if dash.start() > 1 and _says_other(name[dash.end() :]):
            name = name[: dash.start()]
            break
    name = name.strip(" :;,–—-•·|*")
    return name if looks_like_a_name(name) else None


def name_of_a_site(text: str) -> str | None:
    """« Domaine de la Garenne » where a name is certain; elsewhere it would be the first line of an address."""
    said = re.sub(_SITE, "", fold(text))
    return text.strip(" :;,.–—-•·|*") if said != fold(text) and looks_like_a_name(said.upper()) else None


def continuation_of(text: str) -> str | None:
    """What a line adds to the name above it; None if it is an address or something formal."""
    folded = fold(text)
    formal = (
        _APPOSITION.match(folded)
        or _ADDRESS.search(folded)
        or _FORMAL.search(folded)
        or _LEGAL_FORM_ALONE.fullmatch(folded)
    )
    coded = any(char in text for char in "_:") or sum(map(str.isdigit, text)) > sum(map(str.isalpha, text))
    return None if formal or coded else text.strip(" :;,.–—-•·|*")


def looks_like_a_name(name: str) -> bool:
    """Whether a text may be the name of a company or of a body."""
    folded = fold(name)
    if _A_CODE.fullmatch(name) or not any(char.isupper() for char in name) or _is_a_legal_form(folded):
        return False
    letters = sum(char.isalpha() for char in name)
    digits = sum(char.isdigit() for char in name)
    if letters < 2 or (letters < 3 and not name.isupper()) or len(name) > 90 or len(name.split()) > _MOST_WORDS:
        return False
    if (digits > letters and digits < 14) or (digits and letters < 3):
        return False
    return not (
        _STAMP.match(folded)
        or _A_SENTENCE.search(folded)
        or _OPENS_OTHERWISE.match(folded)
        or _ADDRESS.search(folded)
        or _FORMAL.search(folded)
        or _LEGAL_FORM_ALONE.fullmatch(folded)
        or _is_a_description(name, folded)
        or _PROFESSIONS.issuperset(re.findall(r"[^\W_]+", folded))
        or any(char in name for char in "_:[]@")
    )


def _is_a_legal_form(folded: str) -> bool:
    """« SCOP SA à », « Société anonyme d'économie mixte »: what a company is, without its name."""
    return _LEGAL_WORDS.issuperset(re.findall(r"[^\W_]+", _without_dots(folded)))


def _is_a_description(name: str, folded: str) -> bool:
    """Whether a legal form and its description are all there is: no word before that begins with a capital."""
    said = _DESCRIBED.match(folded)
    return said is not None and not any(word[:1].isupper() for word in name[: said.end()].split()[1:])


def is_a_form_alone(text: str) -> bool:
    """« S.C.P. », « SARL »: the abbreviation of a legal form and nothing else."""
    return re.fullmatch(_FORMS, _without_dots(fold(text)).strip(" :;,–—-")) is not None


def has_a_legal_form(name: str) -> bool:
    """« Bois Joli SARL », « SCIC Les Halles »: a name that begins or ends with what the company is."""
    words = re.findall(r"[^\W_]+", _without_dots(fold(name)))
    named = len(words) > 1 and (words[0] == "association" or re.fullmatch(_FORMS, words[0]))
    return bool(named) or (len(words) > 1 and re.fullmatch(_FORMS, words[-1]) is not None)


def is_followed_by_its_form(name: str, text: str) -> bool:
    """Whether a text begins with a name and what the company is: « Roche et associés – SELAS au capital de … »."""
    rest = fold(text[len(name) :]) if text.startswith(name) else ""
    return re.match(rf"\W*(?:{_FORMS}|{_DOTTED}|societe|association)(?!\w)", rest) is not None


def _without_dots(folded: str) -> str:
    """« S.A.R.L. Durand » as « SARL Durand »: a (folded) text whose abbreviations have lost their dots."""
    return _ABBREVIATION.sub(lambda found: found[0].replace(".", ""), folded)


def is_a_trade(text: str) -> bool:
    """« Imprimerie », « Espaces Verts »: only what a company does, which its name follows."""
    folded = fold(text).strip(" :;,.–—-")
    words = set(folded.split()) - _BETWEEN_TRADES
    return folded in _TRADES or (bool(words) and words <= _TRADES)


def says_only_activities(text: str) -> bool:
    """« Maçonnerie, couverture, zinguerie »: what a company does, in nouns of activities."""
    words = [word for word in re.findall(r"[^\W\d_]+", fold(text)) if word not in _SMALL_WORDS]
    return all(word in _TRADES or _AN_ACTIVITY.search(word) for word in words)


def names_a_role(text: str) -> bool:
    """« Diffuseur », « Abonné », « MANDANT »: one word for what a party is in a contract, or a surname like it."""
    return text.isalpha() and (
        fold(text) in _ROLES or (len(text) > _SHORT_SURNAME and _A_ROLE.search(text.lower()) is not None)
    )


def has_no_name_of_its_own(text: str) -> bool:
    """« Annonceur », « Lieu d'enlèvement », « Menuiserie générale »: a role, or common nouns only."""
    others = [word for word in re.findall(r"[^\W\d_]+", text)[1:] if len(word) > 1]
    return names_a_role(text) or (bool(others) and all(word.islower() for word in others))


def is_titled(name: str) -> bool:
    """Whether a name has several words, each with a capital: a slogan has few."""
    words = [word for word in re.findall(r"[^\W\d_]+", name) if len(word) > weights.LINKING_WORD]
    return len(words) > 1 and all(word[0].isupper() for word in words)


def may_head_an_address(name: str) -> bool:
    """Whether a line does not begin like a unit or a place within a body."""
    return re.findall(r"[^\W_]+", fold(name))[0] not in _OPENS_A_UNIT


def names_two_bodies(lines: Sequence[str]) -> bool:
    """Whether an address names a ministry and then one of its bodies: the invoice may be meant for either."""
    return len(lines) > 1 and fold(lines[0]).startswith(("ministere", "ministre"))


def is_half_a_name(name: str) -> bool:
    """Whether a name lacks its end (« Commune de ») or its beginning (« de la Vère »)."""
    return _CUT_SHORT.search(fold(name)) is not None or _CUT_OPEN.match(name) is not None


def is_part_of(name: str, whole: str) -> bool:
    """Whether a name's words are some of another's, next to one another."""
    words, others = _words(name), _words(whole)
    more = len(others) - len(words)
    return 0 < more <= _MORE_WORDS and any(others[at : at + len(words)] == words for at in range(more + 1))


def is_the_same_name(name: str, other: str) -> bool:
    """Whether two names differ in nothing but their legal forms."""
    return _words(name) == _words(other)


def are_initials_of(name: str, whole: str) -> bool:
    """« C.P.A. » of « Comptoir pharmaceutique des Alpes », with or without its small words."""
    letters = re.sub(r"[\W_]", "", fold(name))
    words = re.findall(r"[^\W_]+", fold(whole))
    told = [word for word in words if word not in _SMALL_WORDS]
    named = name.isupper() and len(letters) >= _FEWEST_INITIALS
    return named and letters in ("".join(word[0] for word in words), "".join(word[0] for word in told))


def is_made_of(name: str, whole: str) -> bool:
    """« BLA Atlantique » of « Bureautique Location Atlantique »: a logo with initials and words of a name."""
    words = re.findall(r"[^\W_]+", fold(whole))
    parts = re.findall(r"[^\W_]+", name)
    return all(fold(part) in words or are_initials_of(part, whole) for part in parts)


def _words(name: str) -> list[str]:
    """The words of a name without its legal form, which is sometimes printed with it and sometimes not."""
    words = re.findall(r"[^\W_]+", _without_dots(fold(name)))
    return [word for word in words if not _LEGAL_FORM_ALONE.fullmatch(word)] or words


def is_accounting_officer(folded: str) -> bool:
    """Whether a (folded) text names the public accountant who pays for a body, and not the body."""
    return _ACCOUNTANT.search(folded) is not None


def fullest(names: Sequence[str]) -> int:
    """The index of the first name, or of a later line that repeats it with more words, as under a logo."""
    return next((at for at, name in enumerate(names) if is_part_of(names[0], name)), 0)


def is_within_a_body(text: str) -> bool:
    """Whether a line names a service or a person of the body rather than the body."""
    return _WITHIN_A_BODY.match(fold(text)) is not None


def ends_like_a_body(name: str) -> bool:
    """« Bourg-Métropole », « Vosges Habitat Public »: a body whose kind is its last word."""
    return _BODY_AT_THE_END.search(fold(name)) is not None


def is_street(text: str) -> bool:
    """Whether a line belongs to a postal address, the town's line included."""
    return _ADDRESS.search(fold(text)) is not None


def names_a_company(name: str) -> bool:
    """« Société des Eaux », « Duval SARL »: a name that says that it is a company's."""
    return has_a_legal_form(name) or _OPENS_A_COMPANY.match(fold(name)) is not None


def names_a_place(name: str) -> bool:
    """« Foyer rural », « Salle des fêtes », « Moulin de la Vère »: a building, which a company may only be in."""
    return _A_PLACE.match(fold(name)) is not None and not has_a_legal_form(name)


def is_numbered_street(text: str) -> bool:
    """« 12 bis rue des Tilleuls »: a line that can be nothing but a street."""
    return _NUMBERED_STREET.match(fold(text)) is not None


def is_line_of_an_address(text: str) -> bool:
    """« 12 bis rue des Tilleuls », « 25290 ORNANS », « CS 20033 »: a line with a street or a town and no name."""
    return is_numbered_street(text) or _TOWN_OR_BOX.match(fold(text)) is not None


def has_postal_code(folded: str) -> bool:
    """Whether a (folded) line is the one with the postal code and the town."""
    return _POSTAL.search(folded) is not None


def speaks_for_a_company(folded: str) -> bool:
    """Whether a (folded) text contains details that only a seller prints: capital, register, telephone, web site."""
    return _COMPANY.search(folded) is not None


def may_lack_a_word(name: str) -> bool:
    """« Collège Olivier »: a school with one more word, perhaps half of a person's name."""
    return _A_FIRST_NAME.fullmatch(fold(name)) is not None


def may_end_a_name(text: str, above: str) -> bool:
    """Whether a line of few words, no unit, place, building or initials, may end the name in the line above it."""
    words = re.findall(r"[^\W_]+", text)
    plain = all(word.isalpha() and (above.isupper() or len(word) == 1 or not word.isupper()) for word in words)
    return 0 < len(words) <= _LAST_WORDS and plain and fold(words[0]) not in _OPENS_A_UNIT


def goes_on(name: str, below: str) -> bool:
    """Whether a name runs on in the line below it: « Établissement français » over « du sang »."""
    return bool(_UNFINISHED.search(fold(name)) or _GOES_ON.match(below))


def ends_in_a_small_word(text: str) -> bool:
    """« … de la Vallée de la »: a line whose text continues on the next one."""
    return _CUT_SHORT.search(fold(text)) is not None


def _says_other(rest: str) -> bool:
    """Whether what follows a dash is an address, a legal form or a number rather than part of the name."""
    folded = fold(rest)
    if rest[:1].islower() and " " in rest.strip() and not rest.isupper():
        return True  # « Ergotem – ergonomie du travail »
    if _A_TITLE.match(folded):
        return True  # « SELAS Vetpont – Drs A. Roche, M. Morel »
    return bool(
        _DEPARTMENT.match(folded)
        or _ADDRESS.search(folded)
        or _FORMAL.search(folded)
        or _OPENS_WITH_A_FORM.match(folded)
        or _is_a_legal_form(folded)
        or any(char.isdigit() for char in rest)
        or _OPENS_OTHERWISE.match(folded)
    )
