"""What belongs to another account, named in any field of a form: answered as what does not exist, to the byte."""

import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest

from contacts.models import Contact, Job, JobItem, ListChange, Spike, Write
from contacts.services import jobs
from tests.views.jobs_rig import TUESDAY, Office

pytestmark = pytest.mark.django_db


class Tenant(Office):
    """An account of people, one job that was planned, one that has ended, and a spike."""

    def __init__(self, name):
        super().__init__("admin", name=f"Account {name}")
        for row in (self.newsletter, self.gala, self.tag):
            type(row).objects.filter(pk=row.pk).update(name=f"{name} {row.name}")
        self.alive = self.people(3, on=[self.newsletter], prefix=f"{name}-alive")
        self.gone = self.ghosts(4, was_on=[self.newsletter], prefix=f"{name}-gone")
        self.planned = self.plan("add_lists", by=self.person, lists=[str(self.newsletter.remote_id)])
        self.ended = self.plan("reactivate", by=self.person, basis="our_mistake", note=f"{name} note")
        self.end(list(self.ended.items.filter(reason="").select_related("job", "contact")[:2]))
        self.end(list(self.ended.items.filter(reason="", write=None).select_related("job", "contact")[:1]), "rejected")
        Job.objects.filter(pk=self.ended.pk).update(state="done", started_at=TUESDAY, finished_at=TUESDAY)
        window = {"noticed_from": TUESDAY, "noticed_to": TUESDAY + timedelta(minutes=15)}
        self.spike = Spike.objects.create(account=self.account, number=4, normal=0.5, **window)
        self.get("deleted_list")  # what "deleted" means is explained on the first visit only
        self.change = ListChange.objects.create(
            account=self.account, list=self.newsletter, kind="list_change", name="x", state="confirmed"
        )

    @property
    def ids(self):
        """One of everything that a form can name."""
        write = Write.objects.filter(item__job=self.ended).first()
        return SimpleNamespace(
            who=self.alive[0]["contact_id"],
            ghost=self.gone[0]["contact_id"],
            list=str(self.newsletter.remote_id),
            tag=str(self.tag.remote_id),
            spike=str(self.spike.pk),
            job=str(self.ended.pk),
            group=str(self.ended.groups.first().number + 40),
            job_token=str(self.planned.token),
            write_token=str(write.token),
            change_token=str(self.change.token),
            address=self.alive[0]["email_address"]["address"],
            contact=str(Contact.objects.get(remote_id=self.alive[0]["contact_id"]).pk),
            item=str(JobItem.objects.filter(job=self.ended).last().pk),
        )


def nobody():
    """The like of it that nobody has."""
    uuids = ("who", "ghost", "list", "tag", "job_token", "write_token", "change_token")
    numbers = ("spike", "job", "group", "contact", "item")
    return SimpleNamespace(
        **{name: str(uuid.uuid4()) for name in uuids},
        **dict.fromkeys(numbers, "987654"),
        address="zzz-alive0@example.org",
    )


def both(ours, theirs):
    """The answer to a request that names theirs, and to one that names what nobody has, with the ids taken out.

    So is the number of the request, which an error says and which is never the same twice.
    """
    return lambda ask: [plain(ask(each), each, ours) for each in (theirs.ids, nobody())]


def without_number(answer):
    """The page, without the number of its request."""
    body = b"".join(answer) if answer.streaming else answer.content
    return re.sub(r"(say this number: )<strong>[0-9A-F]{12}</strong>", r"\1N", body.decode())


def plain(answer, ids, ours):
    page = re.sub(r'(csrfmiddlewaretoken|token)" value="[^"]*"', "", without_number(answer))
    page = re.sub(r'(job |job=|name="job" value="|spike=)\d+', r"\1N", page)
    for name, value in vars(ids).items():
        page = page.replace(value, f"({name})") if len(value) > 5 else page
    assert "theirs" not in page.casefold()
    return answer.status_code, answer.headers.get("Location"), page


