"""Runs a driver: a program that uses one client as its vendor documents it. See test/support/clients/calls.ts."""

import json
import sys
from datetime import datetime


class Errors(list):
    """What the client reported to the program, as text."""

    def add(self, error, _messages=None):
        self.append(f"{type(error).__name__}: {error}")


def time_of(call):
    """The time of a call. Python 3.10 does not read a `Z`."""
    return datetime.fromisoformat(call["at"].replace("Z", "+00:00"))


def drive(use):
    """Reads a task as JSON from standard input, calls `use(task, errors)`, and prints what was reported as the last line."""
    task = json.load(sys.stdin)
    errors = Errors()
    try:
        use(task, errors)
    except Exception as error:
        errors.add(error)
    print(json.dumps({"errors": errors}))
