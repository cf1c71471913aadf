"""Captures everything a cell prints, also what its child processes print, and sends it as events.

Python-level writes and the raw file descriptors 1 and 2 go into one ordered buffer that is sent every 100 ms (as ipykernel
does), when it grows large, and at the end of the cell.
"""
import codecs
import contextlib
import datetime
import io
import json
import os
import select
import sys
import threading
import time

FLUSH_SECONDS = 0.1
SETTLE_SECONDS = 0.05
LARGE = 4 * 1024 * 1024


class Stream(io.TextIOBase):
    """What sys.stdout and sys.stderr are in a cell."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, out, kind, fd):
        self.out = out
        self.kind = kind
        self.fd = fd
        self.buffer = RawWriter(self)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        self.out.settle()  # what child processes printed before this line comes before it
        self.out.add(self.kind, text)
        return len(text)

    def writable(self):
        return True

    def fileno(self):
        return self.fd

    def flush(self):
        pass


class RawWriter(io.RawIOBase):
    """sys.stdout.buffer: bytes written past the text layer, in order with it."""

    def __init__(self, stream):
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data):
        self.stream.write(self.decoder.decode(bytes(data)))
        return len(data)

    def writable(self):
        return True


class Output:
    """Owns descriptors 1 and 2 of the process and the protocol's own descriptor."""

    def __init__(self):
        # Reentrant: an interrupt may arrive in the middle of a write and the handler's cell end writes again.
        self.lock = threading.RLock()
        self.protocol = os.fdopen(os.dup(1), "wb", 0)
        self.parts = []
        self.size = 0
        self.main = threading.get_ident()
        self.depth = 0
        self.interrupted = False
        self.pipes = []
        for fd, kind in ((1, "stdout"), (2, "stderr")):
            reader, writer = os.pipe()
            os.dup2(writer, fd)
            os.close(writer)
            self.pipes.append(reader)
            threading.Thread(target=self.pump, args=(reader, kind), daemon=True).start()
        sys.stdout = sys.__stdout__ = Stream(self, "stdout", 1)
        sys.stderr = sys.__stderr__ = Stream(self, "stderr", 2)
        threading.Thread(target=self.tick, daemon=True).start()

    def pump(self, reader, kind):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            select.select([reader], [], [])
            with self.lock:  # read inside the lock, so that settle() sees either the pipe or the buffer holding it
                data = os.read(reader, 65536)
                if not data:
                    return
                text = decoder.decode(data)
                if text:
                    self.add(kind, text)

    def tick(self):
        while True:
            time.sleep(FLUSH_SECONDS)
            self.flush()

    @contextlib.contextmanager
    def guard(self):
        """Take the lock; an interrupt waits until it is free again, so that no line is ever cut in the middle."""
        mine = threading.get_ident() == self.main
        if mine:
            self.depth += 1
        try:
            with self.lock:
                yield
        finally:
            if mine:
                self.depth -= 1
        if mine and self.depth == 0 and self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt()

    def postpone(self):
        """Whether an interrupt that comes now has to wait; it is then raised when the guard is left."""
        self.interrupted = self.depth > 0
        return self.interrupted

    def add(self, kind, text):
        with self.guard():
            if not text:
                return
            if self.parts and self.parts[-1][0] == kind:
                self.parts[-1][1].append(text)
            else:
                self.parts.append((kind, [text]))
            self.size += len(text)
            if self.size > LARGE:
                self.flush()

    def flush(self):
        with self.guard():
            parts, self.parts, self.size = self.parts, [], 0
            for kind, texts in parts:
                self.send({"type": kind, "text": "".join(texts), "timestamp": now()})

    def emit(self, event):
        """Send one event after everything printed so far."""
        self.settle()
        with self.guard():
            self.flush()
            self.send(event)

    def settle(self):
        """Wait until what is already in the pipes has been taken out, but not for a child that prints without end."""
        limit = None
        while select.select(self.pipes, [], [], 0)[0]:
            limit = limit or time.monotonic() + SETTLE_SECONDS
            if time.monotonic() > limit:
                return
            time.sleep(0.0005)

    def done(self, ok):
        self.write(b"D" + json.dumps({"ok": ok}).encode("ascii") + b"\n")

    def send(self, event):
        # json.dumps escapes to ASCII, as the real server's stream is: a client may cut it anywhere.
        self.write(b"E" + json.dumps(event).encode("ascii", "backslashreplace") + b"\n")

    def write(self, line):
        with self.guard():
            view = memoryview(line)
            while view:
                view = view[self.protocol.write(view) :]


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()
