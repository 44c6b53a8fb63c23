"""What is wrong with a client certificate before the portal is asked: one sentence for each mistake.

No text contains anything of the file or of its password, except the end of its validity.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.problem import Problem

CertificateMistake = Literal[
    "not_base64",
    "unreadable",
    "pem_sent_as_p12",
    "p12_sent_as_pem",
    "password_missing",
    "password_wrong",
    "password_not_needed",
    "protection_unsupported",
    "without_key",
    "without_certificate",
    "key_of_another",
    "key_unsupported",
    "key_weak",
]

_PROBLEMS: dict[CertificateMistake, Problem] = {
    "not_base64": Problem(
        field="certificate",
        code="certificate_not_base64",
        fr="Le certificat n'est pas en base64 : encodez le fichier entier, tel quel (base64 -w0 fichier.p12).",
        en="The certificate is not base64: encode the whole file as it is (base64 -w0 file.p12).",
    ),
    "unreadable": Problem(
        field="certificate",
        code="certificate_unreadable",
        fr="Le fichier n'est ni un p12 ni un PEM, ou il est abîmé (incomplet) : exportez-le de nouveau.",
        en="The file is neither a p12 nor a PEM, or it is damaged (incomplete): export it again.",
    ),
    "pem_sent_as_p12": Problem(
        field="certificate_format",
        code="certificate_pem_sent_as_p12",
        fr="Ce fichier est un PEM et la demande dit p12 : envoyez certificate_format = pem.",
        en="This file is a PEM and the request says p12: send certificate_format = pem.",
    ),
    "p12_sent_as_pem": Problem(
        field="certificate_format",
        code="certificate_p12_sent_as_pem",
        fr="Ce fichier est un p12 et la demande dit PEM : envoyez certificate_format = p12.",
        en="This file is a p12 and the request says PEM: send certificate_format = p12.",
    ),
    "password_missing": Problem(
        field="certificate_password",
        code="certificate_password_missing",
        fr="Le fichier est protégé par un mot de passe : donnez-le (certificate_password).",
        en="The file is protected by a password: give it (certificate_password).",
    ),
    "password_wrong": Problem(
        field="certificate_password",
        code="certificate_password_wrong",
        fr="Le mot de passe n'ouvre pas le certificat : c'est celui du fichier, choisi à son export, et non celui du "
        "compte technique.",
        en="The password does not open the certificate: it is the file's, chosen at its export, and not that of the "
        "technical account.",
    ),
    "password_not_needed": Problem(
        field="certificate_password",
        code="certificate_password_not_needed",
        fr="Le p12 n'a pas de mot de passe : envoyez-le sans certificate_password.",
        en="The p12 has no password: send it without certificate_password.",
    ),
    "protection_unsupported": Problem(
        field="certificate",
        code="certificate_protection_unsupported",
        fr="Le fichier est chiffré par un algorithme qui n'est plus admis (RC2, DES) : exportez-le de nouveau, "
        "chiffré en AES-256.",
        en="The file is encrypted by an algorithm that is no longer taken (RC2, DES): export it again, encrypted "
        "with AES-256.",
    ),
    "without_key": Problem(
        field="certificate",
        code="certificate_without_key",
        fr="Le fichier contient le certificat sans sa clé privée : exportez les deux ensemble (p12, ou PEM avec "
        "« PRIVATE KEY »).",
        en="The file has the certificate without its private key: export the two together (p12, or PEM with "
        "'PRIVATE KEY').",
    ),
    "without_certificate": Problem(
        field="certificate",
        code="certificate_missing_in_file",
        fr="Le fichier contient une clé sans certificat : exportez les deux ensemble.",
        en="The file has a key without a certificate: export the two together.",
    ),
    "key_of_another": Problem(
        field="certificate",
        code="certificate_key_of_another",
        fr="La clé privée n'est pas celle du premier certificat du fichier : mettez le certificat du client en "
        "premier, avec sa propre clé.",
        en="The private key is not that of the first certificate in the file: put the client's certificate first, "
        "with its own key.",
    ),
    "key_unsupported": Problem(
        field="certificate",
        code="certificate_key_unsupported",
        fr="La clé n'est ni RSA ni à courbe elliptique NIST (P-256, P-384, P-521) : demandez un autre certificat à "
        "votre autorité.",
        en="The key is neither RSA nor on a NIST elliptic curve (P-256, P-384, P-521): ask your authority for another "
        "certificate.",
    ),
    "key_weak": Problem(
        field="certificate",
        code="certificate_key_weak",
        fr="Le certificat est trop faible (clé RSA de moins de 2048 bits, ou signature MD5 ou SHA-1) : demandez-en un "
        "autre à votre autorité.",
        en="The certificate is too weak (an RSA key of less than 2048 bits, or a signature with MD5 or SHA-1): ask "
        "your authority for another one.",
    ),
}


def certificate_mistake(mistake: CertificateMistake) -> Problem:
    """The blocking problem for the person who saves the certificate."""
    return _PROBLEMS[mistake]


def validity_problem(begins: datetime, ends: datetime, now: datetime) -> Problem | None:
    """Why a certificate with this validity cannot be used now; None when it can."""
    if now > ends:
        day = day_in_paris(ends)
        return Problem(
            field="certificate",
            code="certificate_expired",
            fr=f"Le certificat a expiré le {day:%d/%m/%Y} : demandez-en un autre à votre autorité.",
            en=f"The certificate expired on {day.isoformat()}: ask your authority for another one.",
        )
    if now < begins:
        day = day_in_paris(begins)
        return Problem(
            field="certificate",
            code="certificate_not_yet_valid",
            fr=f"Le certificat n'est valable qu'à partir du {day:%d/%m/%Y}.",
            en=f"The certificate is valid from {day.isoformat()} only.",
        )
    return None
