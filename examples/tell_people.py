"""Have people told how a run ended, in a chat or by mail. (tested with: test key).

The Apprise URL of the chat or the mailbox is read from standard input, because it is a secret.
"""

import sys

from futurone import FuturOne

NOBODY = "jsons://receiver.invalid/chat"


def main() -> None:
    """Connect the people, try it out, and place a run that names them."""
    url = (sys.stdin.readline() if not sys.stdin.isatty() else "").strip() or NOBODY
    with FuturOne() as client:
        people = client.connections.create("Those who wait for it", url)
        tried = client.connections.test(people.id)
        sys.stdout.write(f"{people.hint} was tried: {tried.state} {tried.last_error or ''}\n")
        run = client.runs.create(
            agent="research", task="[test:complete] What is new?", deliver_to={"connection": people.id}
        )
        ended = client.runs.wait(run.id, timeout=120)
        for delivery in client.webhooks.deliveries(run_id=run.id):
            sys.stdout.write(f"{ended.id} {ended.status}, and they are told: {delivery.state}\n")
        client.connections.delete(people.id)


if __name__ == "__main__":
    main()
