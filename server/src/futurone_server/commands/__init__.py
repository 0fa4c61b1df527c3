"""The server's verbs, offered to the ``futurone`` command by name; the verb that is called is imported then."""

from collections.abc import Mapping


def commands() -> Mapping[str, tuple[str, str]]:
    """Each verb with where its function is and its line of help."""
    here = "futurone_server.commands"
    return {
        "up": (f"{here}.up:up", "Start the server: API, worker and (unless told otherwise) its own PostgreSQL."),
        "worker": (f"{here}.worker:worker", "Start a worker that attaches to a running server's database."),
        "models": (f"{here}.models:models", "List the language models of FUTURONE_MODELS, or ask each of them."),
        "retention": (f"{here}.retention:retention", "Prove that the content of an erased run is gone."),
        "people": (f"{here}.people:people", "Make a one-time link that lets in an owner."),
        "backup": (f"{here}.backup:backup", "Write the whole database into one file, while the server runs."),
        "restore": (f"{here}.restore:restore", "Bring a backup back into a new data directory."),
        "doctor": (f"{here}.doctor:doctor", "Look at this installation and say what is wrong and how to mend it."),
    }
