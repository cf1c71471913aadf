"""SpecBoard's file helper: files of a sandbox, for whoever can start Python there and talk to it over two streams.

Standard library only, Python 3.8 or newer, POSIX. Run by `python3 -I -S -X utf8 -u -c <this text>`:

    (no argument)     serves requests until its input ends: frames both ways, described in README.md beside this file
    once '<request>'  one request; raw bytes in on standard input, raw bytes out on standard output; what came of it is the
                      last line of standard error, as JSON; the exit code is 0 where it was done
    once              the same with frames in: the request, and its data where "data" says so; no end of the input is needed

A request is JSON: {"op", "root", "confined", ...}; with `once '<request>'`, "input" names a file to read instead, which is
removed first.
Paths are POSIX; relative ones start in `root`. Where `confined`, no path and no link leads out of `root`, also while somebody
else changes folders to links: every step is taken from an open folder. A file is staged beside its name and renamed, so that
it is whole or as it was. SIGINT, SIGTERM, or the end of the input in the middle of a request, removes what was staged and
ends the program.
"""
import errno
import json
import os
import stat
import sys
import _signal as signal  # the C module: importing `signal` would cost an import of `enum` at every start

CHUNK = 1 << 18  # bytes of a file in one piece
PEEK = 1 << 16  # bytes of a file that is small enough to come with the answer
BATCH = 500  # entries of a listing in one frame
MAX_FRAME = 1 << 24
MAX_LINKS = 40
BLOCK = 512  # tar
MAX_HEADER = 1 << 20  # bytes of a tar's extended header
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
STAY = os.O_NOFOLLOW | os.O_CLOEXEC
STAGE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | STAY


class Refused(Exception):
    """Said to the client as it is."""

    def __init__(self, code, message):
        Exception.__init__(self, message)
        self.code, self.message = code, message


class Stop(BaseException):
    """The client gave up."""


staged = []  # [(open folder, name)] that must not be left behind


def on_stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # one is enough, and cleaning up must not be interrupted
    raise Stop


def drop_staged():
    while staged:
        folder, name = staged.pop()
        try:
            os.unlink(name, dir_fd=folder)
        except OSError:
            pass


# ---- the two streams


def read_full(size):
    """Exactly so many bytes of the input; Stop where it ends before."""
    parts = []
    while size:
        data = os.read(0, min(size, 1 << 20))
        if not data:
            raise Stop
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def read_frame():
    head = read_full(5)
    size = int.from_bytes(head[1:], "big")
    if size > MAX_FRAME:
        raise Stop
    return head[:1], read_full(size)


def write_all(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view):]


class Framed:
    """The streams of a helper that serves one request after the other."""

    def __init__(self):
        self.out = []
        self.size = 0
        self.more = False  # data of this request is still to come
        self.left = 0  # bytes of the frame that is being read

    def chunk(self):
        """The next bytes of the client's data, as they come; empty at its end."""
        while self.more and not self.left:
            head = read_full(5)
            self.left = int.from_bytes(head[1:], "big")
            self.more = head[:1] != b"E"
            if self.left > MAX_FRAME or self.left and not self.more:
                raise Stop
        if not self.left:
            return b""
        data = os.read(0, min(self.left, CHUNK))
        if not data:
            raise Stop
        self.left -= len(data)
        return data

    def put(self, kind, data):
        self.out += (kind + len(data).to_bytes(4, "big"), data)
        self.size += len(data)
        if self.size >= CHUNK:
            self.flush()

    def data(self, data):
        self.put(b"D", data)

    def items(self, items):
        self.put(b"I", json.dumps(items).encode())

    def end(self, kind, value):
        self.put(kind, json.dumps(value).encode())
        self.flush()

    def flush(self):
        data, self.out, self.size = b"".join(self.out), [], 0
        write_all(data)


class Raw:
    """The streams of a single request."""

    def __init__(self, framed=None):
        self.framed = framed  # whoever reads its data, where that comes in frames

    def chunk(self):
        return self.framed.chunk() if self.framed else os.read(0, CHUNK)

    def data(self, data):
        write_all(data)

    def items(self, items):
        write_all(json.dumps(items).encode() + b"\n")


