"""Content work: drafts looked through, source briefs made, texts written by a model and held to their brief."""
