"""Every bound of the system in one place, each with its unit and its reason."""

JSON_DEPTH_MAX = 64
"""Levels of nesting in a request body; deeper texts exhaust readers' stacks."""

BODY_BYTES_MAX = 1 << 20
"""A JSON request body. Files travel through the vault instead."""

UPLOAD_BYTES_MAX = 50 << 20
"""One uploaded file."""

FORM_OVERHEAD_BYTES_MAX = 64 << 10
"""What a multipart form may hold beside the file itself."""

BLOB_CHUNK_BYTES = 64 << 10
"""A file is sealed and stored in chunks of this size, so that it is never whole in plain form anywhere."""

TASK_CHARS_MAX = 64_000
"""A task brief."""

LABEL_CHARS_MAX = 255
"""Names, caller's labels, idempotency keys."""

METADATA_PAIRS_MAX = 16
METADATA_KEY_CHARS_MAX = 64
METADATA_VALUE_CHARS_MAX = 512

FILES_PER_RUN_MAX = 50
"""Vault files handed to one run."""

PAGE_DEFAULT = 20
PAGE_MAX = 100
EVENTS_PAGE_MAX = 1_000

STEPS_PER_RUN_MAX = 200
TOOL_CALLS_PER_RUN_MAX = 500
WALL_S_MAX = 2 * 60 * 60
"""A run may work this long; time spent waiting for a person does not count."""

STEP_ATTEMPTS_MAX = 4
REPLANS_MAX = 2
RECOVERIES_MAX = 5
"""A run whose worker died this often is itself the likely cause, and fails with WORKER_CRASH_LOOP."""

RUNS_PER_WORKER_MAX = 64
"""Runs in hand at once in one process."""

RUNS_PER_WORKSPACE_MAX = 200
"""Runs in work at once in one workspace, over all workers."""

QUEUE_PER_WORKSPACE_MAX = 10_000

STREAMS_PER_KEY_MAX = 2_000
RATE_MAX = 1_000_000
"""The most requests a minute that a rate limit may allow."""

STREAM_PAGE_EVENTS = 256
HEARTBEAT_S = 15
STREAM_STALL_S = 30
"""A client that takes nothing for this long is cut; it resumes from its last id."""

WAIT_S_MAX = 60
"""The longest `?wait=`."""

INPUT_WAIT_S = 24 * 60 * 60
"""How long an approval or a form waits unless its step says otherwise."""

INPUT_WAIT_S_MAX = 30 * 24 * 60 * 60
"""The longest that a step may have a run wait for a person."""

HEARTBEAT_WORKER_S = 1.0
SILENCE_S = 2.5
LEASE_S = 15
"""A worker says it lives every ``HEARTBEAT_WORKER_S``. It counts as dead after ``SILENCE_S`` when its process is gone,
and after ``LEASE_S`` when it merely says nothing."""
