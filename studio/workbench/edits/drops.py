"""What an edit takes away: it stands beside the super-step that follows a checkpoint, of which some may be done."""

from collections.abc import Sequence

from studio.history.model import Task


def drops(tasks: Sequence[Task]) -> str:
    """What was done or asked after the checkpoint of these tasks, and happens anew after an edit there, in a sentence;
    "" for nothing."""
    done = dict.fromkeys(task.name for task in tasks if task.result is not None)
    asks = dict.fromkeys(task.name for task in tasks if task.interrupts)
    told = [f"what {_and(done)} did in this step"] if done else []
    told += [f"the question{'s' * (len(asks) > 1)} of {_and(asks)}"] if asks else []
    return f"An edit here leaves {_and(told)} on the old branch: after it, all of this step runs anew." if told else ""


def _and(words: Sequence[str] | dict[str, None]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
