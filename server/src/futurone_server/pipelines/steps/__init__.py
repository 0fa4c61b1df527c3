"""The kinds of step, one file each; ``registry`` knows them all."""
