"""Questions of a thread, and their answers."""
