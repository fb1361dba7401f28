"""What the Python clients of Segment, RudderStack and June have in common."""

from driver import time_of


def make_call(client, call):
    at = time_of(call)
    if call["kind"] == "identify":
        client.identify(call["userId"], call["traits"], timestamp=at)
    elif call["kind"] == "track":
        client.track(call["userId"], call["event"], call["properties"], timestamp=at)
    elif call["kind"] == "page":
        client.page(call["userId"], name=call["name"], properties=call["properties"], timestamp=at)
    elif call["kind"] == "group":
        client.group(call["userId"], call["groupId"], call["traits"], timestamp=at)
    elif call["kind"] == "alias":
        client.alias(call["previousId"], call["userId"], timestamp=at)


def make_calls(client, calls):
    """Makes the calls and waits until each has been sent or given up."""
    for call in calls:
        make_call(client, call)
    client.shutdown()
