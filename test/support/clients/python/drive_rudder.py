# rudder-sdk-python: `host` may have a path. It sends gzip.
from driver import drive
from rudderstack.analytics.client import Client
from segment_shaped import make_calls

drive(lambda task, errors: make_calls(Client(task["key"], host=task["url"], on_error=errors.add), task["calls"]))
