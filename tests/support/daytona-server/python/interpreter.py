"""The process behind an interpreter context of the Daytona test server.

Reads one JSON line a cell ({"code", "envs"}) from standard input and answers with JSON lines on standard output: stdout, stderr and
error frames, then one control frame (completed or interrupted). As with Daytona, input() in a cell reads this very channel, and
there are no values and no pictures.
"""
import contextlib
import io
import json
import os
import signal
import sys
import traceback

FLUSH_CHARACTERS = 1024


class Frames(io.TextIOBase):
    """What sys.stdout or sys.stderr is in a cell: sends a frame at a line end or when there is much."""

    encoding = "utf-8"

    def __init__(self, kind):
        self.kind = kind
        self.waiting = ""

    def writable(self):
        return True

    def write(self, text):
        self.waiting += text
        if "\n" in text or len(self.waiting) >= FLUSH_CHARACTERS:
            self.flush()
        return len(text)

    def flush(self):
        text, self.waiting = self.waiting, ""
        if text:
            send({"type": self.kind, "text": text})


def send(frame):
    sys.__stdout__.write(json.dumps(frame) + "\n")
    sys.__stdout__.flush()


def user_traceback(error):
    """Only the frames of the cell."""
    lines = ['  File "<stdin>", line %d\n' % frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<string>"]
    head = ["Traceback (most recent call last):\n"] if lines else []
    return "".join(head + lines + ["%s: %s\n" % (type(error).__name__, error)])


def run(code, envs, namespace):
    before = {name: os.environ.get(name) for name in envs}
    os.environ.update(envs)
    out, err = Frames("stdout"), Frames("stderr")
    end, failure = "completed", None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exec(compile(code, "<string>", "exec"), namespace)
    except KeyboardInterrupt:
        end = "interrupted"
    except SystemExit:
        pass
    except Exception as error:
        failure = {"type": "error", "name": type(error).__name__, "value": str(error), "traceback": user_traceback(error)}
    finally:
        out.flush()
        err.flush()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    if failure:
        send(failure)
    send({"type": "control", "text": end})


def interrupt(_signal, _frame):
    raise KeyboardInterrupt("Execution interrupted")


def main():
    signal.signal(signal.SIGINT, interrupt)
    namespace = {"__name__": "__main__", "__doc__": None, "__package__": None, "__builtins__": __builtins__}
    while True:
        try:
            line = sys.stdin.readline()
            if not line:
                return
            if line.strip():
                cell = json.loads(line)
                run(cell["code"], cell.get("envs") or {}, namespace)
        except KeyboardInterrupt:
            continue  # came between two cells


main()
