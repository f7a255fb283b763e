"""Kill -9 in the middle of an erasure: whoever carries it on brings it to the same end."""

#: Statements before which the process dies: the marks, the rows, the texts, the end.
MOMENTS = [
    'INSERT INTO "contacts_erasedmark"',
    'DELETE FROM "contacts_contact"',
    'UPDATE "contacts_job"',
    'UPDATE "contacts_contactlist"',
    'UPDATE "contacts_erasure"',
]


def test_an_erasure_that_was_killed_anywhere_is_carried_on_to_the_end(planted):
    with planted(8) as world:
        world.run("prepare", gone=[3, 4], other=5)
        ends = []
        for moment in MOMENTS:
            with world.backup() as twin:
                world.run("killed_at", gone=[3, 4], moment=moment, killed=True, installation=twin)
                world.run("go_on", gone=[3, 4], installation=twin)
                ends.append(world.run("search", gone=[3, 4], installation=twin))
            (world.outside / "erasures.jsonl").unlink()
    for moment, end in zip(MOMENTS, ends, strict=True):
        assert (moment, end["found"], end["faults"]) == (moment, [], [])
        assert end["contacts"] == 6
        assert {state for state, _ in end["states"]} == {"done"}
