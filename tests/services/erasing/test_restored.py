"""A backup from before an erasure is put back: whoever was erased is erased again before anything is read."""

import json


def test_a_worker_erases_again_who_came_back_with_a_restored_backup(planted):
    with planted(12) as world:
        world.run("prepare", gone=[3, 4], other=5)
        with world.backup() as backup:
            world.run("erase", gone=[3, 4])
            outside = (world.outside / "erasures.jsonl").read_text()
            back = world.run("search", gone=[3, 4], installation=backup)
            world.run("turn_of_worker", installation=backup)
            end = world.run("search", gone=[3, 4], installation=backup)
    assert len(outside.splitlines()) == 2
    assert back["found"] and back["contacts"] == 12
    assert end["found"] == []
    assert end["contacts"] == 10
    assert end["faults"] == []
    assert end["again"] == [1, 2]


def test_who_is_not_in_the_restored_backup_is_marked_again(planted):
    with planted(6) as world:
        world.run("link")
        with world.backup() as backup:
            world.run("read_and_erase", gone=[2])
            world.run("turn_of_worker", installation=backup)
            end = world.run("search", gone=[2], installation=backup)
    assert end["found"] == []
    assert end["contacts"] == 5


def test_the_file_outside_says_nothing_about_anybody(planted):
    with planted(6) as world:
        world.run("prepare", gone=[3], other=5)
        world.run("erase", gone=[3])
        text = (world.outside / "erasures.jsonl").read_text()
    held = json.loads(text)
    assert sorted(held) == ["about", "account", "asked_at", "format", "key", "marks", "request", "state"]
    for secret in ("zq00003xk", "c0000000-0000-4000-8000-000000000003", "person"):
        assert secret not in text