# ---- finding a place


def outside(path):
    return Refused("forbidden", "%s is outside the working folder." % json.dumps(path, ensure_ascii=False))


def parts_of(path):
    return [part for part in path.split("/") if part not in ("", ".")]


class Place:
    """An open folder and a name in it; the name is "." for the folder itself. Use it in a `with`."""

    def __init__(self, request, path, follow, make=False):
        self.fd, self.name = -1, "."
        if "\0" in path:
            raise Refused("invalid", "A path cannot contain a NUL character.")
        try:
            size = len(os.fsencode(path))
        except UnicodeEncodeError:
            raise Refused("invalid", "That is not a path.") from None
        if size >= 4096:  # what the system takes, and what bounds the folders held open
            raise Refused("invalid", "That path is too long.")
        self.trail = []
        find = self.walk if request["confined"] else self.jump
        try:
            find(request["root"], path, follow, make)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for fd in self.trail:
            os.close(fd)
        self.trail, self.fd = [], -1

    def jump(self, root, path, follow, make):
        """Anywhere in the file system, as any program would."""
        full = os.path.join(root, path)
        if follow and os.path.islink(full):
            full = os.path.realpath(full)
        folder, name = os.path.split(full.rstrip("/") or "/")
        if name in ("", ".", ".."):
            folder, name = full, "."
        if make and not os.path.isdir(folder):
            try:
                os.makedirs(folder, exist_ok=True)
            except FileExistsError:
                raise OSError(errno.ENOTDIR, "") from None
        self.trail.append(os.open(folder, FOLDER))
        self.fd, self.name = self.trail[-1], name

    def walk(self, root, path, follow, make):
        """Within the root only, step by step."""
        asked, links = path, 0
        trail = self.trail
        trail.append(os.open(root, FOLDER))
        if path.startswith("/"):
            path = self.below(root, path, asked)
        rest = parts_of(path)
        while rest:
            name = rest.pop(0)
            if name == "..":
                if len(trail) == 1:
                    raise outside(asked)
                os.close(trail.pop())
                continue
            if not rest and not follow:
                self.name = name
                break
            missing = False
            try:
                target = os.readlink(name, dir_fd=trail[-1])
            except FileNotFoundError:
                target, missing = None, True
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                target = None
            if target is not None:
                links += 1
                if links > MAX_LINKS:
                    raise OSError(errno.ELOOP, "")
                if target.startswith("/"):
                    target = self.below(root, target, asked)
                    while len(trail) > 1:
                        os.close(trail.pop())
                rest = parts_of(target) + rest
                continue
            if not rest:
                self.name = name
                break
            if missing and make:
                try:
                    os.mkdir(name, dir_fd=trail[-1])
                except FileExistsError:
                    pass
            trail.append(os.open(name, FOLDER | STAY, dir_fd=trail[-1]))
        self.fd = trail[-1]

    @staticmethod
    def below(root, path, asked):
        root = root.rstrip("/")
        if path != root and not path.startswith(root + "/"):
            raise outside(asked)
        return path[len(root):]

    def lstat(self):
        return os.stat(self.name, dir_fd=self.fd, follow_symlinks=False)

    def is_root(self, request):
        """Whether it is the working folder itself."""
        if self.name == ".":
            return True
        try:
            return os.path.samestat(self.lstat(), os.stat(request["root"]))
        except OSError:
            return False


def is_folder(path):
    return Refused("conflict", "%s is a folder." % path)


