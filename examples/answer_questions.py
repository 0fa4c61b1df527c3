"""A run that asks a person twice, answered by a program. Needs a test key. (tested with: test key)"""

import sys

from futurone import FuturOne


def main() -> None:
    """Carry out the test script that asks for an approval and then for a form."""
    with FuturOne() as client:
        run = client.runs.create(agent="research", task="[test:input]")
        while not (run := client.runs.wait(run.id, or_waiting=True, timeout=60)).is_terminal:
            asked = run.awaiting
            assert asked is not None
            sys.stdout.write(f"{asked.kind}: {asked.prompt}\n")
            if asked.kind == "approval":
                client.runs.approve(run.id, input_id=asked.input_id)
            else:
                values = {field.name: 4 if field.type == "number" else "Lisbon" for field in asked.fields or []}
                client.runs.submit_input(run.id, values, input_id=asked.input_id)
        sys.stdout.write(f"{run.status}\n")


if __name__ == "__main__":
    main()
