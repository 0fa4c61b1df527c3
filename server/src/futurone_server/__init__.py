"""FuturOne's server: carries out work with AI agents as durable, verified runs."""

VERSION = "0.9.0"
