"""Runs one program in a pseudo-terminal for a vendor's test server.

Arguments: columns, rows, program and its arguments. Descriptor 0 carries frames: "D" + length (4 bytes, big endian) + bytes to
type, or "R" + columns (2) + rows (2) to resize. Descriptor 1 carries the terminal's output. Descriptor 3 carries JSON lines:
{"pid"} once at the start, {"exit", "signal"} at the end.
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def take_frames(fd, data):
    """Act on every whole frame; return the rest."""
    while len(data) >= 5:
        if data[:1] == b"R":
            columns, rows = struct.unpack(">HH", data[1:5])
            resize(fd, columns, rows)
            data = data[5:]
            continue
        size = struct.unpack(">I", data[1:5])[0]
        if len(data) < 5 + size:
            break
        view = memoryview(data)[5 : 5 + size]
        while view:
            view = view[os.write(fd, view) :]
        data = data[5 + size :]
    return data


def tell(message):
    os.write(3, json.dumps(message).encode("ascii") + b"\n")


def main():
    ready, go = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.close(go)
        os.read(ready, 1)  # the program must not start before the terminal has its size
        os.close(ready)
        os.close(3)
        os.execvp(sys.argv[3], sys.argv[3:])
    os.close(ready)
    resize(fd, int(sys.argv[1]), int(sys.argv[2]))
    os.write(go, b"1")
    os.close(go)
    tell({"pid": pid})
    pending = b""
    sources = [fd, 0]
    while True:
        readable = select.select(sources, [], [])[0]
        if fd in readable:
            try:
                data = os.read(fd, 16384)
            except OSError:
                data = b""
            if not data:
                break
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
        if 0 in readable:
            data = os.read(0, 65536)
            if not data:
                sources = [fd]
                os.kill(pid, signal.SIGHUP)
            pending = take_frames(fd, pending + data)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        tell({"exit": -1, "signal": signal.Signals(os.WTERMSIG(status)).name})
    else:
        tell({"exit": os.WEXITSTATUS(status), "signal": None})


main()
