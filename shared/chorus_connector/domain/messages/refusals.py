"""All refusals of « Mes messages »: one stable code each, with a French and an English text.

Clients branch on the codes and people read the texts, so one table defines both. A ``Problem`` belongs to one field or
one recipient; an error is the answer to the whole request.
"""

from chorus_connector.domain.errors import ConnectorError, Forbidden, Invalid, WrongState
from chorus_connector.domain.problem import Problem

TEXTS: dict[str, tuple[str, str]] = {
    # what a message says
    "title_missing": ("Le titre est obligatoire pour envoyer.", "A title is required to send."),
    "title_too_long": ("Le titre a {limit} caractères au plus.", "The title has {limit} characters at most."),
    "content_missing": ("Le contenu est obligatoire pour envoyer.", "A content is required to send."),
    "content_too_long": ("Le contenu a {limit} caractères au plus.", "The content has {limit} characters at most."),
    "control_characters": (
        "Caractères de contrôle et marques de sens d'écriture interdits.",
        "Control characters and marks of the direction of writing are not allowed.",
    ),
    "use_sollicitations": (
        "Une question sur une facture se pose dans « Sollicitations », pas dans « Mes messages ».",
        "A question on an invoice belongs to « Sollicitations », not to « Mes messages ».",
    ),
    # when it is shown
    "display_start_missing": ("Le début de l'affichage est obligatoire.", "The display start is required."),
    "display_end_missing": ("La fin de l'affichage est obligatoire.", "The display end is required."),
    "display_start_past": ("Le début de l'affichage est déjà passé.", "The display start is in the past."),
    "display_end_past": ("La fin de l'affichage est déjà passée.", "The display end is in the past."),
    "display_end_too_late": (
        "La fin de l'affichage est à {limit} jours d'aujourd'hui au plus.",
        "The display ends at most {limit} days from today.",
    ),
    "display_end_before_start": ("La fin précède le début de l'affichage.", "The display ends before it starts."),
    "start_already_past": (
        "L'affichage a déjà commencé : son début ne change plus.",
        "The display has begun already: its start does not change any more.",
    ),
    # from whom
    "sender_service_unknown": ("Service émetteur inconnu : {service}.", "Unknown sender service: {service}."),
    "service_not_yours": (
        "Votre abonnement ne couvre pas ce service : demandez à l'administrateur de la structure.",
        "Your subscription does not cover this service: ask the structure's administrator.",
    ),
    # to whom
    "recipients_missing": (
        "Au moins un destinataire, une liste ou « tous mes destinataires ».",
        "At least one recipient, one list or all recipients.",
    ),
    "no_recipient": (
        "Aucun destinataire : aucune facture n'a encore été échangée avec une structure de cette nature.",
        "No recipient: no invoice was exchanged yet with a structure of this kind.",
    ),
    "recipient_kind_missing": (
        "Un organisme public choisit la nature des destinataires : clients ou fournisseurs.",
        "A public body chooses the kind of recipients: clients or suppliers.",
    ),
    "recipient_kind_not_yours": (
        "Un fournisseur écrit à ses clients : la nature des destinataires ne se choisit pas.",
        "A supplier writes to its clients: there is no kind of recipients to choose.",
    ),
    "recipient_not_a_siret": ("{siret} : un SIRET a 14 chiffres.", "{siret}: a SIRET has 14 digits."),
    "recipient_is_sender": ("{siret} est la structure émettrice.", "{siret} is the sender itself."),
    "recipient_unknown": ("{siret} : structure inconnue.", "{siret}: unknown structure."),
    "recipient_never_exchanged": (
        "{siret} : aucune facture n'a été échangée avec cette structure.",
        "{siret}: no invoice was exchanged with this structure.",
    ),
    "recipient_service_never_exchanged": (
        "{siret} : aucune facture n'a été échangée avec le service {service}.",
        "{siret}: no invoice was exchanged with the service {service}.",
    ),
    "too_many_recipients": (
        "{limit} destinataires au plus un par un : au-delà, utilisez des listes ou « tous mes destinataires ».",
        "At most {limit} recipients one by one: beyond, use lists or all recipients.",
    ),
    "list_unknown": ("Liste de diffusion inconnue : {list_id}.", "Unknown distribution list: {list_id}."),
    "list_empty": ("La liste « {name} » est vide.", "The list '{name}' is empty."),
    "list_other_kind": (
        "La liste « {name} » n'est pas de la nature de destinataires du message.",
        "The list '{name}' has not the message's kind of recipients.",
    ),
    "not_a_member": ("{siret} {service} n'est pas dans la liste.", "{siret} {service} is not in the list."),
    "too_many_lists": ("{limit} listes au plus.", "At most {limit} lists."),
    # what a state forbids
    "sent_field_fixed": (
        "Message envoyé : seules ses dates d'affichage changent ; ses destinataires s'ajoutent.",
        "The message is sent: only its display dates change, and recipients can be added.",
    ),
    "display_over": (
        "Message envoyé dont l'affichage est terminé : rien n'y change plus.",
        "The message is sent and its display is over: nothing changes any more.",
    ),
    "already_sent": ("Ce message est déjà envoyé.", "This message is sent already."),
    "draft_has_no_additions": (
        "Un brouillon se modifie ; seuls les destinataires d'un message envoyé s'ajoutent.",
        "A draft is changed; recipients are added to a sent message.",
    ),
    "only_drafts_deleted": ("Seul un brouillon peut être supprimé.", "Only a draft can be deleted."),
    "messages_are_one_way": (
        "On ne répond pas à un message reçu : la messagerie est à sens unique.",
        "A received message cannot be replied to: messages are one-way.",
    ),
    # lists and searches
    "name_missing": ("Le nom de la liste est obligatoire.", "The list needs a name."),
    "name_too_long": ("Le nom a {limit} caractères au plus.", "The name has {limit} characters at most."),
    "prefix_too_short": (
        "La complétion commence à {limit} chiffres du SIRET.",
        "Completion starts at {limit} digits of the SIRET.",
    ),
    "prefix_not_digits": ("Un SIRET n'a que des chiffres.", "A SIRET has digits only."),
    "criterion_missing": (
        "Donnez un identifiant, une désignation, un code postal, une ville ou un service.",
        "Give an identifier, a designation, a postal code, a town or a service.",
    ),
    "text_missing": ("Donnez un mot à chercher.", "Give a word to search for."),
    "criterion_too_short": ("{limit} caractères au moins.", "At least {limit} characters."),
    # structures
    "public_not_stated": (
        "Ce SIREN n'est pas celui d'une personne publique et l'annuaire de Chorus Pro ne dit pas que la structure est "
        "publique : indiquez « public »: true si elle l'est (un établissement public, par exemple).",
        "This SIREN is not one of a public body, and Chorus Pro's directory does not say that the structure is public: "
        "give `public`: true if it is (a public establishment, for example).",
    ),
    "structure_service_unknown": (
        "La structure n'a pas de service {service}.",
        "The structure has no service {service}.",
    ),
    "service_twice": ("Le service {service} est indiqué deux fois.", "The service {service} is given twice."),
    "service_still_subscribed": (
        "Le service {service} n'est plus décrit ; abonnements à ses messages qui demeurent : {count}.",
        "The service {service} is not described any more; subscriptions to its messages that remain: {count}.",
    ),
    "services_missing": (
        "Au moins un service ; null pour toute la structure.",
        "At least one service; null for the whole structure.",
    ),
    "siret_check_digits": (
        "{siret} : la clé de contrôle de ce SIRET est fausse. Vérifiez-le : la structure existe quand même ici.",
        "{siret}: the check digit of this SIRET is wrong. Check it: the structure exists here all the same.",
    ),
    "not_a_siret": ("Un SIRET a 14 chiffres.", "A SIRET has 14 digits."),
    "unknown_sort": ("Tri inconnu. Possibles : {choices}.", "Unknown sort. One of: {choices}."),
    "unknown_cursor": (
        "Curseur inconnu ou d'une autre liste : reprenez au début.",
        "Unknown cursor, or one of another list: start again.",
    ),
    "writing_needed": (
        "Il faut un abonnement en écriture à cette structure.",
        "This needs a subscription to this structure in writing mode.",
    ),
}


