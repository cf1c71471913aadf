"""Text of values as IPython writes it: containers on one line where they fit, else one element a line."""

WIDTH = 79
MOST = 1000


def pretty(value):
    """The text/plain of a value."""
    return Printer().lay(value, 0, 0, 0, ())


def leaf(value):
    if isinstance(value, type) and type(value).__repr__ is type.__repr__:
        module = getattr(value, "__module__", None)
        return value.__qualname__ if module in (None, "builtins") else module + "." + value.__qualname__
    return repr(value)


class Printer:
    """Lays one value out. Keeps what the objects in it say, so that each is asked once."""

    def __init__(self):
        self.said = {}

    def text(self, value):
        if id(value) not in self.said:
            self.said[id(value)] = leaf(value)
        return self.said[id(value)]

    def lay(self, value, indent, column, tail, outer):
        """Text from `column` on; `tail` characters must follow on its last line; further lines are indented."""
        shape = shape_of(value)
        if shape is not None and id(value) in outer:
            return shape[0] + "..." + shape[2].replace(",", "")
        flat = self.flat(value, WIDTH - column - tail, outer)
        if flat is not None:
            return flat
        if shape is None:
            return self.text(value).replace("\n", "\n" + " " * indent)
        opener, rows, closer = shape
        outer += (id(value),)
        indent += len(opener)
        column += len(opener)
        lines = []
        for number, row in enumerate(rows):
            if number:
                column = indent
            if number == MOST:
                lines.append("...")
                break
            follows = 1 if number < len(value) - 1 else len(closer) + tail
            line = ""
            for part in row[:-1]:
                line = self.lay(part, indent, column, 2, outer) + ": "
                last = line.rsplit("\n", 1)
                column = len(last[1]) if len(last) > 1 else column + len(line)
            lines.append(line + self.lay(row[-1], indent, column, follows, outer))
        return opener + (",\n" + " " * indent).join(lines) + closer

    def flat(self, value, room, outer):
        """All of it on one line, or None where it is longer than that."""
        shape = shape_of(value)
        if shape is None:
            text = self.text(value)
            return text if len(text) <= room and "\n" not in text else None
        opener, rows, closer = shape
        if id(value) in outer:
            return opener + "..." + closer.replace(",", "")
        outer += (id(value),)
        room -= len(opener) + len(closer)
        texts = []
        for number, row in enumerate(rows):
            text = "..." if number == MOST else self.flat_row(row, room, outer)
            if text is None or len(text) > room:
                return None
            room -= len(text) + 2
            texts.append(text)
            if number == MOST:
                break
        return opener + ", ".join(texts) + closer

    def flat_row(self, row, room, outer):
        texts = []
        for part in row:
            text = self.flat(part, room, outer)
            if text is None:
                return None
            room -= len(text) + 2
            texts.append(text)
        return ": ".join(texts)


def shape_of(value):
    """How a container opens, its rows (one part, or key and value), how it closes; None for all else."""
    kind = type(value)
    if kind is list:
        return "[", ((item,) for item in value), "]"
    if kind is tuple:
        return "(", ((item,) for item in value), ",)" if len(value) == 1 else ")"
    if kind is dict:
        return "{", value.items(), "}"
    if kind in (set, frozenset) and value:
        opener, closer = ("{", "}") if kind is set else ("frozenset({", "})")
        items = value if len(value) > MOST else in_order(value)
        return opener, ((item,) for item in items), closer
    return None


def in_order(items):
    try:
        return sorted(items)
    except Exception:
        try:
            return sorted(items, key=str)
        except Exception:
            return list(items)
