"""Research without a language model: a task to questions, questions to exact quotes, quotes to a cited report."""
