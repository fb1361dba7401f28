# segment-analytics-python: `host` may have a path.
from driver import drive
from segment.analytics.client import Client
from segment_shaped import make_calls

drive(lambda task, errors: make_calls(Client(task["key"], host=task["url"], on_error=errors.add), task["calls"]))
