"""The exceptions to the rules, all of them, each with its reason. A line that nothing uses any more fails the tests."""

from architecture.rules.imports import Allowances

LATE_IMPORTS: Allowances = {
    ("futurone", "importlib.import_module"): "importing the SDK costs no HTTP and no validation before they are used",
    ("futurone._audit_chain", "cryptography.exceptions"): "a part of the extra; signatures are checked on demand",
    (
        "futurone._audit_chain",
        "cryptography.hazmat.primitives.asymmetric.ed25519",
    ): "a part of the extra; signatures are checked on demand",
    ("futurone.cli", "importlib.import_module"): "without the extra, the command says in plain words what is missing",
    ("futurone.cli._program", "importlib.import_module"): "a verb's module is loaded when the verb is called",
    ("futurone_server.__main__", "importlib.import_module"): "the verbs are named by their modules, as for the client",
    (
        "futurone_server.commands.house",
        "futurone_server.migrations.current",
    ): "the database's libraries load while the database starts",
    (
        "futurone_server.commands.house",
        "futurone_server.migrations.upgrade",
    ): "Alembic is needed only where the schema is not current",
    ("futurone_server.api.reference", "futurone_server.api.openapi"): "the reference is made when it is asked for",
    ("futurone_server.api.reference", "futurone_server.api.page"): "the reference is made when it is asked for",
    ("futurone_server.pipelines.toolbox", "futurone_server.tools.programs"): "loaded with the first plan of a model",
    ("futurone_server.pipelines.toolbox", "futurone_server.tools.web"): "loaded with the first research",
    ("futurone_server.config", "futurone_server.models.listed"): "loaded where the setting is used",
    ("futurone_server.config", "futurone_server.egress"): "loaded where the setting is used",
    ("futurone_server.config", "futurone_server.tools.web"): "loaded where the setting is used",
    ("futurone_server.commands.models", "futurone_server.main"): "every part loads with it",
    ("futurone_server.commands.retention", "futurone_server.main"): "every part loads with it",
    ("futurone_server.commands.up", "futurone_server.commands.web"): "FastAPI loads while the database starts",
    ("futurone_server.commands.up", "futurone_server.main"): "every part loads while the database starts",
    (
        "futurone_server.egress.client",
        "futurone_server.egress.wire",
    ): "HTTP is loaded with the first request that leaves",
    ("futurone_server.engine.dbos", "dbos"): "loaded with the worker, which the API does not wait for",
    ("futurone_server.engine.dbos", "futurone_server.engine.words"): "loaded with the worker, which needs DBOS",
    ("futurone_server.models.configured", "futurone_server.models.asking"): "the adapters load when first asked",
    ("futurone_server.models.configured", "futurone_server.models.chain"): "the adapters load when first asked",
    ("futurone_server.models.configured", "futurone_server.models.providers"): "the adapters load when first asked",
    ("futurone_server.models.prices", "genai_prices"): "a list of thousands of models, read when first asked",
    ("futurone_server.models.providers", "pydantic_ai.models.anthropic"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.models.google"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.models.ollama"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.models.openai"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.profiles.openai"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers.anthropic"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers.google"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers.ollama"): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers.openai"): "only what is configured is loaded",
    (
        "futurone_server.models.providers",
        "pydantic_ai.providers.openai_compatible",
    ): "only what is configured is loaded",
    ("futurone_server.models.providers", "pydantic_ai.providers.vllm"): "only what is configured is loaded",
    (
        "futurone_server.pipelines.planning.origin",
        "importlib.import_module",
    ): "a domain's planner is loaded with its first run",
    ("futurone_server.pipelines.deliverables.markup", "markdown_it"): "loaded with the first report",
    (
        "futurone_server.pipelines.deliverables.writer",
        "importlib.import_module",
    ): "a process per file loads the library of its form, and no other",
    ("futurone_server.pipelines.verification.reading", "markdown_it"): "loaded with the first report",
    ("futurone_server.pipelines.verification.written_reading", "markdown_it"): "loaded with the first report",
    (
        "futurone_server.tools.documents.reader",
        "importlib.import_module",
    ): "a process per document loads the library of its format, and no other",
    (
        "futurone_server.tools.programs.sandbox",
        "pydantic_monty",
    ): "an interpreter, loaded with the first program",
    (
        "futurone_server.telemetry.collector",
        "futurone_server.telemetry.collecting",
    ): "OpenTelemetry loads only where a collector is named",
    (
        "futurone_server.telemetry.collector",
        "futurone_server.telemetry.export",
    ): "OpenTelemetry loads only where a collector is named",
    ("futurone_server.tools.schemas", "jsonschema"): "loaded with the first value that is checked",
    ("futurone_server.tools.web.reading", "trafilatura"): "half a second, loaded with the first page that is read",
    ("futurone_server.tools.analysers.complexity", "radon.complexity"): "loaded in the worker of its analysis alone",
    (
        "futurone_server.tools.analysers.covering",
        "importlib.import_module",
    ): "it runs where a project's tests are locked up, with pytest or without it",
    ("futurone_server.tools.analysers.dead_code", "vulture"): "loaded in the worker of its analysis alone",
    (
        "futurone_server.tools.analysers.secrets",
        "detect_secrets.core.plugins.util",
    ): "loaded in the worker of its analysis alone",
    ("futurone_server.tools.analysers.secrets", "detect_secrets.filters"): "loaded in the worker of its analysis alone",
    ("futurone_server.tools.analysers.security", "bandit.core"): "loaded in the worker of its analysis alone",
    ("futurone_server.tools.retrieval.terms", "snowballstemmer"): "dozens of languages, loaded with the first index",
    ("futurone_server.commands.worker", "futurone_server.main"): "a worker that cannot start says so at once",
}
"""Heavy libraries that are loaded when first used: (module, what it imports) and why."""
