# customerio: always HTTPS; `host` may have a port. The path of its own service, /api/v1, is that of the API.
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from customerio import CustomerIO
from driver import drive, time_of


def make_call(cio, call):
    at = time_of(call)
    if call["kind"] == "identify":
        cio.identify(call["userId"], **call["traits"], _timestamp=at)
    elif call["kind"] == "track":
        cio.track(call["userId"], call["event"], call["properties"], timestamp=at)
    elif call["kind"] == "page":
        cio.pageview(call["userId"], call["properties"]["url"], **call["properties"])
    elif call["kind"] == "alias":
        cio.merge_customers("id", call["userId"], "id", call["previousId"])


def make_calls(task, errors):
    address = urlsplit(task["url"])
    cio = CustomerIO("site", task["key"], host=address.netloc, url_prefix=f"{address.path}/v1")

    def attempt(call):
        try:
            make_call(cio, call)
        except Exception as error:
            errors.add(error)

    calls = task["calls"]
    # Programs make a few calls one after the other, and many side by side.
    with ThreadPoolExecutor(max_workers=1 if len(calls) < 10 else 5) as pool:
        list(pool.map(attempt, calls))


drive(make_calls)
