"""Running a command as a script would: what it printed, and its code."""

import json
from io import StringIO

from django.core.management import CommandError, call_command


def script(world, name, *arguments, person=None, account=None):
    """The code and the JSON of a command; of one that was called wrongly the sentence."""
    out, errors = StringIO(), StringIO()
    who = ["--account", account or world.account.slug, "--as", person or world.agent.email, "--json"]
    try:
        call_command(name, *map(str, arguments), *who, stdout=out, stderr=errors)
    except SystemExit as ended:
        told = json.loads(out.getvalue())
        assert ended.code == told["code"] != 0
        return told["code"], told
    except CommandError as problem:
        return problem.returncode, str(problem)
    told = json.loads(out.getvalue())
    assert told["code"] == 0
    return 0, told