def selecting(**fields):
    return lambda ids: (
        {"token": str(uuid.uuid4())}
        | {name: getattr(ids, value[1:]) if value.startswith("@") else value for name, value in fields.items()}
    )


POSTS = [
    *(("job_plan", kind, selecting(source="contacts", who="@who")) for kind in ("add_lists", "delete")),
    ("job_plan", "reactivate", selecting(source="deleted", who="@ghost")),
    ("job_plan", "add_tags", selecting(source="contacts", all="1", list="@list")),
    ("job_plan", "add_tags", selecting(source="list", all="1", list="@list", tab="former", kind="deleted")),
    ("job_plan", "remove_lists", selecting(source="list", all="1", list="@list")),
    ("job_plan", "reactivate", selecting(source="deleted", all="1", spike="@spike")),
    ("job_plan", "reactivate", selecting(source="deleted", all="1", text="@address")),
    ("job_plan", "add_tags", selecting(source="contacts", all="1", text="@address")),
    ("job_plan", "add_tags", selecting(source="pasted", addresses="@address")),
    ("job_plan", "add_tags", selecting(source="pasted", addresses="@who")),
    ("job_plan", "delete_list", selecting(list="@list")),
]


@pytest.mark.parametrize(("name", "kind", "form"), POSTS)
def test_a_selection_of_theirs_is_answered_like_one_of_nobody(name, kind, form):
    ours, theirs = Tenant("ours"), Tenant("theirs")
    known, unknown = both(ours, theirs)(lambda ids: ours.post(name, form(ids), kind=kind))
    assert known == unknown
    assert known[0] in (200, 404)
    assert Job.objects.count() == 4


def test_ours_among_theirs_plans_for_nobody():
    ours, theirs = Tenant("ours"), Tenant("theirs")
    form = {"token": str(uuid.uuid4()), "source": "contacts", "who": [ours.ids.who, theirs.ids.who]}
    assert b"not in our copy" in ours.post("job_plan", form, kind="add_tags").content
    mixed = f"{ours.ids.address}\n{theirs.ids.address}"
    pasted = {"token": str(uuid.uuid4()), "source": "pasted", "addresses": mixed, "anyway": "1"}
    ours.post("job_plan", pasted, kind="add_tags")
    assert {item.contact.account_id for item in Job.objects.last().items.all()} == {ours.account.pk}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("job_choose", {"choices": "1", "lists": "@list"}),
        ("job_choose", {"choices": "1", "tags": "@tag"}),
        ("job_order", {"order": "run", "choices": "1", "lists": "@list", "people": "3"}),
        ("job_order", {"order": "try", "choices": "1", "tags": "@tag"}),
    ],
)
def test_lists_and_tags_of_theirs_cannot_be_chosen_for_a_job_of_ours(name, form):
    ours, theirs = Tenant("ours"), Tenant("theirs")
    known, unknown = both(ours, theirs)(lambda ids: ours.post(name, selecting(**form)(ids), pk=ours.planned.pk))
    assert known == unknown
    job = Job.objects.get(pk=ours.planned.pk)
    assert (job.state, job.lists) == ("planned", [str(ours.newsletter.remote_id)])


def test_the_marks_of_their_forms_lead_to_nothing_of_theirs():
    ours, theirs = Tenant("ours"), Tenant("theirs")
    token = theirs.ids.job_token
    for name in ("job_undo", "job_retry"):
        page = ours.post(name, {"token": token}, pk=ours.ended.pk).content.decode()
        assert "This form was used for another job already" in page
        assert "theirs" not in page.casefold()
    for kind in ("add_tags", "delete_list"):
        form = {"token": token, "source": "contacts", "who": ours.ids.who, "list": ours.ids.list}
        answer = ours.post("job_plan", form, kind=kind)
        assert str(theirs.planned.pk) not in answer.headers.get("Location", "").split("/")
    assert not Job.objects.filter(account=ours.account, items__contact__account=theirs.account).exists()
    assert theirs.planned.undone_by.count() + theirs.planned.retried_by.count() == 0


