"""Hand over documents, ask a question, print the cited report and what was checked."""

import sys
from pathlib import Path

from futurone import FuturOne

QUESTION = "Which header resumes an event stream?"
DOCUMENTS = ["examples/handbook/events-and-streams.md"]


def main(question: str, documents: list[str]) -> None:
    """Ask one question about some documents."""
    with FuturOne() as client:
        files = [client.vault.upload(Path(document)) for document in documents]
        run = client.runs.create(agent="research", task=question, files=[file.id for file in files])
        run = client.runs.wait(run.id, timeout=120)
        for artifact in client.runs.artifacts(run.id):
            sys.stdout.write(client.runs.artifact(run.id, artifact.id).text)
        sys.stdout.write(f"\n{run.status}, confidence {run.confidence}\n")
        for check in client.runs.verification(run.id).checks:
            sys.stdout.write(f"  {'ok ' if check['passed'] else 'NOT'} {check['name']}\n")
        for file in files:
            client.vault.delete(file.id)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else QUESTION, sys.argv[2:] or DOCUMENTS)
