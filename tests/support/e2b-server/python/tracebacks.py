"""Describes an exception as the code interpreter does: IPython's blocks, without colours, joined with no newline."""
import linecache
import os
import traceback

WIDTH = 75
CONTEXT = 2
HERE = os.path.dirname(os.path.abspath(__file__))


def describe(error, cell):
    """The `error` event for an exception raised by the cell with that file name."""
    name = type(error).__name__
    return {"type": "error", "name": name, "value": value_of(error), "traceback": "".join(blocks(error, name))}


def value_of(error):
    if isinstance(error, SyntaxError):
        return "%s (%s, line %s)" % (error.msg, label(error.filename), error.lineno)
    return str(error)


def blocks(error, name):
    last = "%s: %s" % (name, error) if str(error) else name
    if isinstance(error, SyntaxError) and not any(is_cell(frame) for frame in user_frames(error)):
        text = "".join(traceback.format_exception_only(type(error), error))
        return [text.replace('File "%s"' % error.filename, label(error.filename)).rstrip("\n")]
    head = name + "Traceback (most recent call last)".rjust(WIDTH - len(name))
    return ["-" * WIDTH, head] + [frame_block(frame) for frame in user_frames(error)] + [last]


def user_frames(error):
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if os.path.dirname(os.path.abspath(frame.filename)) != HERE]


def is_cell(frame):
    return frame.filename.startswith("<cell ")


def label(filename):
    if filename and filename.startswith("<cell "):
        return "Cell In[%s]" % filename[6:-1]
    return "File %s" % filename


def frame_block(frame):
    line = frame.lineno or 0
    where = "%s, line %d" % (label(frame.filename), line) if is_cell(frame) else "%s:%d" % (label(frame.filename), line)
    if frame.name != "<module>":
        where += ", in %s(...)" % frame.name
    text = [where + "\n"]
    for number in range(max(1, line - CONTEXT), line + CONTEXT + 1):
        source = linecache.getline(frame.filename, number)
        if not source:
            continue
        prefix = "----> %d " % number if number == line else "%7d " % number
        text.append(prefix + source.rstrip("\n") + "\n")
    return "".join(text)

