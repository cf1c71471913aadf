"""SpecBoard's keeper: holds a runner (runner.py) in a sandbox while links to it come and go.

The runner ends when its input ends, as it must where nothing but the link holds it. Here the keeper, a daemon, holds the
runner's pipes instead. A link (a Docker exec, a PTY) is a short-lived process that hands its own standard input and output to
the keeper through a Unix socket and then only waits. What was sent and not yet confirmed is kept and sent again over the next
link, so a broken link costs nothing: no gap, no duplicate. Standard library only, one file, Python 3.8 or newer, POSIX.

    python3 -u keeper.py start NAME ['{"linger": 3600, "socket": "/run/x", "runner": {...}}']   starts it where it is not there
    python3 -u keeper.py attach NAME [OPTIONS]       exit code 3 where no keeper of that name is

The runner's source is RUNNER_SOURCE where this source was exec'ed with it (nothing is read from disk then), else the file
runner.py beside this one. The protocol of a link is described in README.md beside this file.
"""
import binascii
import collections
import json
import os
import select
import socket
import struct
import sys
import time
import _signal as signal  # the C module: importing `signal` would cost an import of `enum` at every start

PROTOCOL = 1
RING = 8 << 20  # bytes of the runner's output that are kept for a client; above it the runner is not read
INPUT = 16 << 20  # bytes of the client's that may wait for the runner; a client that sends more breaks the rules
PIECE = 32 << 10  # bytes of output from which on a frame is not made longer
FRAME = 1 << 20  # longest payload accepted
HEAD = struct.Struct(">BIII")  # type, length of the payload, low half of its offset, checksum of all the rest
OFFSET = struct.Struct(">Q")
DATA, ACK, PING, PONG, EOF, LEAVE, LEFT, END, TAKEN = range(1, 10)
NOISE = 1 << 20  # bytes that may come before the first line of a link
FAREWELL = 5.0  # seconds a runner may take to end what it started, once its input has ended
KEEP_END = 120.0  # seconds that the last output of a dead runner waits for its client
LINUX = sys.platform.startswith("linux")


def address_of(name, options):
    """Where the keeper of this name listens: an abstract socket where there are such, else a path."""
    if not name or len(name) > 80 or not all(c.isalnum() or c in "-_." for c in name):
        raise SystemExit("keeper: the name is not valid")
    path = options.get("socket")
    if path is None and LINUX:
        return "\0specboard-keeper-" + name
    return path or "/tmp/specboard-keeper-" + name


def dial(address):
    """A connection to the keeper; None where there is none."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(address)
        return sock
    except OSError:
        sock.close()
        return None


def listen(address):
    """The keeper's own socket; None where another one has the name."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    lock = -1
    try:
        if address[0] != "\0":  # what a dead keeper left is removed, by one at a time
            import fcntl

            lock = os.open(address + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            other = dial(address)
            if other is not None:
                other.close()
                sock.close()
                return None
            try:
                os.unlink(address)
            except FileNotFoundError:
                pass
        sock.bind(address)
        sock.listen(16)
        return sock
    except OSError:
        sock.close()
        return None
    finally:
        if lock >= 0:
            os.close(lock)


def line(value):
    """A line of the handshake, found again among the noise of a shell."""
    return b"\x1e" + json.dumps(value).encode() + b"\n"


# ================================================================ the link's process


def bridge(sock):
    """Hands standard input and output to the keeper and waits until it is done with them."""
    saved = None
    if os.isatty(0):
        import termios
        import tty

        saved = termios.tcgetattr(0)
        tty.setraw(0)
    try:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("2i", 0, 1))
        sock.sendmsg([b"link"], [rights])
        while sock.recv(64):
            pass
    except OSError:
        pass
    for fd in (0, 1):  # the keeper made them non-blocking, for everyone who holds them
        os.set_blocking(fd, True)
    if saved is not None:
        try:
            termios.tcsetattr(0, termios.TCSANOW, saved)
        except termios.error:
            pass


