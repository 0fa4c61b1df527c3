"""The HTTP kit: context, errors, server-sent events, body limits. Knows no noun of the product."""
