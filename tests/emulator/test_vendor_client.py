"""The vendor's own Python client, over a real socket: every endpoint served is read without a complaint.

The client checks each answer with pydantic models made from the vendor's description of the API (build 3.0.161), so
a missing key, a wrong type or a string that is too long is an exception here.
"""

import constant_contact_api_client as vendor
import pytest
from constant_contact_api_client import models
from constant_contact_api_client.exceptions import ApiException, NotFoundException, UnauthorizedException

from emulator import generator
from emulator.assembly import bearer
from tests.emulation import running_emulator
from tests.emulator.people import ALL, UNKNOWN

CONTACTS = 300


@pytest.fixture(scope="module")
def account():
    """An account with generated contacts, and the vendor's client pointed at it."""
    with running_emulator(empty=True, activity_seconds=0) as cc:
        generator.fill(cc.state, CONTACTS, seed=7)
        cc.app.oauth.add_user(generator.OWNER)
        cc.bearer = bearer(cc.app, generator.OWNER.account_id)
        configuration = vendor.Configuration(host=cc.api_base, access_token=cc.bearer)
        with vendor.ApiClient(configuration) as client:
            yield client


@pytest.fixture(scope="module")
def contacts(account):
    return vendor.ContactsApi(account)


@pytest.fixture(scope="module")
def lists(account):
    return vendor.ContactListsApi(account)


def test_all_contacts_in_every_state_with_everything(contacts):
    page = contacts.get_all_contacts(status="all", include=ALL, include_count=True, limit=500)

    assert len(page.contacts) == page.contacts_count == CONTACTS
    assert sum(each.deleted_at is not None for each in page.contacts) > CONTACTS / 5
    assert all(each.list_memberships is not None for each in page.contacts)


def test_one_contact_by_id_and_by_address(contacts):
    (deleted,) = contacts.get_all_contacts(status="deleted", limit=1).contacts

    found = contacts.get_contact_by_id(deleted.contact_id, include=ALL)

    assert found.contact_id == deleted.contact_id
    assert found.list_memberships == []
    by_address = contacts.get_all_contacts(email=found.email_address.address, status="all")
    assert [each.contact_id for each in by_address.contacts] == [deleted.contact_id]


def test_a_contact_is_made_changed_deleted_and_brought_back(contacts, lists):
    news = lists.create_list(models.UpdateListRequest(name="Round trip"))
    request = {"create_source": "Account", "first_name": "Ann", "email_address": {"address": "round@example.org"}}
    made = contacts.create_contact(models.CreateContactRequest.from_dict(request))
    assert made.email_address.permission_to_send == "implicit"
    with pytest.raises(ApiException, match="409"):
        contacts.create_contact(models.CreateContactRequest.from_dict(request))

    contacts.delete_contact(made.contact_id)
    assert contacts.get_contact_by_id(made.contact_id).deleted_at is not None
    body = {
        "update_source": "Account",
        "first_name": "Ann",
        "email_address": {"address": "round@example.org", "permission_to_send": "implicit"},
        "list_memberships": [news.list_id],
        "phone_numbers": [{"phone_number": "020 910 0001", "kind": "home"}],
        "street_addresses": [{"kind": "home", "street": "1 Quay"}],
        "notes": [{"note_id": UNKNOWN, "created_at": "2026-01-01T00:00:00Z", "content": "Back"}],
        "sms_channel": {
            "full_sms_address": "17815551212",
            "sms_channel_consents": [
                {
                    "sms_consent_permission": "explicit",
                    "consent_type": "promotional_sms",
                    "consent_medium_details": "form",
                }
            ],
        },
    }
    back = contacts.update_contact(made.contact_id, models.UpdateContactRequest.from_dict(body))

    assert (back.deleted_at, back.list_memberships) == (None, [news.list_id])
    assert back.sms_channel.dial_code == "1"


