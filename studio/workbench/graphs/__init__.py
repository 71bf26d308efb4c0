"""The graph of an assistant, with what has run, what runs, and where it shall stop."""
