"""Studio: the debugger and time machine for threads of a LangGraph deployment."""

__version__ = "0.1.0"
