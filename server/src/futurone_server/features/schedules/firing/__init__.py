"""The firing of schedules: each due time decided once."""