def attach(address):
    sock = dial(address)
    if sock is None:
        os.write(2, b"keeper: no session of this name runs here\n")
        os.write(1, b"\n" + line({"keeper": PROTOCOL, "error": "none"}))
        return 3
    bridge(sock)
    return 0


def start(address, options, source):
    deadline = time.monotonic() + 5
    while True:
        sock = dial(address)
        if sock is not None:
            bridge(sock)
            return 0
        listener = listen(address)
        if listener is None:  # another start was faster: it listens in a moment
            if time.monotonic() > deadline:
                os.write(2, b"keeper: cannot listen on its socket\n")
                return 4
            time.sleep(0.01)
            continue
        daemonise(address, listener, options, source)
        sock = dial(address)
        listener.close()
        if sock is None:
            os.write(2, b"keeper: it could not be started\n")
            return 4
        bridge(sock)
        return 0


def daemonise(address, listener, options, source):
    """Makes the keeper, in a process that belongs to nobody here any more; returns in this one."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, listener.fileno())  # nobody is to wait for a pipe because we hold it
        os.closerange(listener.fileno() + 1, 1024)
        Keeper(address, listener, options, source).serve()
    finally:
        os._exit(1)


# ================================================================ the keeper


class Ring:
    """Output of the runner that its client has not confirmed, by offsets that begin at 0 for each client."""

    def __init__(self, chunks=()):
        self.chunks = collections.deque()  # (offset, bytes)
        self.first = self.end = 0
        for data in chunks:
            self.push(data)

    def push(self, data):
        self.chunks.append((self.end, data))
        self.end += len(data)

    def trim(self, offset):
        """Forgets what lies before."""
        while self.chunks and self.chunks[0][0] + len(self.chunks[0][1]) <= offset:
            self.chunks.popleft()
        self.first = self.chunks[0][0] if self.chunks else self.end

    def since(self, offset):
        """All chunks from there on."""
        return [data if at >= offset else data[offset - at :] for at, data in self.chunks if at + len(data) > offset]


class Link:
    """One way to the client: the descriptors that a bridge gave, and what is being written to them."""

    def __init__(self, keeper, sock, inp, out):
        self.keeper, self.sock, self.inp, self.out = keeper, sock, inp, out
        for fd in (inp, out):
            os.set_blocking(fd, False)
        self.buffer = bytearray()
        self.open = False  # the handshake is done
        self.closed = False
        self.heard = time.monotonic()
        self.silence = 30.0
        self.noise = 0
        self.client = None
        self.control = collections.deque()  # frames that go before data
        self.queue = collections.deque()  # data that this link has not sent
        self.next = 0  # offset of the first byte in it
        self.window = RING
        self.said_end = False
        self.last_words = False  # closes once all control frames are written
        self.partial = None
        self.control.append(b"\n" + line({"keeper": PROTOCOL, "pid": os.getpid(), "runner": keeper.pid}))

    def close(self):
        if self.closed:
            return
        self.closed = True
        for fd in {self.inp, self.out}:
            os.close(fd)
        self.sock.close()
        self.keeper.link_closed(self)

    def frame(self, kind, payload=b"", offset=0):
        offset &= 0xFFFFFFFF
        check = binascii.crc32(payload, binascii.crc32(struct.pack(">BII", kind, len(payload), offset)))
        return HEAD.pack(kind, len(payload), offset, check) + payload

    def say(self, kind, payload=b""):
        if self.open and not self.closed:
            self.control.append(self.frame(kind, payload))
            self.flush()

    def leave_after(self, kind):
        """The last frame of this link."""
        self.last_words = True
        self.say(kind)

    # ---- to the client

    def may_send(self):
        return self.open and self.queue and self.next - self.keeper.consumed < self.window

    def wants_write(self):
        return self.partial is not None or bool(self.control) or self.may_send() or self.end_due()

    def end_due(self):
        return self.open and self.keeper.ended is not None and not self.queue and not self.said_end

    def next_frame(self):
        if self.control:
            return self.control.popleft()
        if self.may_send():
            parts, size = [self.queue.popleft()], 0
            size = len(parts[0])
            while self.queue and size + len(self.queue[0]) <= PIECE:
                parts.append(self.queue.popleft())
                size += len(parts[-1])
            frame = self.frame(DATA, parts[0] if len(parts) == 1 else b"".join(parts), self.next)
            self.next += size
            self.keeper.sent = max(self.keeper.sent, self.next)
            return frame
        if self.end_due():
            self.said_end = True
            return self.frame(END, json.dumps(self.keeper.ended).encode())
        return None

    def flush(self):
        """Writes what the transport takes now."""
        try:
            while not self.closed:
                if self.partial is None:
                    frame = self.next_frame()
                    if frame is None:
                        break
                    self.partial = memoryview(frame)
                written = os.write(self.out, self.partial)
                self.partial = self.partial[written:] if written < len(self.partial) else None
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if self.last_words:
            self.close()

    # ---- from the client

    def read(self):
        try:
            data = os.read(self.inp, 1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # a PTY whose other side closed gives EIO instead of an end
        if not data:
            self.close()
            return
        self.heard = time.monotonic()
        self.buffer += data
        try:
            if self.open or self.handshake():
                self.frames()
        except (ValueError, KeyError, TypeError, AttributeError, struct.error):
            self.close()  # damaged, or not ours: the client dials again and says where it is

    def handshake(self):
        """Waits for the client's line among what a terminal may have left; True once it was there."""
        start = self.buffer.find(b"\x1e")
        if start != 0:
            count = len(self.buffer) if start < 0 else start
            self.noise += count
            del self.buffer[:count]
        end = self.buffer.find(b"\n")
        if self.noise + len(self.buffer) > NOISE and end < 0:
            raise ValueError("noise")
        if start < 0 or end < 0:
            return False
        hello = json.loads(bytes(self.buffer[1:end]))
        del self.buffer[: end + 1]
        self.keeper.hello(self, hello)
        return self.open

    def frames(self):
        view, at = bytes(self.buffer), 0
        size = HEAD.size
        while len(view) - at >= size and not self.closed:
            kind, length, offset, check = HEAD.unpack_from(view, at)
            if length > FRAME:
                raise ValueError("length")
            if len(view) - at - size < length:
                break
            payload = view[at + size : at + size + length]
            if binascii.crc32(payload, binascii.crc32(view[at : at + size - 4])) != check:
                raise ValueError("checksum")
            at += size + length
            self.keeper.on_frame(self, kind, offset, payload)
        if at:
            del self.buffer[:at]


