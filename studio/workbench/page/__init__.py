"""The thread page: history on the left, the state or the conversation in the middle, the inspector on the right."""