def entry(folder, name):
    """What is told of a directory entry: name, type, size, ms, mode, target of a link."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    mode, target = found.st_mode, None
    if stat.S_ISREG(mode):
        kind = "file"
    elif stat.S_ISDIR(mode):
        kind = "directory"
    elif stat.S_ISLNK(mode):
        kind, target = "link", os.readlink(name, dir_fd=folder)
    else:
        kind = "other"
    return [name, kind, found.st_size, found.st_mtime_ns / 1e6, stat.S_IMODE(mode), target]


def shown_error(number, path):
    error = OSError(number, "")
    error.shown = path  # which of many, as the client knows it
    return error


def identity(fd):
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


def walk_tree(parent, name, shown):
    """
    Everything at and below a name, links not followed: ("leaf", folder, name, shown, stat), and for folders "enter" before
    and "leave" after what they hold. Holds one folder open however deep it is; going up is checked, because somebody may
    move folders meanwhile.
    """
    here = os.dup(parent)
    try:
        above = []  # [(identity of the folder, name of the child, its path, what is left to do in the folder)]
        todo = [name]
        base = shown.rpartition("/")[0]
        while True:
            if not todo:
                if not above:
                    return
                ident, child, base, todo = above.pop()
                up = os.open("..", FOLDER, dir_fd=here)
                os.close(here)
                here = up
                if identity(here) != ident:
                    raise shown_error(errno.ENOTEMPTY, shown)
                yield "leave", here, child, base + "/" + child if base else child, None
                continue
            child = todo.pop()
            path = base + "/" + child if base else child
            try:
                found = os.stat(child, dir_fd=here, follow_symlinks=False)
                if not stat.S_ISDIR(found.st_mode):
                    yield "leaf", here, child, path, found
                    continue
                below = os.open(child, FOLDER | STAY, dir_fd=here)
            except FileNotFoundError:
                if above:
                    continue  # gone since it was listed
                raise
            except OSError as error:
                error.shown = path
                raise
            yield "enter", here, child, path, found
            above.append((identity(here), child, base, todo))
            os.close(here)
            here, base = below, path
            todo = sorted(os.listdir(here), reverse=True)
    finally:
        os.close(here)


# ---- what can be asked


def op_list(request, streams):
    with Place(request, request["path"], True) as place:
        folder = os.open(place.name, FOLDER | os.O_NONBLOCK | STAY, dir_fd=place.fd)
    try:
        batch = []
        for name in os.listdir(folder):
            try:
                batch.append(entry(folder, name))
            except OSError:
                continue  # gone since
            if len(batch) == BATCH:
                streams.items(batch)
                batch = []
        streams.items(batch)
    finally:
        os.close(folder)


def op_stat(request, _streams):
    with Place(request, request["path"], False) as place:
        return entry(place.fd, place.name)


def open_file(request):
    path = request["path"]
    with Place(request, path, True) as place:
        fd = os.open(place.name, os.O_RDONLY | os.O_NONBLOCK | STAY, dir_fd=place.fd)
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    raise is_folder(path) if stat.S_ISDIR(mode) else Refused("unsupported", "%s is not an ordinary file." % path)


def op_peek(request, streams):
    """Whether a file can be read; where it is small, its content at once. True where that was all of it."""
    fd = open_file(request)
    try:
        if os.fstat(fd).st_size > PEEK:
            return False
        content = b""
        while len(content) <= PEEK:
            data = os.read(fd, PEEK + 1 - len(content))
            if not data:
                streams.data(content)
                return True
            content += data
        return False
    finally:
        os.close(fd)


def op_read(request, streams):
    fd = open_file(request)
    try:
        while True:
            data = os.read(fd, CHUNK)
            if not data:
                return
            streams.data(data)
    finally:
        os.close(fd)


def stage(folder, mode):
    """A new file of ours in the folder: (name, descriptor). Removed by drop_staged unless it was renamed."""
    name = ".specboard-%s.part" % os.urandom(12).hex()
    staged.append((folder, name))
    return name, os.open(name, STAGE, mode, dir_fd=folder)


def publish(folder, name, target):
    os.rename(name, target, src_dir_fd=folder, dst_dir_fd=folder)
    staged.remove((folder, name))


def write_file(fd, pieces):
    for data in pieces:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]


def op_write(request, streams):
    path = request["path"]
    with Place(request, path, True, True) as place:
        try:
            before = place.lstat()
        except FileNotFoundError:
            before = None
        if place.name == "." or before is not None and stat.S_ISDIR(before.st_mode):
            raise is_folder(path)
        try:
            name, fd = stage(place.fd, 0o666)
            try:
                write_file(fd, iter(streams.chunk, b""))
                if before is not None and stat.S_ISREG(before.st_mode):
                    keep_owner(fd, before)
                    os.fchmod(fd, before.st_mode & 0o777)
                os.fsync(fd)
            finally:
                os.close(fd)
            publish(place.fd, name, place.name)
        finally:
            drop_staged()  # while the folder is open
        return entry(place.fd, place.name)


def keep_owner(fd, before):
    now = os.fstat(fd)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.fchown(fd, before.st_uid, before.st_gid)
        except OSError:
            pass  # only root may


def op_remove(request, _streams):
    path = request["path"]
    try:
        place = Place(request, path, False)
    except FileNotFoundError:
        return
    with place:
        if place.is_root(request):
            raise Refused("forbidden", "The working folder itself stays where it is.")
        try:
            for what, folder, name, shown, _found in walk_tree(place.fd, place.name, path.rstrip("/")):
                try:
                    if what == "leaf":
                        os.unlink(name, dir_fd=folder)
                    elif what == "leave":
                        os.rmdir(name, dir_fd=folder)
                except FileNotFoundError:
                    pass
                except OSError as error:
                    error.shown = shown
                    raise
        except FileNotFoundError:
            pass


def op_move(request, _streams):
    source, target = request["path"], request["to"]
    with Place(request, source, False) as old:
        if old.is_root(request):
            raise Refused("forbidden", "The working folder itself stays where it is.")
        old.lstat()  # its absence first: else it would be reported with the target's name
        try:
            with Place(request, target, False, True) as new:
                if new.is_root(request):
                    raise Refused("forbidden", "The working folder itself stays where it is.")
                try:
                    new.lstat()
                except FileNotFoundError:
                    os.rename(old.name, new.name, src_dir_fd=old.fd, dst_dir_fd=new.fd)
                else:
                    raise Refused("conflict", "There is already a %s." % target)
        except OSError as error:
            error.shown = target
            raise


def op_mkdir(request, _streams):
    with Place(request, request["path"], True, True) as place:
        try:
            os.mkdir(place.name, dir_fd=place.fd)
        except FileExistsError:
            if not stat.S_ISDIR(place.lstat().st_mode):
                raise


# ---- tar: written with pax headers, read as ustar, pax or GNU


def field(number, width):
    return b"%0*o\0" % (width - 1, number)


def header(name, kind, mode, size, mtime, link):
    checked = b"".join(
        (
            name[:100].ljust(100, b"\0"),
            field(mode, 8),
            field(0, 8),
            field(0, 8),
            field(size, 12),
            field(mtime, 12),
            b" " * 8,
            kind,
            link[:100].ljust(100, b"\0"),
            b"ustar\x0000",
            b"\0" * 64,
            field(0, 8),
            field(0, 8),
            b"\0" * 167,
        )
    )
    return checked[:148] + b"%06o\0 " % sum(checked) + checked[156:]


def pax_record(key, value):
    size = len(key) + len(value) + 3
    total = size + len(str(size))
    total = size + len(str(total))
    return b"%d %s=%s\n" % (total, key, value)


def padding(size):
    return -size % BLOCK


def tar_head(name, kind, mode, size, mtime, link=""):
    """The blocks before an entry's content."""
    records = []
    name, link = os.fsencode(name), os.fsencode(link)
    for key, value in ((b"path", name), (b"linkpath", link)):
        if len(value) > 100 or not value.isascii():
            records.append(pax_record(key, value))
            try:
                value.decode()
            except UnicodeDecodeError:
                records.insert(0, pax_record(b"hdrcharset", b"BINARY"))
    if size >= 1 << 33:
        records.append(pax_record(b"size", b"%d" % size))
        size = 0
    if not 0 <= mtime < 1 << 33:
        records.append(pax_record(b"mtime", b"%d" % mtime))
        mtime = 0
    before = b""
    if records:
        data = b"".join(records)
        before = header(b"PaxHeader", b"x", 0o644, len(data), 0, b"") + data + b"\0" * padding(len(data))
        name, link = bytes(c if c < 128 else 95 for c in name), bytes(c if c < 128 else 95 for c in link)
    return before + header(name, kind, mode, size, mtime, link)


