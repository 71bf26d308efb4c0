"""Writing history: the editors of messages and of whole states, with what they foretell, verify and warn of."""
