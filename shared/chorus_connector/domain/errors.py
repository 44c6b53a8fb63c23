"""The errors that a use case raises when it cannot do what was asked, with a message in French and in English.

The class alone decides what follows: queues ask whether a retry can help, HTTP asks which status to answer. ``runtime``
and ``api`` make that decision.
"""

from datetime import timedelta

from chorus_connector.domain.problem import Problem


class ConnectorError(Exception):
    """Base of every error that the product raises on purpose. ``code`` is stable; the texts are for people."""

    code = "error"

    def __init__(self, fr: str, en: str, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en
        self.problems = problems


class NotFound(ConnectorError):
    """The item does not exist or belongs to another supplier: the caller cannot tell which."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("Élément introuvable.", "Not found.")


class NothingSent(NotFound):
    """No file of the document is at the portal: none was sent yet, or the portal refused it."""

    code = "not_sent"

    def __init__(self) -> None:
        ConnectorError.__init__(
            self,
            "Aucun fichier de ce document n'est au portail : rien n'a encore été envoyé, ou l'envoi a été refusé.",
            "No file of this document is at the portal: nothing was sent yet, or it was refused.",
        )


class NoSuchPage(NotFound):
    """The document has fewer pages."""

    code = "no_such_page"

    def __init__(self) -> None:
        ConnectorError.__init__(
            self,
            "Le document n'a pas cette page : la première a le numéro 1.",
            "The document does not have this page: the first one has the number 1.",
        )


class Forbidden(ConnectorError):
    """The caller may use the connector but lacks the role that this request needs."""

    code = "forbidden"

    def __init__(self, role: str) -> None:
        fr, en = _RIGHTS.get(role, (role, role))
        super().__init__(f"Il faut le droit {fr}.", f"This needs the right {en}.")


_RIGHTS = {
    "administer": ("de configurer", "to configure"),
    "use": ("de travailler sur les factures", "to work on invoices"),
    "installation_administrators": ("d'administrer l'installation", "to administer the installation"),
}


class Invalid(ConnectorError):
    """The request itself is wrong; ``problems`` name the wrong fields."""

    code = "invalid"

    @staticmethod
    def about(problem: Problem) -> "Invalid":
        """The error for one problem, with the problem's own texts."""
        return Invalid(problem.fr, problem.en, problems=(problem,))


class PageNotDrawable(Invalid):
    """No picture can be made of the page; ``problems`` say why."""

    code = "page_not_drawable"

    def __init__(self, *problems: Problem) -> None:
        super().__init__(
            "Aucune image de cette page ne peut être faite : ouvrez le fichier d'origine.",
            "No picture of this page can be made: open the original file.",
            problems=problems,
        )


class FormIncomplete(Invalid):
    """The form has blocking problems: its submission is refused, and the form shows them."""

    code = "form_incomplete"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "Le formulaire a des problèmes bloquants : corrigez-les, puis redemandez le dépôt.",
            "The form has blocking problems: correct them, then ask for the submission again.",
            problems=problems,
        )


def refuse_if_any(fr: str, en: str, *problems: Problem | None) -> None:
    """Raise Invalid with these texts and every problem given; do nothing when all are None."""
    if found := tuple(each for each in problems if each is not None):
        raise Invalid(fr, en, problems=found)


_VERBS = {
    "submit": ("déposer ce document", "submit the document"),
    "complete": ("modifier ce document", "change the document"),
    "release": ("reprendre ce document", "release the document"),
    "hold": ("retenir ce document", "hold the document"),
    "stop": ("retenir ce document", "hold the document"),
    "set_aside": ("mettre ce document de côté", "set the document aside"),
    "download": ("télécharger ce fichier", "download the file"),
}
"""What people call the actions that a state may forbid."""

_STATES = {
    "EXPECTED": ("il n'est pas encore arrivé", "it has not arrived yet"),
    "RECEIVED": ("il vient d'arriver et n'est pas encore examiné", "it has just arrived and is not examined yet"),
    "SET_ASIDE": ("il est mis de côté", "it is set aside"),
    "DUPLICATE": ("le même fichier est déjà ici", "the same file is here already"),
    "UNUSABLE": ("son fichier est inutilisable", "its file is unusable"),
    "READING": ("il est en cours de lecture", "it is being read"),
    "TO_COMPLETE": ("il est à compléter", "it has to be completed"),
    "READY": ("il est prêt à partir", "it is ready to leave"),
    "HELD": ("il attend", "it waits"),
    "SUBMITTING": ("son envoi à Chorus Pro a commencé", "its submission to Chorus Pro has begun"),
    "IN_DOUBT": ("Chorus Pro l'a peut-être déjà", "Chorus Pro may have it already"),
    "REFUSED": ("Chorus Pro l'a refusé", "Chorus Pro refused it"),
    "SUBMITTED": ("il est déjà sur Chorus Pro", "it is at Chorus Pro already"),
}
"""Why, in words, by the state: a person does not know the names of the states."""


class WrongState(ConnectorError):
    """The document's state does not allow this action."""

    code = "wrong_state"

    def __init__(self, state: str, action: str) -> None:
        verb_fr, verb_en = _VERBS.get(action, ("faire cela", action))
        because_fr, because_en = _STATES.get(state, (f"il est à l'état {state}", f"the document is {state}"))
        super().__init__(
            f"Impossible de {verb_fr} : {because_fr}.",
            f"Cannot {verb_en}: {because_en}.",
        )
        self.state = state
        self.action = action