def packed(request):
    """The paths to pack, one by one: names in the folder where the folder itself was asked for."""
    paths = []
    with Place(request, request["folder"], True) as place:
        folder = os.open(place.name, FOLDER | STAY, dir_fd=place.fd)
    try:
        for path in request["paths"]:
            parts = parts_of(path)
            if path.startswith("/") or ".." in parts:
                raise outside(path)
            paths += ["/".join(parts)] if parts else sorted(os.listdir(folder))
    finally:
        os.close(folder)
    return paths


def op_check(request, _streams):
    """Whether everything that is to be packed is there."""
    for path in packed(request):
        try:
            with Place(request, os.path.join(request["folder"], path), False) as place:
                place.lstat()
        except OSError as error:
            error.shown = path
            raise


def op_pack(request, streams):
    out = bytearray()
    for path in packed(request):
        with Place(request, os.path.join(request["folder"], path), False) as place:
            for what, here, name, shown, found in walk_tree(place.fd, place.name, path):
                try:
                    pack_entry(what, here, name, shown, found, streams, out)
                except FileNotFoundError:
                    continue  # gone since it was listed
                except OSError as error:
                    error.shown = shown
                    raise
                if len(out) >= CHUNK:
                    streams.data(bytes(out))
                    del out[:]
    out += b"\0" * (2 * BLOCK)
    streams.data(bytes(out))


