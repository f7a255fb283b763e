"""What people write over the columns of an address book, in four languages, and what Constant Contact's exports say.

In the form that ``columns.key`` gives a heading: small letters, no accents, single blanks.
"""

from collections.abc import Mapping
from typing import Final

_WORDS: Final[Mapping[str, str]] = {
    "email": """email, e mail, mail, email address, e mail address, emailaddress, address email, contact email,
        primary email, email address 1, e mail 1 value, e mail adresse, emailadresse, email adresse, mailadresse,
        mail adresse, adresse e mail, adresse mail, adresse email, adresse electronique, courriel, mel,
        correo, correo electronico, direccion de correo, direccion de correo electronico, email del contacto""",
    "first_name": """first name, firstname, first, given name, givenname, forename, vorname, prenom, nombre,
        nombre de pila, primer nombre""",
    "last_name": """last name, lastname, last, surname, family name, familyname, nachname, familienname, zuname,
        nom, nom de famille, apellido, apellidos""",
    "job_title": """job title, jobtitle, title of job, position, job, role at company, beruf, funktion, stelle,
        berufsbezeichnung, fonction, poste, profession, cargo, puesto, profesion""",
    "company_name": """company, company name, companyname, organization, organisation, employer, firma, unternehmen,
        firmenname, entreprise, societe, nom de l entreprise, empresa, compania, organizacion""",
    "birthday": """birthday, birth day, birthdate, birth date, date of birth, dob, born, born on, geburtstag,
        geburtsdatum, geboren, geboren am, anniversaire, date d anniversaire, date de naissance, naissance,
        cumpleanos, fecha de nacimiento, fecha de cumpleanos, nacimiento""",
    "birthday_day_first": "birthday dd mm, birthday dd mm yyyy, date of birth dd mm yyyy, birthday day month",
    "birthday_month_first": "birthday mm dd, birthday mm dd yyyy, date of birth mm dd yyyy, birthday month day",
    "birthday_month": """birthday month, birth month, month of birth, geburtsmonat, mois de naissance,
        mes de nacimiento""",
    "birthday_day": """birthday day, birth day of month, day of birth, geburtstag tag, jour de naissance,
        dia de nacimiento""",
    "anniversary": "anniversary, anniversary date, jubilaum, jahrestag, anniversaire de mariage, aniversario",
    "phone": """phone, phone number, telephone, telephone number, tel, telefon, telefonnummer, rufnummer,
        numero de telephone, telefono, numero de telefono""",
    "home_phone": """home phone, phone home, home telephone, private phone, telefon privat, telephone domicile,
        telefono de casa, telefono particular""",
    "work_phone": """work phone, phone work, business phone, office phone, telefon geschaftlich, telefon buro,
        telephone professionnel, telephone bureau, telefono del trabajo""",
    "mobile_phone": """mobile phone, phone mobile, mobile, mobile number, cell, cell phone, cellphone, handy,
        mobiltelefon, handynummer, mobil, portable, telephone portable, movil, celular, telefono movil""",
    "other_phone": "other phone, phone other",
    "street": """street, street address, address, address line 1, street address line 1, address 1, mailing address,
        strasse, strasse und hausnummer, anschrift, adresse, rue, adresse ligne 1, calle, direccion""",
    "street2": "street2, street 2, address line 2, street address line 2, address 2, adresszusatz, adresse ligne 2",
    "city": "city, town, ort, stadt, wohnort, ville, ciudad, localidad",
    "state": """state, province, state province, state or province, county, region, us state ca province,
        bundesland, kanton, departement, provincia, estado""",
    "zip": """zip, zip code, zipcode, postal code, postalcode, postcode, zip postal code, zip or postal code, plz,
        postleitzahl, code postal, codigo postal""",
    "country": "country, country name, land, staat, pays, pais",
    "sms_number": "sms number, sms phone number",
    "sms_consent_date": "sms consent date",
}
_PARTS: Final = ("street", "street2", "city", "state", "zip", "country")
_KINDS: Final = ("home", "work", "other")


def _all() -> dict[str, str]:
    """Every heading to its field, those of the home, work and other address too: before or after the word."""
    found = {word.strip(): field for field, words in _WORDS.items() for word in " ".join(words.split()).split(",")}
    of_places = [(word, field) for word, field in found.items() if field in _PARTS]
    for kind in _KINDS:
        for word, field in of_places:
            found.setdefault(f"{word} {kind}", f"{kind}_{field}")
            found.setdefault(f"{kind} {word}", f"{kind}_{field}")
    return found | {field.replace("_", " "): field for field in _WORDS}


#: A heading, as ``columns.key`` gives it, to its field.
FIELD_OF: Final[Mapping[str, str]] = _all()
