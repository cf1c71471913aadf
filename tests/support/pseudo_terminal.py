"""Runs a command on a pseudo-terminal of its own, for tests of what only a terminal has.

Standard input goes to the terminal, what it shows to standard output; lines "rows cols" on descriptor 3 change its size. Gives
the command's exit code, and passes on SIGTERM and SIGHUP. At the end it says on standard error whether the terminal is as it was: "restored" or "raw".
"""
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios


def resize(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def main():
    master, slave = os.openpty()
    resize(slave, 30, 100)

    def own_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: child.send_signal(got))
    sources = [0, 3, master]
    while child.poll() is None:
        for fd in select.select(sources, [], [], 0.05)[0]:
            data = os.read(fd, 65536)
            if not data:
                sources.remove(fd)
            elif fd == master:
                os.write(1, data)
            elif fd == 3:
                resize(slave, *map(int, data.split(b"\n")[0].split()))
            else:
                os.write(master, data)
    while select.select([master], [], [], 0)[0]:
        os.write(1, os.read(master, 65536))
    canonical = termios.tcgetattr(slave)[3] & termios.ICANON and termios.tcgetattr(slave)[3] & termios.ECHO
    sys.stderr.write("restored" if canonical else "raw")
    sys.exit(child.returncode if child.returncode >= 0 else 128 - child.returncode)


main()
