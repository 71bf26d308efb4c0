"""The thread page: history, conversation, inspector, and the verbs that add to a thread."""