def test_sign_up_resubscribe_counts_and_cross_references(contacts, lists):
    news = lists.create_list(models.UpdateListRequest(name="Sign up"))
    form = {"email_address": "signed@example.org", "list_memberships": [news.list_id]}
    first = contacts.create_or_update_contact(models.CreateOrUpdateContactRequest.from_dict(form))
    again = contacts.create_or_update_contact(models.CreateOrUpdateContactRequest.from_dict(form))
    assert (first.action, again.action) == ("created", "updated")

    (out,) = contacts.get_all_contacts(status="unsubscribed", limit=1).contacts
    request = models.ResubscribeContactRequest(list_ids=[news.list_id])
    contacts.resubscribe_contact(out.contact_id, request)
    with pytest.raises(ApiException, match="409"):
        contacts.resubscribe_contact(out.contact_id, request)

    counts = contacts.get_contact_counts(include="new_subscriber")
    assert counts.total > counts.unsubscribed > 0
    xrefs = contacts.get_contact_id_xrefs(sequence_ids="1,2").xrefs
    assert [each.sequence_id for each in xrefs] == ["1", "2"]


def test_lists(lists, account):
    made = lists.create_list(models.UpdateListRequest(name="Vendor", description="d", favorite=True))
    changed = lists.update_list(made.list_id, models.UpdateListRequest(name="Vendor 2"))
    assert (changed.name, changed.favorite) == ("Vendor 2", False)
    page = lists.get_all_lists(include_count=True, include_membership_count="active", status="all")
    assert page.lists_count == len(page.lists)
    assert all(each.membership_count is not None for each in page.lists)
    assert lists.get_list(made.list_id, include_membership_count="all").membership_count == 0
    assert lists.get_list_id_xrefs(sequence_ids="1").xrefs[0].sequence_id == "1"

    activity = lists.delete_list(made.list_id)

    activities = vendor.BulkActivitiesApi(account)
    assert activities.get_activity_by_id(activity.activity_id).activity_id == activity.activity_id
    assert activity.activity_id in [each.activity_id for each in activities.get_all_activities().activities]


@pytest.fixture(scope="module")
def bulk(account):
    return vendor.BulkActivitiesApi(account)


def ended(bulk, activity_id):
    """The activity once it has ended; activities take no time here."""
    found = bulk.get_activity_by_id(activity_id)
    assert found.state == "completed"
    return found


def test_memberships_are_added_and_removed_in_bulk(bulk, contacts, lists):
    """The client's own models refuse every id in a removal: the description says at most 0 (a known slip)."""
    news = lists.create_list(models.UpdateListRequest(name="Bulk"))
    deleted = [each.contact_id for each in contacts.get_all_contacts(status="deleted", limit=20).contacts]
    body = {"source": {"contact_ids": deleted}, "list_ids": [news.list_id]}

    added = bulk.create_list_add_activity(models.CreateListAddActivityRequest.from_dict(body))

    assert (added.state, added.status.items_total_count, added.status.list_count) == ("initialized", len(deleted), 1)
    done = ended(bulk, added.activity_id)
    assert done.status.items_completed_count == len(deleted)
    back = contacts.get_all_contacts(lists=news.list_id).contacts
    assert len(back) + len(done.activity_errors) == len(deleted)
    assert len(back) > 0

    source = models.CreateListRemoveActivityRequestSource.model_construct(contact_ids=deleted)
    request = models.CreateListRemoveActivityRequest.model_construct(source=source, list_ids=[news.list_id])
    removed = bulk.create_list_remove_activity(request)
    assert ended(bulk, removed.activity_id).completed_at is not None
    assert contacts.get_all_contacts(lists=news.list_id).contacts == []


def test_tags_are_put_on_and_taken_off_in_bulk(bulk, contacts, account):
    tag = vendor.ContactTagsApi(account).post_tag(models.PostTagRequest(name="Bulk"))
    request = {"source": {"all_active_contacts": True}, "tag_ids": [tag.tag_id]}

    added = bulk.create_tag_add_contact_activity(models.CreateTagRemoveActivityRequest.from_dict(request))
    tagged = ended(bulk, added.activity_id).status.items_completed_count
    assert len(contacts.get_all_contacts(tags=tag.tag_id, limit=500).contacts) == tagged > 0

    gone = bulk.create_tag_remove_activity(models.CreateTagRemoveActivityRequest.from_dict(request))
    assert ended(bulk, gone.activity_id).status.items_total_count == tagged
    assert contacts.get_all_contacts(tags=tag.tag_id).contacts == []