class Conflict(ConnectorError):
    """The present state of something else forbids the request; ``code`` says of what."""

    def __init__(self, code: str, fr: str, en: str, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(fr, en, problems=problems)
        self.code = code


class SupplierSuspended(Conflict):
    """The supplier is suspended or being deleted: no upload, no submission; reading stays possible."""

    def __init__(self) -> None:
        super().__init__(
            "supplier_suspended",
            "Ce fournisseur est suspendu : rien n'entre et rien ne part ; la consultation reste ouverte.",
            "This supplier is suspended: nothing comes in and nothing leaves; reading stays open.",
        )


class SupplierDeleting(Conflict):
    """The supplier is being deleted: it writes and sends no message any more."""

    def __init__(self) -> None:
        super().__init__(
            "supplier_deleting",
            "Ce fournisseur est en cours de suppression : il n'écrit et n'envoie plus de message.",
            "This supplier is being deleted: it writes and sends no message any more.",
        )


class SiretHasMessages(Conflict):
    """The supplier's SIRET cannot change: messages or lists would stay behind for the next supplier that has it."""

    code = "siret_has_messages"

    def __init__(self) -> None:
        super().__init__(
            self.code,
            "Des messages ou des listes de diffusion existent sous ce SIRET : supprimez-les, ou créez un autre "
            "fournisseur.",
            "Messages or distribution lists exist under this SIRET: delete them, or create another supplier.",
        )


class AlreadyExists(ConnectorError):
    """A value that must be unique is already used (a SIRET, an invoice number)."""

    code = "already_exists"


class StructureExists(AlreadyExists):
    """A structure exists on its own under the SIRET: its messages and its members are not the supplier's."""

    code = "structure_exists"

    def __init__(self) -> None:
        super().__init__(
            "Une structure publique de cette installation a déjà ce SIRET. Un administrateur de l'installation peut "
            "l'attribuer à ce fournisseur en les joignant (join_structure).",
            "A public body of this installation has this SIRET already. An administrator of the installation may "
            "assign it to this supplier by joining the two (join_structure).",
        )


class NumberTaken(AlreadyExists):
    """Another document of this supplier has claimed the invoice number; ``holder`` is its id."""

    code = "number_taken"

    def __init__(self, holder: str) -> None:
        super().__init__(
            "Ce numéro de facture est déjà celui d'un autre document.",
            "Another document already has this invoice number.",
        )
        self.holder = holder


class ContentTaken(AlreadyExists):
    """Another document of this supplier has claimed the same file; ``holder`` is its id."""

    def __init__(self, holder: str) -> None:
        super().__init__("Ce fichier a déjà été ajouté.", "This file was uploaded already.")
        self.holder = holder


class StaleWrite(ConnectorError):
    """Another writer changed the record first: read it again, then decide again."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            "Le document a été modifié entre-temps : rechargez-le.",
            "The document was changed meanwhile: load it again.",
        )


class NotCached(Exception):
    """An answer of the portal's directory cannot be kept; it is used all the same."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OcrFailed(ConnectorError):
    """Textract failed on the document; only its text layer could be read."""

    code = "ocr_failed"

    def __init__(self, reason: str) -> None:
        super().__init__("La reconnaissance de caractères a échoué.", f"OCR failed ({reason}).")


class Transient(ConnectorError):
    """An outside system failed; the same request may succeed later. Queues retry, HTTP answers 503.

    ``retry_in``: until then a retry would fail at once; None: unknown.
    """

    code = "temporarily_unavailable"
    retry_in: timedelta | None = None


class OcrBusy(Transient):
    """Textract has no capacity for this account now. It says nothing about the document, which waits."""

    def __init__(self) -> None:
        super().__init__("La reconnaissance de caractères est saturée.", "Textract has no capacity now.")


class TooManyFiles(Exception):
    """So many files came by one upload link that the first one is not looked for."""

    problem = Problem(
        field=None,
        code="too_many_files_by_link",
        fr="Trop de fichiers ont été envoyés par le lien de dépôt de ce document : aucun n'a été pris. Annoncez le "
        "document de nouveau, et envoyez un seul fichier par le nouveau lien.",
        en="Too many files were sent by this document's upload link: none was taken. Announce the document again, and "
        "send one file by the new link.",
    )


class FileTooComplex(Transient):
    """The process that opened a file was ended by its limits.

    ``final``: that is the verdict on the file. Otherwise the first time is a retry, because the machine may be busy.
    ``hurried``: the process had little time, because other files of the supplier had just ended theirs.
    """

    problem = Problem(
        field=None,
        code="pdf_too_complex",
        fr="Le PDF est trop complexe : sa lecture a dépassé le temps ou la mémoire permis. Imprimez-le de nouveau en "
        "PDF (ou réduisez ses dessins et ses images), puis ajoutez ce nouveau fichier.",
        en="The PDF is too complex: reading it exceeded the time or memory allowed. Print it to PDF again (or simplify "
        "its drawings and pictures), then upload that new file.",
    )

    problem_of_a_hurried_one = Problem(
        field=None,
        code="pdf_too_complex",
        fr="La lecture du PDF a été arrêtée tôt : plusieurs fichiers trop complexes venaient d'arriver, et les "
        "suivants ont eu moins de temps. Ce fichier est peut-être bon : demandez à l'exploitant de le faire examiner "
        "de nouveau, ou imprimez-le de nouveau en PDF et ajoutez ce nouveau fichier.",
        en="The reading of the PDF was stopped early: several files that are too complex had just arrived, and the "
        "next ones had less time. This file may be good: ask the operator to have it examined again, or print it to "
        "PDF again and upload that new file.",
    )

    def __init__(self, *, final: bool = False, hurried: bool = False) -> None:
        if hurried:
            self.problem = self.problem_of_a_hurried_one
        super().__init__(self.problem.fr, self.problem.en)
        self.final = final