class WrongMessageState(WrongState):
    """The state of the message forbids the change (409); ``code`` says why."""

    def __init__(self, code: str, *, problems: tuple[Problem, ...] = ()) -> None:
        ConnectorError.__init__(self, *TEXTS[code], problems=problems)
        self.code = code


class WritingNeeded(Forbidden):
    """The caller may read this structure's messages but not write them."""

    code = "writing_needed"

    def __init__(self) -> None:
        ConnectorError.__init__(self, *TEXTS[self.code])


class ServiceNotYours(Forbidden):
    """The caller's subscription covers other services of the structure."""

    code = "service_not_yours"

    def __init__(self) -> None:
        ConnectorError.__init__(self, *TEXTS[self.code])


class InvalidMessage(Invalid):
    """The request is invalid (422). All problems are listed; the first one's code is the code of the error."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].fr, problems[0].en, problems=problems)
        self.code = problems[0].code


def problem(code: str, field: str | None = None, **values: object) -> Problem:
    """The problem with that code for that field, with ``values`` filled into its texts."""
    fr, en = TEXTS[code]
    return Problem(field=field, code=code, fr=fr.format(**values), en=en.format(**values))


def raise_if_invalid(problems: list[Problem]) -> None:
    """Raise InvalidMessage when there is a problem."""
    if problems:
        raise InvalidMessage(*problems)
