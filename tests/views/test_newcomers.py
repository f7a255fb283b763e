"""New contact, somebody's own sign-up, the resubscribe mail: the pages, and where each refusal leads."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from contacts import mirror
from contacts.models import LinkedAccount, Write
from contacts.services import erasing
from tests.rows import make_remote, make_user
from tests.views.check_rig import ALERTS, BEFORE, GALA, NEWSLETTER
from tests.views.test_check import text_of

pytestmark = pytest.mark.django_db
NEW = "nuala.byrne@example.org"
OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}
CREATE = "/contacts$"


def filled(**changed):
    given = {"address": NEW, "first_name": "Nuala", "lists": [NEWSLETTER], "basis": "asked_directly", "note": "4812"}
    return {"token": str(uuid.uuid4()), **given, **changed}


def signed(**changed):
    given = {"basis": "paper_form", "signed_on": "2026-11-03", "agreed": "yes", "note": "page 12"}
    return filled(**{**given, **changed})


def post(desk, view, data, **where):
    return desk.browser.post(desk.url(view, **where), data, follow=True)


def test_from_the_check_of_a_free_address_to_a_proved_contact(desk, emulation):
    card = text_of(desk.live(NEW))
    assert "Not in this account" in card
    assert "Create contact" in card
    assert f'action="{desk.url("contact_new")}"' in desk.live(NEW).content.decode()
    form = desk.post("contact_new", data={"address": NEW})
    assert f'value="{NEW}"' in form.content.decode()
    assert emulation.requests("POST", CREATE) == []
    done = post(desk, "contact_create", filled())
    assert NEW not in done.request["PATH_INFO"]
    assert "Done and verified. In Constant Contact, with implied permission. On Newsletter now." in text_of(done)
    assert "They will be hidden in Constant Contact, which erases nobody" in text_of(done)


def test_a_card_from_our_copy_alone_offers_nobody_new(desk):
    assert "Create contact" not in text_of(desk.check(NEW))


def test_a_viewer_is_offered_nothing(desk):
    desk.access.role = "viewer"
    desk.access.save()
    assert "Create contact" not in text_of(desk.live(NEW))
    assert desk.get("contact_new").status_code == 403


def test_a_deleted_contact_leads_to_its_reactivation_with_the_lists_that_were_typed(desk, emulation):
    ghost = desk.ghost(was_on=(ALERTS,))
    page = post(desk, "contact_create", filled(address="Maeve.Doyle@example.net", lists=[GALA]))
    assert "you can reactivate it" in text_of(page)
    assert {each.name for each in page.context["offer"].preview.chosen} == {"Course alerts", "Gala 2026"}
    preview = page.context["offer"].preview
    again = {"lists": [GALA], "basis": preview.basis, "note": preview.note, "token": str(preview.token)}
    back = post(desk, "contact_reactivate", again | {"seen": preview.seen}, remote_id=ghost.remote_id)
    assert "Done and verified. Active, on Gala 2026." in text_of(back)
    assert emulation.requests("POST", CREATE) == []


@pytest.mark.parametrize("text", ["with_id", "validation_with_id", "not_unique"])
def test_a_409_leads_to_the_hidden_contact_that_it_is_about(desk, emulation, text):
    emulation.control("switches", conflict_text=text)
    desk.ghost(copied=False)
    emulation.fault("empty_page", method="GET", path="email=", last=True)
    page = post(desk, "contact_create", filled(address="maeve.doyle@example.net"))
    assert "belongs to a contact that is hidden in Constant Contact" in text_of(page)
    assert page.context["offer"].preview
    write = Write.objects.get()
    told = text_of(desk.get("write_detail", token=write.token))
    assert "Constant Contact did not accept it." in told
    assert "Constant Contact answered 409." in told


def test_an_active_contact_leads_to_its_lists_and_one_who_opted_out_to_the_mail(desk):
    nuala = desk.contact(NEW, lists=[NEWSLETTER])
    page = post(desk, "contact_create", filled())
    assert "Change its lists instead" in text_of(page)
    assert desk.url("contact_lists", remote_id=nuala.remote_id) in page.content.decode()
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    page = post(desk, "contact_create", filled(address="out@example.org"))
    assert desk.url("contact_resubscribe", remote_id=out.remote_id) in page.content.decode()


def test_the_same_form_sent_again_shows_the_same_end(desk, emulation):
    data = filled()
    assert text_of(post(desk, "contact_create", data)) == text_of(post(desk, "contact_create", data))
    assert len(emulation.requests("POST", CREATE)) == 1
    desk.ghost()
    data = filled(address="maeve.doyle@example.net")
    for _ in range(2):
        assert "you can reactivate it" in text_of(post(desk, "contact_create", data))
    assert Write.objects.count() == 2


def test_an_answer_that_is_lost_is_told_as_not_known_and_found_by_looking(desk, emulation, settings):
    settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
    emulation.fault("answer_lost", method="POST", path=CREATE)
    page = post(desk, "contact_create", filled())
    assert "We do not know yet. Checking …" in text_of(page)
    assert NEW in text_of(page)
    assert NEW in text_of(desk.get("home"))
    token = Write.objects.get().token
    assert "Done and verified by reading again." in text_of(post(desk, "write_detail", {}, token=token))


def test_who_was_not_created_after_all_can_be_checked_again(desk, emulation, settings):
    settings.QUIET_SECONDS = settings.CONFIRM_SECONDS = 0
    emulation.fault("status", method="POST", path=CREATE, status=503)
    post(desk, "contact_create", filled())
    token = Write.objects.get().token
    for _ in range(2):
        page = post(desk, "write_detail", {}, token=token)
    assert "two readings show nobody with this address. You may try again." in text_of(page)
    assert f'name="q" value="{NEW}"' in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"address": ""}, "Type the address of the person."),
        ({"address": "nobody"}, "there is no @ in it"),
        ({"address": "a@example.org, b@example.org"}, "Type one email address."),
        ({"address": f"{'a' * 90}@example.org"}, "longer than the 80 characters"),
        ({"first_name": "x" * 51}, "at most 50 characters"),
        ({"lists": [str(uuid.uuid4())]}, "not in this account any more"),
        ({"basis": "our_mistake"}, "Say who asked for this"),
        ({"note": "  "}, "Add a ticket number or a note"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(desk, emulation, changed, said):
    page = post(desk, "contact_create", filled(**changed))
    assert said in text_of(page)
    assert "Nothing was sent" in text_of(page)
    assert (Write.objects.count(), emulation.requests("POST", CREATE)) == (0, [])


def test_an_erased_person_is_not_added(desk):
    erasing.begin(desk.ghost(), by=desk.access.user, reason="letter")
    page = post(desk, "contact_create", filled(address="maeve.doyle@example.net"))
    assert "erased on request" in text_of(page)


def test_while_writing_is_paused_the_button_says_why(desk):
    LinkedAccount.objects.update(writing="paused", writing_reason="incident 9")
    for view in ("contact_new", "contact_sign_up"):
        page = desk.get(view)
        assert "Writing is paused by someone: “incident 9”." in text_of(page)
        assert "disabled" in page.content.decode()


def test_a_form_without_its_mark_sends_nothing(desk):
    page = post(desk, "contact_create", filled(token=""))
    assert "Nothing was sent" in text_of(page)


def test_a_sign_up_says_first_what_it_claims_and_ends_with_express_permission(desk, emulation):
    told = text_of(desk.post("contact_sign_up", data={"address": NEW}))
    assert "Their permission becomes express." in told
    assert "for who opted out, never confirmed, or is deleted, nothing is sent" in told
    page = post(desk, "contact_sign_up_send", signed())
    assert "Their own sign-up is in Constant Contact. On Newsletter now." in text_of(page)
    write = Write.objects.get()
    assert (write.basis, write.note) == ("paper_form", "Signed up on 2026-11-03: page 12")
    assert "cannot be undone from here" in text_of(page)
    assert "Undo:" not in text_of(page)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"agreed": ""}, "Tick this only if it is so."),
        ({"signed_on": ""}, "Say when they signed up."),
        ({"signed_on": "2999-01-01"}, "This day has not come yet."),
        ({"signed_on": "soon"}, "This is not a date."),
        ({"lists": []}, "Choose at least one list."),
        ({"basis": "asked_directly"}, "Say who asked for this"),
        ({"address": f"{'a' * 45}@example.org"}, "at most 50 characters"),
    ],
)
def test_a_sign_up_without_its_evidence_is_not_passed_on(desk, emulation, changed, said):
    page = post(desk, "contact_sign_up_send", signed(**changed))
    assert said in text_of(page)
    assert emulation.requests("POST", "sign_up_form") == []


def test_a_sign_up_of_who_opted_out_is_refused_and_leads_to_their_own_ways_back(desk, emulation):
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    page = post(desk, "contact_sign_up_send", signed(address="out@example.org"))
    assert "Only their own act changes that" in text_of(page)
    assert desk.url("contact_resubscribe", remote_id=out.remote_id) in page.content.decode()
    assert emulation.requests("POST", "sign_up_form") == []


def ordered(page, **changed):
    given = {"lists": [NEWSLETTER], "basis": "asked_directly", "note": "mail of 20 Nov"}
    context = page.context
    return {"token": str(context["token"]), "seen": context["seen"], **given, **changed}


def test_the_resubscribe_mail_is_offered_once_and_then_remembered(desk, emulation):
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    where = {"remote_id": out.remote_id}
    assert "Send the one resubscribe email" in text_of(desk.get("contact_detail", **where))
    page = desk.get("contact_resubscribe", **where)
    assert "It does that once for each contact, ever" in text_of(page)
    done = post(desk, "contact_resubscribe", ordered(page), **where)
    assert "accepted the order for its one resubscribe email" in text_of(done)
    assert "They stay unsubscribed until they click" in text_of(done)
    assert "Done and verified" not in text_of(done)
    assert "Our mailing provider sends you one email with a link." in text_of(done)
    for view in ("contact_detail", "contact_resubscribe"):
        told = text_of(desk.get(view, **where))
        assert "waiting for them to click its link" in told
        assert "Send 1 resubscribe email" not in told
    assert len(emulation.requests("PUT", "resubscribe")) == 1


def test_a_contact_that_did_not_opt_out_is_not_asked(desk):
    nuala = desk.contact(NEW, lists=[NEWSLETTER])
    page = desk.get("contact_resubscribe", remote_id=nuala.remote_id)
    assert "This email is for somebody who unsubscribed." in text_of(page)
    assert "Send the one resubscribe email" not in text_of(desk.get("contact_detail", remote_id=nuala.remote_id))


def test_a_contact_that_came_back_since_the_page_was_opened_gets_no_mail(desk, emulation):
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    page = desk.get("contact_resubscribe", remote_id=out.remote_id)
    active = make_remote("out@example.org")["email_address"]
    emulation.control("contact/change", id=str(out.remote_id), values={"email_address": active})
    page = post(desk, "contact_resubscribe", ordered(page), remote_id=out.remote_id)
    assert "Nothing was sent." in text_of(page)
    assert emulation.requests("PUT", "resubscribe") == []


def test_an_order_without_evidence_or_lists_is_not_sent(desk, emulation):
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    page = desk.get("contact_resubscribe", remote_id=out.remote_id)
    for changed, said in (({"note": ""}, "Add a ticket number"), ({"lists": []}, "Choose at least one list.")):
        assert said in text_of(post(desk, "contact_resubscribe", ordered(page, **changed), remote_id=out.remote_id))
    assert emulation.requests("PUT", "resubscribe") == []


def test_a_stranger_finds_none_of_it(desk):
    out = desk.contact("out@example.org", email_address=OPTED_OUT)
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.post(desk.url("contact_create"), filled()).status_code == 404
    assert stranger.get(desk.url("contact_resubscribe", remote_id=out.remote_id)).status_code == 404


def called(desk, *addresses):
    """Somebody whom our copy has seen with these addresses, one after the other."""
    remote = make_remote(first_name="Maeve", last_name="Doyle")
    for turn, address in enumerate(addresses):
        now = BEFORE + timedelta(minutes=turn)
        email = remote["email_address"] | {"address": address}
        mirror.store_contact(desk.account, remote | {"email_address": email}, fetched_at=now, seen_at=now)


@pytest.mark.parametrize(("view", "form"), [("contact_create", filled), ("contact_sign_up_send", signed)])
def test_whose_address_it_was_is_told_before_anything_is_sent(desk, emulation, view, form):
    called(desk, NEW.upper(), "nuala@example.net")
    brought = text_of(desk.post("contact_new", data={"address": NEW}))
    page = post(desk, view, form())
    for text in (brought, text_of(page)):
        assert "this was the address of" in text, text
        assert "Maeve Doyle" in text and "nuala@example.net" in text
    assert "Nothing was sent yet" in text_of(page)
    assert emulation.requests() == [] and not Write.objects.exists()
    left = page.context["left"].pk
    done = post(desk, view, form(left=str(left)))
    assert "Done and verified" in text_of(done)


def test_an_address_that_somebody_left_and_took_again_is_theirs(desk):
    called(desk, NEW, "nuala@example.net", NEW)
    assert "this was the address of" not in text_of(desk.post("contact_new", data={"address": NEW}))
