"""How well the verifier tells supported claims from others: a labelled set, its generator, the fit and the report."""
