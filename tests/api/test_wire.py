"""Faults of the line, from bare sockets: what surely did not happen, and what may have."""

import gzip
import json

import pytest

from contacts.api.client import Call, Client
from contacts.api.errors import NoAnswer, NotSent, Rejected, Unavailable, Unreadable
from tests.api.loopback import answer, bomb, closed_port, dripping, reset, serving, silent, then_close

ID = "af73e650-96f0-11ef-b2a0-fa163eafb85e"
CONTACT = json.dumps({"contact_id": ID, "first_name": "Grete"}).encode()
BODY = {"update_source": "Account"}


def client(url: str, **options) -> Client:
    return Client(lambda: "token-of-a-test", base_url=url, allow_loopback=True, **options)


def quick(url: str, **options) -> Client:
    """Gives up soon, but not before a busy machine has read what was sent."""
    return client(url, timeout=(2, 1), **options)


def test_a_refused_connection_surely_sent_nothing_and_is_tried_once_more_for_reading():
    calls: list[Call] = []
    with pytest.raises(NotSent) as caught:
        quick(closed_port(), log=calls.append).get_contact(ID)
    assert not caught.value.may_have_happened
    assert [each.error for each in calls] == ["NotSent", "NotSent"]


def test_a_write_that_cannot_connect_is_not_repeated():
    calls: list[Call] = []
    with pytest.raises(NotSent) as caught:
        quick(closed_port(), log=calls.append).put_contact(ID, BODY)
    assert not caught.value.may_have_happened
    assert len(calls) == 1


@pytest.mark.parametrize("fault", [reset, silent, then_close(answer(CONTACT, length=500))])
def test_a_write_that_left_and_got_no_whole_answer_is_in_doubt_and_sent_once(fault):
    with serving(fault) as server, pytest.raises(NoAnswer) as caught:
        quick(server.url).put_contact(ID, BODY)
    assert caught.value.may_have_happened
    assert "We do not know yet" in caught.value.advice
    assert len(server.received) == 1


@pytest.mark.parametrize("fault", [reset, silent, then_close(answer(CONTACT, length=500))])
def test_a_read_without_a_whole_answer_changed_nothing_and_is_left_to_the_caller(fault):
    with serving(fault) as server, pytest.raises(NoAnswer) as caught:
        quick(server.url).get_contact(ID)
    assert not caught.value.may_have_happened
    assert "Nothing was changed." in caught.value.advice
    assert len(server.received) == 1


def test_a_drip_ends_at_the_total_time():
    with serving(dripping) as server, pytest.raises(NoAnswer):
        client(server.url, timeout=(1, 5), total_seconds=0.3).get_contact(ID)


def test_an_answer_over_the_size_limit_is_not_read_to_its_end():
    with serving(answer(b" " * 50_000 + CONTACT)) as server, pytest.raises(Unreadable) as caught:
        client(server.url, max_bytes=10_000).put_contact(ID, BODY)
    assert caught.value.may_have_happened


def test_a_gzip_bomb_is_not_unpacked():
    with serving(bomb(200_000_000)) as server, pytest.raises(Unreadable):
        client(server.url, max_bytes=100_000).get_contact(ID)


def test_a_packed_answer_is_unpacked():
    with serving(answer(gzip.compress(CONTACT), Content_Encoding="gzip")) as server:
        assert client(server.url).get_contact(ID)["first_name"] == "Grete"


def test_a_packed_answer_that_is_cut_is_no_answer():
    with serving(answer(gzip.compress(CONTACT)[:-9], Content_Encoding="gzip")) as server, pytest.raises(NoAnswer):
        client(server.url).get_contact(ID)


@pytest.mark.parametrize(
    "broken",
    [
        answer(b"<html>Sign in to the hotel's network</html>", Content_Type="text/html"),
        answer(b""),
        answer(b'{"contact_id": "' + ID.encode() + b'", "first_name": "\xff\xfe"}'),
        answer(b'{"contact_id": NaN}'),
        answer(b"[" * 100_000),
        answer(CONTACT, Content_Encoding="br"),
        answer(b"not gzip at all", Content_Encoding="gzip"),
        answer(b"[]"),
        answer(b'{"contact_id": "00000000-0000-0000-0000-000000000000"}'),
        answer(b"{}", status="302 Found", Location="http://127.0.0.2:9/"),
    ],
)
def test_an_answer_that_is_not_the_contact_is_unreadable_and_leaves_a_write_in_doubt(broken):
    with serving(broken) as server:
        with pytest.raises(Unreadable):
            client(server.url).get_contact(ID)
        with pytest.raises(Unreadable) as caught:
            client(server.url).put_contact(ID, BODY)
    assert caught.value.may_have_happened


def test_a_redirect_is_never_followed():
    with serving(answer(CONTACT)) as elsewhere:
        away = answer(b"", status="307 Temporary Redirect", Location=f"{elsewhere.url}/v3")
        with serving(away) as server, pytest.raises(Unreadable):
            client(server.url).get_contact(ID)
        assert elsewhere.received == []


def test_a_status_counts_even_when_its_body_is_cut():
    cut = then_close(answer(b"[{", status="400 Bad Request", length=900))
    with serving(cut) as server, pytest.raises(Rejected) as caught:
        client(server.url).put_contact(ID, BODY)
    assert not caught.value.may_have_happened


def test_a_server_fault_leaves_a_write_in_doubt_and_is_not_repeated():
    with serving(answer(b"", status="503 Service Unavailable")) as server, pytest.raises(Unavailable) as caught:
        client(server.url).put_contact(ID, BODY)
    assert caught.value.may_have_happened
    assert len(server.received) == 1


def test_reads_share_a_connection_and_a_write_has_its_own():
    with serving(answer(CONTACT)) as server:
        cc = client(server.url)
        cc.get_contact(ID)
        cc.get_contact(ID)
        assert server.connections == 1
        cc.put_contact(ID, BODY)
    assert server.connections == 2


def test_cookies_are_not_kept_and_the_machine_s_proxy_is_not_asked_for_loopback(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    with serving(answer(CONTACT, Set_Cookie="session=1; Path=/")) as server:
        cc = client(server.url)
        cc.get_contact(ID)
        cc.get_contact(ID)
    assert b"cookie" not in server.received[1].lower()


def test_a_netrc_entry_does_not_replace_the_token(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(answer(CONTACT)) as server:
        client(server.url).get_contact(ID)
    assert b"Bearer token-of-a-test" in server.received[0]
    assert b"User-Agent: ccadmin/" in server.received[0]
