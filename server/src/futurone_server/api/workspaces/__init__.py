"""Who is asking, and in which workspace."""
