"""How good the results are: research, coding, content and strategy, keyless and with simulated models, with floors."""