@pytest.mark.parametrize("form", [{"undoes": "@job"}, {"retries": "@job"}, {"job": "@job"}, {"pk": "@job"}])
def test_a_job_of_theirs_in_a_field_of_a_form_is_not_looked_at(form):
    ours, theirs = Tenant("ours"), Tenant("theirs")
    for name in ("job_undo", "job_retry", "job_choose", "job_order"):
        ours.post(name, selecting(**form, order="stop")(theirs.ids), pk=ours.ended.pk)
    assert {job.account_id for job in Job.objects.exclude(undoes=None, retries=None)} == {ours.account.pk}
    assert not Job.objects.filter(account=ours.account, items__contact__account=theirs.account).exists()
    assert Job.objects.get(pk=theirs.ended.pk).undone_by.count() == 0


@pytest.mark.parametrize(
    ("name", "where", "query"),
    [
        ("job_people", "job", {"group": "@group"}),
        ("job_people", "job", {"after": "@item"}),
        ("job_people", "job", {"before": "@item"}),
        ("job_detail", "job", {"verdict": "done", "after": "@item"}),
        ("job_list", "", {"after": "@job"}),
        ("deleted_list", "", {"spike": "@spike"}),
        ("deleted_list", "", {"after": "@contact"}),
        ("contact_list", "", {"list": "@list"}),
        ("list_list", "", {"name": "theirs"}),
        ("list_detail", "list", {"tab": "former", "after": "@contact"}),
        ("job_plan", "kind", {"lists": "@list", "list": "@list"}),
    ],
)
def test_a_page_that_is_asked_for_by_an_id_of_theirs_is_that_of_an_unknown_one(name, where, query):
    ours, theirs = Tenant("ours"), Tenant("theirs")
    parts = {
        "job": {"pk": ours.ended.pk},
        "list": {"list_id": ours.newsletter.remote_id},
        "kind": {"kind": "remove_lists"},
    }.get(where, {})

    def ask(ids):
        asked = selecting(**query)(ids)
        del asked["token"]
        if name == "list_list" and ids.list != theirs.ids.list:
            asked["name"] = "nowhere"
        answer = ours.get(name, asked, **parts)
        answer.content = answer.content.replace(b"theirs", b"nowhere") if name == "list_list" else answer.content
        return answer

    known, unknown = both(ours, theirs)(ask)
    assert known == unknown


def test_lists_of_theirs_are_no_lists_of_a_contact_of_ours():
    ours, theirs = Tenant("ours"), Tenant("theirs")
    where = {"remote_id": ours.ids.who}
    for name, form in (
        ("contact_lists", {"lists": "@list", "had": "@list"}),
        ("contact_lists_save", {"lists": "@list", "seen": "x", "preview": "x"}),
    ):
        known, unknown = both(ours, theirs)(
            lambda ids, name=name, form=form: ours.post(name, selecting(**form)(ids), **where)
        )
        assert known == unknown
    assert not Write.objects.filter(account=ours.account, kind="lists").exists()


def test_the_report_of_a_job_names_nobody_else():
    ours, theirs = Tenant("ours"), Tenant("theirs")
    answer = ours.get("job_report", {"job": theirs.ids.job, "pk": theirs.ids.job}, pk=ours.ended.pk)
    file = b"".join(answer).decode()
    assert file.count("\n") == ours.ended.items.count() + 1
    assert "theirs" not in file and "ours-gone" in file


def test_nothing_of_theirs_is_counted_or_shown_on_any_page_of_ours():
    ours = Tenant("ours")
    pages = {
        name: plain(ours.get(name), nobody(), ours)[2] for name in ("home", "job_list", "list_list", "deleted_list")
    }
    theirs = Tenant("theirs")
    Job.objects.filter(pk=theirs.planned.pk).update(state="running", order="run", started_at=TUESDAY)
    jobs.pause(theirs.planned, by=theirs.person)
    for name, before in pages.items():
        assert plain(ours.get(name), nobody(), ours)[2] == before, name
