"""Values planted to be looked for: each carries a number of its own, so one pattern finds any of them anywhere."""

import re

MARKED = re.compile(r"cnry(\d{4})|99[ .-]?555[ .-]?(\d{4})", re.IGNORECASE)


class Canaries:
    """What was planted, by its number, and what it was."""

    def __init__(self):
        self.planted = {}

    def plant(self, form, what=""):
        """A new value: ``{}`` in the form is its mark."""
        number = f"{len(self.planted) + 1:04}"
        self.planted[number] = what or form
        return form.replace("{}", f"cnry{number}")

    def phone(self):
        """A telephone number has digits only."""
        number = f"{len(self.planted) + 1:04}"
        self.planted[number] = "phone"
        return f"+353 99 555 {number}"

    def person(self):
        """The parts of a contact, each with a value nobody else has."""
        plant = self.plant
        return {
            **{name: plant(f"Of{{}}{name}", name) for name in ("first_name", "last_name", "company_name", "job_title")},
            "phone_numbers": [{"phone_number": self.phone(), "kind": "home"}],
            "street_addresses": [
                {"kind": "home", "street": plant("9 {} Lane", "street"), "city": plant("Port {}", "city")}
            ],
            "custom_fields": [{"custom_field_id": FIELD, "value": plant("diet {}", "custom field")}],
            "notes": [{"note_id": "1", "created_at": "2023-01-01T09:00:00Z", "content": plant("note {}", "note")}],
        }

    def found(self, texts):
        """What of it is in these texts, as number, kind and the text around it."""
        for text in texts:
            for hit in MARKED.finditer(text):
                number = hit[1] or hit[2]
                if number in self.planted:
                    yield number, self.planted[number], text[max(0, hit.start() - 80) : hit.end() + 40]


FIELD = "0a1b2c3d-0000-11ee-8000-0000000000f1"