def pack_entry(what, here, name, shown, found, streams, out):
    """Adds one entry to `out`; a file's content goes on to the stream. What is no file, folder or link is left out."""
    if what == "enter":
        out += tar_head(shown + "/", b"5", stat.S_IMODE(found.st_mode), 0, int(found.st_mtime))
    elif what == "leaf" and stat.S_ISLNK(found.st_mode):
        out += tar_head(shown, b"2", 0o777, 0, int(found.st_mtime), os.readlink(name, dir_fd=here))
    elif what == "leaf" and stat.S_ISREG(found.st_mode):
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | STAY, dir_fd=here)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                return  # something else since
            left = found.st_size
            out += tar_head(shown, b"0", stat.S_IMODE(found.st_mode), left, int(found.st_mtime))
            while left:
                # Where it is shorter since: the entry must have the size that was said.
                data = os.read(fd, min(left, CHUNK)) or bytes(min(left, CHUNK))
                left -= len(data)
                out += data
                if left and len(out) >= CHUNK:
                    streams.data(bytes(out))
                    del out[:]
            out += b"\0" * padding(found.st_size)
        finally:
            os.close(fd)


def number_of(raw):
    if raw[0] & 0x80:  # GNU: larger than the digits hold
        return int.from_bytes(raw[1:], "big") - (0 if raw[0] == 0x80 else 1 << 8 * (len(raw) - 1))
    digits = raw.split(b"\0")[0].strip()
    return int(digits, 8) if digits else 0


