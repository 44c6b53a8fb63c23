"""What a use case answers when it cannot do what was asked: one small tree, judged at the edges.

Queues ask one question (will trying again help?), HTTP asks another (which status?). Both are answered from
the class alone, in ``runtime``; the domain only says what happened, in French and English.
"""

from chorus_connector.domain.problem import Problem


class ConnectorError(Exception):
    """Base of every refusal the product makes on purpose. ``code`` is stable; texts are for people."""

    code = "error"

    def __init__(self, fr: str, en: str, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en
        self.problems = problems


class NotFound(ConnectorError):
    """The thing is not there, or belongs to another supplier: the caller cannot tell which."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("Élément introuvable.", "Not found.")


class Forbidden(ConnectorError):
    """The caller is known here but has not the role this needs."""

    code = "forbidden"

    def __init__(self, role: str) -> None:
        super().__init__(f"Le rôle « {role} » est nécessaire.", f"This needs the role '{role}'.")


class Invalid(ConnectorError):
    """The request itself is wrong; ``problems`` point at its fields."""

    code = "invalid"

    @staticmethod
    def about(problem: Problem) -> "Invalid":
        """The refusal that has this one reason, in its words."""
        return Invalid(problem.fr, problem.en, problems=(problem,))


def refuse_if_any(fr: str, en: str, *problems: Problem | None) -> None:
    """Raise Invalid, said so, with every problem that is one."""
    if found := tuple(each for each in problems if each is not None):
        raise Invalid(fr, en, problems=found)


class WrongState(ConnectorError):
    """The document is not in a state that allows this."""

    code = "wrong_state"

    def __init__(self, state: str, action: str) -> None:
        super().__init__(
            f"Impossible ({action}) : le document est à l'état {state}.",
            f"Cannot {action}: the document is {state}.",
        )
        self.state = state
        self.action = action


class Conflict(ConnectorError):
    """What was asked cannot be while something else is so; ``code`` says what."""

    def __init__(self, code: str, fr: str, en: str) -> None:
        super().__init__(fr, en)
        self.code = code


class SupplierSuspended(Conflict):
    """The supplier is suspended or being deleted: nothing comes in and nothing leaves; reading goes on."""

    def __init__(self) -> None:
        super().__init__(
            "supplier_suspended",
            "Ce fournisseur est suspendu : rien n'entre et rien ne part ; la consultation reste ouverte.",
            "This supplier is suspended: nothing comes in and nothing leaves; reading stays open.",
        )


class AlreadyExists(ConnectorError):
    """Something unique is taken (a SIRET, an invoice number)."""

    code = "already_exists"


class NumberTaken(AlreadyExists):
    """Another document of this supplier claims the invoice number."""

    code = "number_taken"

    def __init__(self, holder: str) -> None:
        super().__init__(
            "Ce numéro de facture est déjà celui d'un autre document.",
            "Another document already has this invoice number.",
        )
        self.holder = holder


class StaleWrite(ConnectorError):
    """Somebody else changed the record first: read again, then decide again."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__(
            "Le document a été modifié entre-temps : rechargez-le.",
            "The document was changed meanwhile: load it again.",
        )


class OcrFailed(ConnectorError):
    """Textract gave up on the document; what the text layer gave is all there is."""

    code = "ocr_failed"

    def __init__(self, reason: str) -> None:
        super().__init__("La reconnaissance de caractères a échoué.", f"OCR failed ({reason}).")


class Transient(ConnectorError):
    """An outside system is in trouble; the same request may succeed later. Queues retry, HTTP says 503."""

    code = "temporarily_unavailable"
