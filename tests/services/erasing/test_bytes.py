"""Two hundred people are erased: no byte of them is left anywhere, and they do not come back."""

from django.db import connection

ERASED, PEOPLE = 200, 320


def test_no_byte_of_the_erased_is_left_and_the_next_syncs_do_not_bring_them_back(planted):
    with planted(PEOPLE) as world:
        end = world.run("erase_many", erased=ERASED)
    assert end["before"] > 6 * ERASED
    assert end["after"] == []
    assert end["again"] == []
    assert end["states"] == [["done", connection.vendor == "sqlite"]]
    assert end["contacts"] == PEOPLE - ERASED
    assert end["faults"] == []
    assert set(end["sweeps"]) == {""}
    assert sum(end["counts"].values()) == sum(end["counted"].values()) == PEOPLE - ERASED


def test_every_table_can_be_written_anew(planted):
    with planted(6) as world:
        world.run("prepare", gone=[3], other=5)
        world.run("erase", gone=[3])
        world.run("wipe_thoroughly")
        end = world.run("search", gone=[3])
    assert end["states"] == [["done", True]]
    assert (end["found"], end["faults"]) == ([], [])
