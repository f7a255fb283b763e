"""An import with custom fields: each value goes under the name Constant Contact has for it, and arrives."""

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.models import CustomField
from contacts.rules.importing import Field, missing, wanted
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.jobs.importing import at_constant_contact, planned

pytestmark = pytest.mark.django_db
COLUMNS = {"0": "email", "1": "cf:Shoe size", "2": "cf:Diet"}
FIELDS = [
    {"label": "Shoe size", "type": "number"},
    {"label": "Diet", "type": "single_select", "choices": [{"choice_label": "No nuts"}, {"choice_label": "Vegan"}]},
]


@pytest.fixture
def ids(crowd):
    """Label to id of two custom fields, which our copy has read."""
    made = [crowd.emulation.state.fields.create(ACCOUNT, each) for each in FIELDS]
    mirror.store_custom_fields(crowd.account, made, seen_at=timezone.now())
    return {each["label"]: each["custom_field_id"] for each in made}


@pytest.mark.parametrize("way", ["activity", "file"])
def test_values_and_choices_arrive_whatever_their_case(crowd, ids, way):
    [there] = crowd.add(1, custom_fields=[{"custom_field_id": ids["Shoe size"], "value": "38"}])
    address = crowd.now(there)["email_address"]["address"]
    rows = [["a@example.net", "43", "vegan"], ["b@example.net", "", "NO  NUTS"], [address, "44", ""]]
    job = crowd.run(planned(crowd, rows, columns=COLUMNS, way=way))
    assert crowd.verdicts(job) == {"confirmed": 3}, crowd.messages(job)
    size, diet = ids["Shoe size"], ids["Diet"]
    assert [at_constant_contact(crowd, each)["custom_fields"] for each, *_ in rows] == [
        [{"custom_field_id": size, "value": "43"}, {"custom_field_id": diet, "choice_ids": ["2"]}],
        [{"custom_field_id": diet, "choice_ids": ["1"]}],
        [{"custom_field_id": size, "value": "44"}],
    ]


def test_a_choice_that_is_gone_when_its_turn_comes_is_not_sent(crowd, ids):
    job = planned(crowd, [["a@example.net", "43", "Vegan"], ["b@example.net", "43", "No nuts"]], columns=COLUMNS)
    CustomField.objects.filter(remote_id=ids["Diet"]).update(choices={"1": "No nuts"})
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"refused": 1, "confirmed": 1}
    assert "Custom field “Diet”: none of its one choice" in " ".join(crowd.messages(job))
    assert at_constant_contact(crowd, "a@example.net") is None


@pytest.mark.parametrize("emulation", [{"import_unknown_choice": "dropped"}], indirect=True)
def test_a_choice_that_constant_contact_drops_without_a_word_is_not_called_done(crowd, ids):
    crowd.emulation.state.fields.replace(ACCOUNT, ids["Diet"], {"label": "Diet", "choices": [{"choice_label": "None"}]})
    job = crowd.run(planned(crowd, [["a@example.net", "43", "Vegan"]], columns=COLUMNS))
    assert crowd.verdicts(job) == {"drifted": 1}


def test_another_choice_than_the_row_names_is_not_called_done(crowd, ids):
    CustomField.objects.filter(remote_id=ids["Diet"]).update(choices={"1": "Vegan", "2": "No nuts"})
    job = crowd.run(planned(crowd, [["a@example.net", "43", "Vegan"]], columns=COLUMNS))
    assert crowd.verdicts(job) == {"drifted": 1}


@pytest.mark.parametrize(
    ("was", "shown", "proved"),
    [
        ([], {"choice_ids": ["2"]}, True),
        ([], {"value": "Vegan"}, True),
        (["1"], {"choice_ids": ["2"]}, True),
        (["1"], {"choice_ids": ["1", "2"]}, True),
        (["1"], {"choice_ids": ["1"]}, False),
        ([], {"choice_ids": ["1", "2"]}, False),
        ([], {"value": "No nuts"}, False),
        ([], {}, False),
    ],
)
def test_a_choice_is_proved_by_its_id_or_its_label_beside_those_made_before(was, shown, proved):
    field = Field("5a900000-0000-11ee-8000-000000000001", {"No nuts": "1", "Vegan": "2"})
    before = make_remote(custom_fields=[{"custom_field_id": field.remote_id, "choice_ids": was}] if was else [])
    asked = wanted(before, {"email": "a@example.net", "cf:diet": "Vegan"}, lists=[], fields={"diet": field})
    now = before | {"custom_fields": [{"custom_field_id": field.remote_id, **shown}]}
    assert bool(missing(before, asked, now, lists=[])) != proved
