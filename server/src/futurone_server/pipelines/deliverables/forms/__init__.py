"""The forms of a deliverable, each written by a process of its own, with the one library that it needs."""
