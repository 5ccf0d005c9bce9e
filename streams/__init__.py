"""The contract between the edge and the actors: facts, their fold into state, and the log that keeps them."""
