"""Amounts for people: seconds, counts, bytes."""


def duration(seconds: float | None) -> str:
    """Seconds as "0.4 s", "3 min 5 s", "2 h 10 min" or "3 d 4 h"; "" when they are not known."""
    if seconds is None:
        return ""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s" if seconds >= 0.05 else f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    for size, unit, smaller_size, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller_size} {smaller}"
    return f"{whole // 60} min {whole % 60} s"


def number_text(number: int) -> str:
    """A count with its thousands apart."""
    return f"{number:,}"


def bytes_text(size: int) -> str:
    """A size as "312 B", "4.1 KB" or "12.0 MB"."""
    if size < 1024:
        return f"{size} B"
    value = size / 1024
    return f"{value:.1f} KB" if value < 100 else f"{value:.0f} KB" if value < 1024 else f"{value / 1024:.1f} MB"
