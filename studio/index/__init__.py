"""The checkpoint index: what is known of each thread's tree, and the sync that extends it."""
