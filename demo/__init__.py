"""Sample graphs for the embedded deployment: one per situation that a debugger of threads is for."""
