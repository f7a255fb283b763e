"""The files that the demo offers for trying belong to its story."""

import pytest

from tools.demo_files import FAIR, OLD_EXPORT, TARGET, texts


@pytest.mark.parametrize("name", [FAIR, OLD_EXPORT])
def test_what_lies_in_static_is_what_the_story_tells(name):
    assert (TARGET / name).read_text("utf-8") == texts()[name], "Write them anew: python -m tools.demo_files"


def test_the_fairs_list_has_one_of_each_kind_that_must_not_be_imported():
    fair = texts()[FAIR]
    for word in ("maeve.doyle@example.net", "brian.kelly@example.org", "niamh.redmond@example.org", "31/02"):
        assert word in fair
