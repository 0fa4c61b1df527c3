"""The worker's side of runs: taking them in hand, journalling what is done, ending them, watching over workers."""