class Tar:
    """Reads the entries of a tar that comes in pieces."""

    def __init__(self, chunk):
        self.chunk, self.rest = chunk, memoryview(b"")

    def pieces(self, size):
        while size:
            if not self.rest:
                self.rest = memoryview(self.chunk())
                if not self.rest:
                    raise Refused("invalid", "The archive is cut off.")
            piece, self.rest = self.rest[:size], self.rest[size:]
            size -= len(piece)
            yield piece

    def exact(self, size):
        return b"".join(self.pieces(size))

    def small(self, size):
        """The content of a header that describes the next entry."""
        if size > MAX_HEADER:
            raise Refused("invalid", "The archive is damaged.")
        return self.exact(size + padding(size))[:size]

    def entries(self):
        """(kind, name, size, mode, mtime, link); whoever takes a file must read its content and padding before the next."""
        always, once = {}, {}
        while True:
            block = self.exact(BLOCK)
            if not any(block):
                while self.chunk():
                    pass  # the second empty block, and what fills the last record
                return
            try:
                said = number_of(block[148:156])
                size, mode = number_of(block[124:136]), number_of(block[100:108])
                mtime = number_of(block[136:148])
            except ValueError:
                said, size = -1, 0
            if said != sum(block) - sum(block[148:156]) + 256 or size < 0:
                raise Refused("invalid", "The archive is damaged.")
            kind = block[156:157]
            if kind in b"xgLK":
                content = self.small(size)
                if kind == b"g":
                    always.update(pax_records(content))
                elif kind == b"x":
                    once.update(pax_records(content))
                else:
                    once["path" if kind == b"L" else "linkpath"] = os.fsdecode(content.split(b"\0")[0])
                continue
            name, link = block[:100].split(b"\0")[0], block[157:257].split(b"\0")[0]
            prefix = block[345:500].split(b"\0")[0]
            if block[257:263] == b"ustar\0" and prefix:
                name = prefix + b"/" + name
            told = dict(always, **once)
            once = {}
            name, link = told.get("path", os.fsdecode(name)), told.get("linkpath", os.fsdecode(link))
            try:
                size, mtime = int(told.get("size", size)), float(told.get("mtime", mtime))
            except ValueError:
                raise Refused("invalid", "The archive is damaged.") from None
            if kind == b"0" or kind == b"\0" or kind == b"7":
                kind = b"5" if kind == b"\0" and name.endswith("/") else b"0"
            if any(key.startswith("GNU.sparse") for key in told) or kind not in (b"0", b"1", b"2", b"3", b"4", b"5", b"6"):
                raise Refused("unsupported", "%s is of a kind that cannot be unpacked." % name)
            yield kind, name, size, mode, mtime, link


def pax_records(content):
    records, binary = {}, False
    try:
        while content:
            size, _, _ = content.partition(b" ")
            record = content[len(size) + 1 : int(size)]
            key, mark, value = record[:-1].partition(b"=")
            if not mark or record[-1:] != b"\n" or int(size) <= len(size):
                raise ValueError
            binary = binary or key == b"hdrcharset" and value == b"BINARY"
            records[key.decode()] = os.fsdecode(value)
            content = content[int(size) :]
    except ValueError:
        raise Refused("invalid", "The archive is damaged.") from None
    return records


class Target:
    """The folder that an archive is unpacked into. Follows no link, whoever made it."""

    def __init__(self, fd):
        self.fds, self.names = [fd], []

    def close(self):
        while self.fds:
            os.close(self.fds.pop())

    def enter(self, parts, shown):
        """The open folder with this path, made where it is missing."""
        same = 0
        while same < len(parts) and same < len(self.names) and parts[same] == self.names[same]:
            same += 1
        while len(self.names) > same:
            self.names.pop()
            os.close(self.fds.pop())
        for name in parts[same:]:
            self.fds.append(self.open_folder(name, 0o777, shown))
            self.names.append(name)
        return self.fds[-1]

    def open_folder(self, name, mode, shown):
        here = self.fds[-1]
        try:
            os.mkdir(name, mode | 0o700, dir_fd=here)
        except FileExistsError:
            pass
        try:
            return os.open(name, FOLDER | STAY, dir_fd=here)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise Refused("forbidden", "%s goes through the link %s." % (shown, name))
        raise shown_error(errno.ENOTDIR, shown)

    def place(self, name):
        """(open folder, name in it) of an entry; (the folder, None) for the folder itself."""
        if "\0" in name or not name:
            raise Refused("invalid", "The archive is damaged.")
        parts = parts_of(name)
        if name.startswith("/") or ".." in parts:
            shown = json.dumps(name, ensure_ascii=False)
            raise Refused("forbidden", "The archive names %s, which is outside of the folder." % shown)
        if not parts:
            return self.fds[0], None
        return self.enter(parts[:-1], name), parts[-1]