class Keeper:
    """Owns the runner, the one link that counts, and what is on its way in both directions."""

    def __init__(self, address, listener, options, source):
        self.address, self.listener = address, listener
        self.linger = options.get("linger")
        self.pid, self.inp, self.out, self.err = start_runner(listener, options.get("runner") or {}, source)
        for fd in (self.inp, self.out, self.err):
            os.set_blocking(fd, False)
        listener.setblocking(False)
        self.ring = Ring()
        self.sent = self.consumed = 0  # of the ring: sent over any link; confirmed
        self.client = None  # whose ring it is
        self.clients = 0
        self.received = 0  # bytes of the client's stream that came
        self.accepted = self.told = 0  # that the runner took; that the client knows of
        self.pending = collections.deque()  # [bytes for the runner, whether they count as the client's]
        self.waiting = 0
        self.newline = True  # the runner's input is at the beginning of a line
        self.link = None
        self.links = []  # all of them, also those whose handshake is not done
        self.arrivals = []  # [(connection of a bridge, until when its descriptors must be here)]
        self.alone_since = time.monotonic()
        self.said = b""
        self.ended = None  # how the runner ended
        self.forget_at = self.kill_at = None
        self.closing = False
        self.over = False
        self.subreaper = None
        os.chdir("/")
        self.wake, wake_write = os.pipe()
        for fd in (self.wake, wake_write):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.finish())

    # ---- the loop

    def serve(self):
        try:
            while not self.over:
                self.turn()
        finally:
            self.shutdown()

    def turn(self):
        reads = [self.wake]
        reads.extend(sock for sock, _ in self.arrivals)
        if self.listener is not None:
            reads.append(self.listener)
        writes = [link.out for link in self.links if link.wants_write()]
        reads.extend(link.inp for link in self.links)
        reads.extend(link.sock for link in self.links)
        if self.ended is None:
            if self.err >= 0:
                reads.append(self.err)
            if self.ring.end - self.ring.first < RING:
                reads.append(self.out)
            if self.pending and self.inp >= 0:
                writes.append(self.inp)
        readable, writable, _ = select.select(reads, writes, [], self.patience())
        if self.ended is None:
            if self.err in readable:
                self.read_complaint()
            if self.out in readable:
                self.read_runner()
            if self.inp in writable:
                self.feed()
        for link in list(self.links):
            if link.out in writable and not link.closed:
                link.flush()
            if not link.closed and link.inp in readable:
                link.read()
            if not link.closed and link.sock in readable:
                link.close()  # the bridge ended
        for arrival in list(self.arrivals):
            if arrival[0] in readable:
                self.arrived(arrival)
        if self.listener is not None and self.listener in readable:
            self.accept()
        if self.wake in readable:
            os.read(self.wake, 4096)
        self.clock()

    def patience(self):
        """Seconds until something is due."""
        now, due = time.monotonic(), [link.heard + link.silence for link in self.links]
        due.extend(until for _, until in self.arrivals)
        due.extend(at for at in (self.kill_at, self.forget_at) if at is not None)
        if self.linger is not None and self.link is None:
            due.append(self.alone_since + self.linger)
        return max(0.0, min(due) - now) if due else None

    def clock(self):
        """Does what is due."""
        now = time.monotonic()
        for link in list(self.links):
            if now - link.heard >= link.silence:
                link.close()
        for arrival in list(self.arrivals):
            if now >= arrival[1]:
                self.arrivals.remove(arrival)
                arrival[0].close()
        if self.ended is not None:
            gone = self.link is None and self.listener is None
            if gone or (self.forget_at is not None and now >= self.forget_at):
                self.over = True
        elif self.kill_at is not None and now >= self.kill_at:
            self.kill_at = None
            kill(self.pid)
        if self.link is None and self.linger is not None and now - self.alone_since >= self.linger:
            self.finish()

    # ---- links

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        if not friendly(sock) or len(self.arrivals) + len(self.links) >= 16:
            sock.close()
            return
        sock.setblocking(False)
        self.arrivals.append((sock, time.monotonic() + 10))

    def arrived(self, arrival):
        """A bridge hands over its descriptors."""
        self.arrivals.remove(arrival)
        sock = arrival[0]
        fds = []
        try:
            _, rights, _, _ = sock.recvmsg(16, socket.CMSG_SPACE(8))
            for level, kind, data in rights:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds.extend(struct.unpack("%di" % (len(data) // 4), data[: len(data) // 4 * 4]))
        except OSError:
            pass
        if len(fds) != 2:
            for fd in fds:
                os.close(fd)
            sock.close()
            return
        for fd in fds:
            os.set_inheritable(fd, False)
        link = Link(self, sock, *fds)
        self.links.append(link)
        link.flush()

    def link_closed(self, link):
        if link in self.links:
            self.links.remove(link)
        if link is self.link:
            self.link = None
            self.alone_since = time.monotonic()

    def hello(self, link, hello):
        """The client says who it is and where it was; from here on this is the link."""
        client, fresh = hello["client"], hello["fresh"]
        received, consumed, window = int(hello["received"]), int(hello["consumed"]), int(hello["window"])
        refusal, dropped = None, 0
        if not isinstance(client, str) or window < 1:
            raise ValueError("hello")
        if self.closing or (fresh and self.ended is not None):
            refusal = "ended"
        elif not fresh and client != self.client:
            refusal = "taken" if self.clients else "unknown"
        elif fresh:
            dropped = self.renew(client)
        elif not self.consumed <= consumed <= received <= self.sent or self.ring.first > received:
            refusal = "lost"
        if refusal:
            link.control.append(line({"ok": False, "error": refusal}))
            link.last_words = True
            link.flush()
            if fresh and self.ended is not None:
                self.over = True  # its name is free now
            return
        old, self.link = self.link, link
        if old is not None and old is not link:
            if old.client != client:
                old.leave_after(TAKEN)
            if not old.closed:
                old.close()
        self.link = link
        link.client = client
        link.window = min(window, RING)
        link.silence = max(30.0, 3 * float(hello.get("ping", 0)))
        link.next = 0 if fresh else received
        if not fresh:
            self.confirm(consumed)
        link.queue.extend(self.ring.since(link.next))
        link.control.append(line({"ok": True, "received": self.received, "dropped": dropped}))
        self.told = self.accepted
        link.open = True
        link.flush()

    def renew(self, client):
        """Another client: it gets what no client got, and what earlier ones left running is ended."""
        dropped = self.sent - self.consumed
        self.client = client
        if self.clients:
            rest = self.ring.since(self.sent)
            self.pending.clear()
            self.waiting = 0
            self.ring = Ring(rest)
            if not self.newline:
                self.send_runner(b"\n", False)
            self.send_runner(b'{"op":"adopt"}\n', False)
        self.clients += 1
        self.sent = self.consumed = self.received = self.accepted = self.told = 0
        return dropped

    def on_frame(self, link, kind, offset, payload):
        if link is not self.link:
            return
        if kind == DATA:
            if offset != self.received & 0xFFFFFFFF or self.waiting + len(payload) > INPUT:
                raise ValueError("offset")
            self.received += len(payload)
            if self.ended is None and self.inp >= 0:
                self.send_runner(payload, True)
        elif kind == ACK:
            self.confirm(OFFSET.unpack(payload)[0])
            link.flush()
        elif kind == PING:
            self.confirm(OFFSET.unpack(payload)[0])
            self.told = self.accepted
            link.say(PONG, OFFSET.pack(self.accepted))
        elif kind == EOF:
            self.finish()
        elif kind == LEAVE:
            self.confirm(OFFSET.unpack(payload)[0])
            if link.said_end:
                self.over = True
            link.leave_after(LEFT)

    def confirm(self, offset):
        if not self.consumed <= offset <= self.sent:
            raise ValueError("offset")
        self.consumed = offset
        self.ring.trim(offset)

    # ---- the runner

    def send_runner(self, data, counts):
        self.pending.append([memoryview(data), counts])
        self.waiting += len(data)
        if len(self.pending) == 1:
            self.feed()

    def feed(self):
        """Writes to the runner what it takes now."""
        try:
            while self.pending and self.inp >= 0:
                item = self.pending[0]
                written = os.write(self.inp, item[0])
                self.newline = item[0][written - 1] == 10
                self.waiting -= written
                if item[1]:
                    self.accepted += written
                if written == len(item[0]):
                    self.pending.popleft()
                else:
                    item[0] = item[0][written:]
        except BlockingIOError:
            pass
        except OSError:
            self.close_input()  # it died: its output ends, too
        if self.closing and not self.pending:
            self.close_input()
        if self.accepted - self.told >= 1 << 18 and self.link is not None:
            self.told = self.accepted
            self.link.say(ACK, OFFSET.pack(self.accepted))

    def close_input(self):
        self.pending.clear()
        self.waiting = 0
        if self.inp >= 0:
            os.close(self.inp)
            self.inp = -1

    def read_runner(self):
        try:
            data = os.read(self.out, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.runner_ended()
            return
        self.ring.push(data)
        if self.link is not None:
            self.link.queue.append(data)
            self.link.flush()
        if self.subreaper is None:  # only now: it takes a few ms, and the first frame must not wait for them
            self.subreaper = become_subreaper()

    def read_complaint(self):
        """What Python itself has to say, for a runner that dies."""
        try:
            data = os.read(self.err, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            os.close(self.err)
            self.err = -1
        self.said = (self.said + data)[-4096:]

    def runner_ended(self):
        status = self.wait_runner()
        if self.err >= 0:
            self.read_complaint()
        end_descendants()
        self.ended = {
            "code": status >> 8 if not status & 127 else None,
            "signal": status & 127 or None,
            "said": self.said.decode("utf-8", "replace"),
        }
        self.close_input()
        self.kill_at = None
        self.forget_at = time.monotonic() + KEEP_END
        if self.link is not None:
            self.link.flush()

    def wait_runner(self):
        """Its status; one that closed its output and lives on is killed."""
        for turn in range(400):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return status
            if turn == 200:
                kill(self.pid)
            time.sleep(0.005)
        return 9

    # ---- the end

    def finish(self):
        """The runner's input ends: it ends what it started, and this follows."""
        if self.closing:
            return
        self.closing = True
        if self.listener is not None:
            self.listener.close()
            self.listener = None
            if self.address[0] != "\0":
                remove(self.address)
        if self.ended is None:
            self.kill_at = time.monotonic() + FAREWELL
            self.feed()

    def shutdown(self):
        if self.ended is None:
            kill(self.pid)
            self.wait_runner()
            end_descendants()
        for link in list(self.links):
            link.close()
        if self.listener is not None and self.address[0] != "\0":
            remove(self.address)
        os._exit(0)


def start_runner(listener, options, source):
    """The runner as a child: (pid, its input, its output, its complaints). Its source is run here, nothing is looked up."""
    inp, out, err = os.pipe(), os.pipe(), os.pipe()
    widen(out[1])
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.dup2(inp[0], 0)
            os.dup2(out[1], 1)
            os.dup2(err[1], 2)
            for fd in (*inp, *out, *err):
                os.close(fd)
            listener.close()
            text, path = source
            sys.argv = [path or "runner.py", json.dumps(options)]
            scope = {"__name__": "__main__", "__file__": path, "__source__": text}
            exec(compile(text, path or "<runner>", "exec"), scope)
        except SystemExit:
            pass
        except BaseException:
            import traceback

            os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        finally:
            os._exit(1)
    os.close(inp[0])
    os.close(out[1])
    os.close(err[1])
    return pid, inp[1], out[0], err[0]


def widen(pipe):
    """Lets a process write more before it must wait for its reader, where the system can: half the switches between them."""
    try:
        import fcntl

        fcntl.fcntl(pipe, 1031, 1 << 20)  # F_SETPIPE_SZ
    except (OSError, ImportError):
        pass


def friendly(sock):
    """Whether it is ours, or root's; where the system does not say, the folder of the socket decides."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _pid, uid, _gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return uid in (0, os.getuid())


def become_subreaper():
    """What a dead runner leaves comes to us instead of to pid 1."""
    try:
        import ctypes

        return LINUX and ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0) == 0
    except Exception:
        return False


def kill(pid):
    try:
        os.kill(pid, 9)
    except OSError:
        pass


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def descendants():
    """Everything below this process."""
    children = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        names = []
    for name in names:
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] not in (b"Z", b"X"):
                children.setdefault(int(fields[1]), []).append(int(name))
    found, todo = [], [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def end_descendants():
    """Kills what a runner that died suddenly left."""
    for _ in range(500):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except OSError:
            pass
        left = descendants()
        if not left:
            return
        for pid in left:
            kill(pid)
        time.sleep(0.002)


def runner_source():
    """(text, path) of the runner; the path is empty where it is only in memory."""
    text = globals().get("RUNNER_SOURCE")
    if text is not None:
        return text, ""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runner.py")
    with open(path, encoding="utf-8") as file:
        return file.read(), path


def main(arguments):
    mode, name = arguments[:2]
    options = json.loads(arguments[2]) if len(arguments) > 2 else {}
    address = address_of(name, options)
    if mode == "attach":
        return attach(address)
    return start(address, options, runner_source())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
