"""One measurement in a process of its own, inside the app: ``python -m bench.inside.child sync first``.

Prints the measured series as one line of JSON. The environment is the one that ``bench.place`` gives.
"""

import json
import sys
from dataclasses import asdict
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    module, deed, *arguments = sys.argv[1:]
    measured = getattr(import_module(f"bench.inside.{module}"), deed)(*arguments)
    print(json.dumps([asdict(each) for each in measured]))