def op_unpack(request, streams):
    with Place(request, request["folder"], True, True) as place:
        if place.name != ".":
            try:
                os.mkdir(place.name, dir_fd=place.fd)
            except FileExistsError:
                pass
        target = Target(os.open(place.name, FOLDER | STAY, dir_fd=place.fd))
    archive = Tar(streams.chunk)
    count = 0
    try:
        for kind, name, size, mode, mtime, link in archive.entries():
            try:
                unpack_entry(archive, target, kind, name, size, mode, mtime, link)
            except OSError as error:
                error.shown = name
                raise
            count += 1
        return count
    finally:
        drop_staged()
        target.close()


def unpack_entry(archive, target, kind, name, size, mode, mtime, link):
    if kind in b"346":
        raise Refused("forbidden", "%s is not an ordinary file." % name)
    if kind == b"1":
        source, part = target.place(link)
        source = os.dup(source)
        try:
            folder, last = target.place(name)
            if last is None or part is None:
                raise Refused("invalid", "The archive is damaged.")
            staging = ".specboard-%s.part" % os.urandom(12).hex()
            staged.append((folder, staging))
            os.link(part, staging, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
            publish(folder, staging, last)
            drop_link(folder, staging)
        finally:
            os.close(source)
        return
    folder, last = target.place(name)
    if kind == b"5":
        if last is not None:
            os.close(target.open_folder(last, mode & 0o777, name))
        return
    if last is None:
        raise Refused("invalid", "The archive is damaged.")
    if kind == b"2":
        staging = ".specboard-%s.part" % os.urandom(12).hex()
        staged.append((folder, staging))
        os.symlink(link, staging, dir_fd=folder)
    else:
        staging, fd = stage(folder, 0o600)
        try:
            write_file(fd, archive.pieces(size))
            os.fchmod(fd, mode & 0o777)
            os.utime(fd, (mtime, mtime))
        finally:
            os.close(fd)
    publish(folder, staging, last)
    if kind == b"0":
        archive.exact(padding(size))


def drop_link(folder, name):
    """Two names of the same file: then renaming one to the other does nothing."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


# ---- serving


def answer(request, streams):
    try:
        value = globals()["op_" + request["op"]](request, streams)
        reply = b"R", value
    except Refused as refusal:
        reply = b"F", {"code": refusal.code, "message": refusal.message}
    except OSError as error:
        reply = b"F", {"errno": errno.errorcode.get(error.errno, ""), "path": getattr(error, "shown", None)}
    except Exception as error:
        reply = b"F", {"errno": "", "path": None, "details": "%s: %s" % (type(error).__name__, error)}
    return reply


def serve():
    streams = Framed()
    while True:
        kind, data = read_frame()
        if kind != b"Q":
            raise Stop
        request = json.loads(data)
        streams.more = bool(request.get("data"))
        kind, value = answer(request, streams)
        while streams.chunk():
            pass  # what the client had sent before it heard of a failure
        streams.end(kind, value)


def from_file(path):
    """Takes the input from a file that was staged for this, and removes it: nothing of it is left, whatever happens."""
    fd = os.open(path, os.O_RDONLY)
    os.unlink(path)
    os.dup2(fd, 0)
    os.close(fd)


def main(arguments):
    signal.signal(signal.SIGINT, on_stop)
    signal.signal(signal.SIGTERM, on_stop)
    try:
        if arguments[:1] == ["once"]:
            if len(arguments) > 1:
                streams = Raw()
                request = json.loads(arguments[1])
                if "input" in request:
                    from_file(request["input"])
            else:
                streams = Raw(Framed())
                request = json.loads(read_frame()[1])
                streams.framed.more = bool(request.get("data"))
            kind, value = answer(request, streams)
            os.write(2, b"\n" + json.dumps({kind.decode(): value}).encode() + b"\n")
            os._exit(0 if kind == b"R" else 1)
        serve()
    except (Stop, OSError):  # an OSError here: nobody reads our output any more
        os._exit(130)


main(sys.argv[1:])
