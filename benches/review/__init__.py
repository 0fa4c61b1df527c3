"""How good keyless reviews are: planted defects that are found, and what is found in code that is good."""
