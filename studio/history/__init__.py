"""Time travel as pure functions over frozen dataclasses: no Django, no SDK, no I/O, no clock.

A thread is an append-only tree of immutable checkpoints. `model` names its parts, `tree` and `lanes` order and
draw it, `coverage` says how much of it has been read, `messages` and `diff` read its states, `edits` plans a
change to a message and judges what a deployment made of it.
"""
