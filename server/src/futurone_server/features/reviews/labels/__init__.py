"""Labels: what people said of deliverables, what calibration learns from it, and how far it can be trusted."""
