"""Research with a language model: questions looked into, drafts that cite passages, claims checked one by one."""