def test_contacts_and_lists_are_deleted_in_bulk(bulk, contacts, lists):
    news = lists.create_list(models.UpdateListRequest(name="Doomed"))
    request = {"create_source": "Account", "email_address": {"address": "doomed@example.org"}}
    made = contacts.create_contact(
        models.CreateContactRequest.from_dict(request | {"list_memberships": [news.list_id]})
    )

    gone = bulk.create_delete_activity(models.CreateDeleteActivityRequest(list_ids=[news.list_id]))
    assert (gone.status.items_total_count, gone.status.list_count) == (1, 1)
    assert ended(bulk, gone.activity_id).status.items_completed_count == 1
    assert contacts.get_contact_by_id(made.contact_id).deleted_at is not None

    list_gone = bulk.create_list_delete_activity(models.CreateListDeleteActivityRequest(list_ids=[news.list_id]))
    assert ended(bulk, list_gone.activity_id).status.list_count == 1
    assert lists.get_list(news.list_id).deleted_at is not None


def test_an_export_is_downloaded(bulk):
    request = models.CreateExportActivityRequest(fields=["email_address", "email_optin_date"])
    export = ended(bulk, bulk.create_export_activity(request).activity_id)

    file = bulk.get_csv_export_file(export.links.results.href.rsplit("/", 1)[1])

    assert file.splitlines()[0] == "email_address,email_optin_date"
    assert len(file.splitlines()) == export.status.items_total_count + 1


def test_activities_are_listed_by_their_state(bulk):
    bulk.create_export_activity(models.CreateExportActivityRequest())
    assert {each.state for each in bulk.get_all_activities(limit=500).activities} <= {"initialized", "completed"}
    assert {each.state for each in bulk.get_all_activities(state="completed").activities} == {"completed"}
    assert bulk.get_all_activities(state="failed").activities == []


def test_tags(account):
    tags = vendor.ContactTagsApi(account)
    made = tags.post_tag(models.PostTagRequest(name="Vendor"))
    assert tags.put_tag(made.tag_id, models.PutTagRequest(name="Vendor 2")).name == "Vendor 2"
    assert tags.get_tag(made.tag_id, include_count=True).contacts_count == 0
    assert made.tag_id in [each.tag_id for each in tags.get_all_tags(include_count=True).tags]
    assert tags.delete_tag(made.tag_id).activity_id


def test_custom_fields(account):
    fields = vendor.ContactsCustomFieldsApi(account)
    made = fields.create_custom_fields(models.CreateCustomFieldsRequest(label="Vendor", type="string"))
    changed = fields.update_custom_field(made.custom_field_id, models.UpdateCustomFieldRequest(label="Vendor 2"))
    assert (changed.label, changed.type) == ("Vendor 2", "string")
    assert fields.get_custom_field(made.custom_field_id).name == "vendor_2"
    assert made.custom_field_id in [each.custom_field_id for each in fields.get_all_custom_fields().custom_fields]
    fields.delete_custom_field(made.custom_field_id)
    with pytest.raises(NotFoundException):
        fields.get_custom_field(made.custom_field_id)


def test_account_and_privileges(account):
    services = vendor.AccountServicesApi(account)

    assert services.get_account_details(extra_fields="physical_address").encoded_account_id
    assert "contacts:write" in [each.privilege_name for each in services.get_user_privileges()]


def test_a_wrong_token_is_told_from_a_missing_contact(contacts, account):
    with pytest.raises(NotFoundException):
        contacts.get_contact_by_id(UNKNOWN)
    stranger = vendor.ApiClient(vendor.Configuration(host=account.configuration.host, access_token="wrong"))
    with pytest.raises(UnauthorizedException):
        vendor.ContactsApi(stranger).get_all_contacts()
