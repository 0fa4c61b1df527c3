"""One file per step of the schema: date, serial, pre or post, what."""
