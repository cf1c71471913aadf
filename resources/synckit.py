"""SpecBoard's sync helper: a sandbox's side of a two-way file sync, reached by single commands and files.

Standard library only, Python 3.8 or newer, POSIX. Run by `python3 -I -S -B <this file> REQUEST`, one request a run; what can be
asked, what is answered and where everything lies is in src-main/sync/remote/README.md. Nothing but `apply` changes anything in
the synced folder (the root), and what it replaces or removes is kept.

What holds, whoever else works in the folder: every step is taken from an open folder, links are never followed; what is new is
complete, checked and on the disk before it gets its name; what was there is looked at after it fell out, not only before; and
a run that is killed at any point leaves each path with its old or its new content, and can be asked the same again.

For tests: with SYNCKIT_CRASH_AT=<n> in the environment it ends itself (exit code 99, as by SIGKILL) at the n-th place where a
crash could leave something behind (`hook`). Nothing else reads it.
"""
import errno
import os
import stat
import sys
import time
import _signal as signal  # the C module: importing `signal` would cost an import of `enum` at every start

STATE = ".specboard-sync"
CHUNK = 1 << 18  # bytes of a file in one piece
INLINE = 192 << 10  # characters of an answer in the output
BYTES_INLINE = 128 << 10  # bytes within an answer
UNKNOWN = "-"  # the id of a tree that is in no state that was told
RACY = 2000000000  # ns: a file may change again without another time for as long as that
DAY = 86400
MAX_ENTRIES = 2000000
MAX_DEPTH = 128
MAX_PATH = 4096  # bytes
MAX_NAME = 255
MAX_ITEMS = 100000
MAX_INDEX = 64 << 20
MAX_WATCHES = 8192
FEW = 64  # up to so many files are synced to the disk one by one, more of them with everything else at once
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
STAY = os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NONBLOCK | STAY
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | STAY
WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
HEX = frozenset("0123456789abcdef")
FULL = (errno.ENOSPC, errno.EDQUOT)


class Refused(Exception):
    """Said to the client as it is."""

    def __init__(self, code, message, path=None):
        Exception.__init__(self, message)
        self.code, self.message, self.path = code, message, path


class Stop(BaseException):
    """The client gave up."""


class Different(Exception):
    """The tree is not as it was."""


class Changing(Exception):
    """A file changed while it was read, each time."""


class Halt:
    """Signals wait while an item is being applied."""

    held = False
    asked = False


class Mask:
    """Of the sandbox's user, for what goes to the root; what is made in our state is for nobody else."""

    user = os.umask(0o077)


class Kind:
    """Of the file system."""

    executable = 1  # 0 where its bits say nothing


def on_stop(*_):
    Halt.asked = True
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # one is enough, and cleaning up must not be interrupted
    if not Halt.held:
        raise Stop


hooks = 0
crash_at = int(os.environ.get("SYNCKIT_CRASH_AT") or 0)


def hook():
    """A place where a crash would be most telling; see above."""
    global hooks
    hooks += 1
    if hooks == crash_at:
        os._exit(99)


def malformed(what):
    return Refused("invalid-request", "The request is malformed: %s." % what)


def damaged(what):
    return Refused("protocol", "What was sent is damaged: %s. Nothing was changed." % what)


def no_space():
    return Refused("no-space", "The sandbox's disk is full, so nothing was changed. Free space there and sync again.")


# ---- checks of what comes in


def is_count(value, most=1 << 53):
    return type(value) is int and 0 <= value <= most


def is_word(value, most=64):
    return type(value) is str and 0 < len(value) <= most and WORD.issuperset(value)


def is_hash(value):
    return type(value) is str and len(value) == 64 and HEX.issuperset(value)


def is_put_name(value):
    """A name in in/: `[A-Za-z0-9._-]{1,100}`, no dots only."""
    return type(value) is str and is_word(value.replace(".", "_"), 100) and value.strip(".") != ""


def path_fault(path):
    """Why a path from the client is not taken; None where it is."""
    if type(path) is not str or not path or "\0" in path:
        return "hostile-name"
    if len(path) <= MAX_NAME and path.isascii() and "//" not in path and "/." not in "/" + path and path[0] != "/" != path[-1]:
        return None  # most are
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "name-not-text"
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == STATE for part in parts):
        return "hostile-name"
    if size > MAX_PATH or any(len(part.encode()) > MAX_NAME for part in parts):
        return "name-too-long"
    return "too-deep" if len(parts) > MAX_DEPTH + 1 else None


def leads_out(path, target):
    """Whether a link there would lead out of the root, by its text."""
    if target.startswith("/"):
        return True
    depth = path.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return True
        elif part not in ("", "."):
            depth += 1
    return False


# ---- JSON, without the third of a start that importing `json` takes (it imports `re`)


class Plain:
    strict, memo, object_hook, object_pairs_hook = True, None, None, None
    array_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def from_json(text):
    """ValueError where it is none."""
    try:
        import _json

        scan = _json.make_scanner(Plain)
    except (ImportError, AttributeError, TypeError):
        import json

        return json.loads(text)
    text = text.strip(" \t\r\n")
    try:
        value, end = scan(text, 0)
    except StopIteration:
        raise ValueError from None
    if end != len(text):
        raise ValueError
    return value


def to_json(value):
    try:
        import _json

        encode = _json.make_encoder(None, None, _json.encode_basestring_ascii, None, ":", ",", False, False, False)
        return "".join(encode(value, 0)).encode()
    except (ImportError, AttributeError, TypeError):
        import json

        return json.dumps(value, separators=(",", ":")).encode()


# ---- small things with files


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def read_name(folder, name, most=1 << 30):
    """All of a file; None where there is none."""
    try:
        fd = os.open(name, FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        pieces = []
        while most > 0:
            data = os.read(fd, CHUNK)
            if not data:
                break
            pieces.append(data)
            most -= len(data)
        return b"".join(pieces)
    finally:
        os.close(fd)


def write_name(folder, name, data, sync=False):
    """Whole or not at all."""
    part = "%s.%s.part" % (name, os.urandom(6).hex())
    fd = os.open(part, NEW, 0o600, dir_fd=folder)
    try:
        try:
            write_all(fd, data)
            if sync:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        remove_name(folder, part)
        raise


def remove_name(folder, name):
    try:
        os.unlink(name, dir_fd=folder)
        return True
    except OSError:
        return False


def remove_all(folder, name):
    """A name in our state with what is below it. Nothing there is deep, and links are not followed."""
    if remove_name(folder, name):
        return
    try:
        fd = os.open(name, FOLDER | STAY, dir_fd=folder)
    except OSError:
        return
    try:
        for child in os.listdir(fd):
            remove_all(fd, child)
    finally:
        os.close(fd)
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError:
        pass


def look(folder, name):
    """lstat; None where nothing is there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def inner_folder(folder, name):
    """A folder of our state, made where it is missing."""
    try:
        return os.open(name, FOLDER | STAY, dir_fd=folder)
    except FileNotFoundError:
        pass
    try:
        os.mkdir(name, 0o700, dir_fd=folder)
    except FileExistsError:
        pass
    return os.open(name, FOLDER | STAY, dir_fd=folder)


def volume(fd):
    """Names can be moved between folders of the same volume only; one device may be mounted twice."""
    mount = None
    try:
        with open("/proc/self/fdinfo/%d" % fd) as info:
            mount = [line for line in info if line.startswith("mnt_id:")]
    except OSError:
        pass
    return os.fstat(fd).st_dev, mount


def stamp_of(found):
    return "%d %d %d %d %o" % (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size, found.st_mode)


def same_file(one, other):
    """Also where it got another name, which changes its ctime."""
    return (one.st_ino, one.st_size, one.st_mtime_ns, one.st_mode) == (other.st_ino, other.st_size, other.st_mtime_ns, other.st_mode)


def sha256():
    import hashlib

    return hashlib.sha256()


def read_hash(folder, name, tries=3):
    """(hash, stat, whether its stat will tell of every later change) of a file; Changing where it would not hold still."""
    for _ in range(tries):
        now = time.time_ns()
        fd = os.open(name, FILE, dir_fd=folder)
        try:
            before = os.fstat(fd)
            if not stat.S_ISREG(before.st_mode):
                raise Changing
            digest = sha256()
            while True:
                data = os.read(fd, CHUNK)
                if not data:
                    break
                digest.update(data)
            after = os.fstat(fd)
        finally:
            os.close(fd)
        if stamp_of(before) == stamp_of(after):
            return digest.hexdigest(), after, after.st_ctime_ns < now - RACY
    raise Changing


# ---- names that change places


class Exchange:
    """The system's renames with flags; `swap` and `place` are false where it has none."""

    def __init__(self):
        self.call = None
        try:
            import ctypes

            libc = ctypes.CDLL(None, use_errno=True)
            self.errno = ctypes.get_errno
            if sys.platform == "darwin":
                self.call, self.flags = libc.renameatx_np, (2, 4)  # RENAME_SWAP, RENAME_EXCL
            elif hasattr(libc, "renameat2"):
                self.call, self.flags = libc.renameat2, (2, 1)  # RENAME_EXCHANGE, RENAME_NOREPLACE
            else:
                numbers = {"x86_64": 316, "aarch64": 276, "riscv64": 276, "armv7l": 382, "ppc64le": 357, "s390x": 347}
                number = numbers[os.uname().machine]
                libc.syscall.restype = ctypes.c_long
                self.call, self.flags = lambda *arguments: libc.syscall(ctypes.c_long(number), *arguments), (2, 1)
            self.int, self.bytes, self.uint = ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
        except (ImportError, OSError, AttributeError, KeyError):
            self.call = None

    def rename(self, one, name, two, other, flag):
        if self.call is None:
            raise OSError(errno.ENOSYS, "")
        a, b = self.bytes(os.fsencode(name)), self.bytes(os.fsencode(other))
        if self.call(self.int(one), a, self.int(two), b, self.uint(self.flags[flag])) != 0:
            raise OSError(self.errno(), "")

    def swap(self, one, name, two, other):
        self.rename(one, name, two, other, 0)

    def place(self, one, name, two, other):
        self.rename(one, name, two, other, 1)


NO_FLAGS = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL, errno.EISDIR)


def probe(folder):
    """What the file system can do, found by trying."""
    name = "probe-%s" % os.urandom(4).hex()
    os.mkdir(name, 0o700, dir_fd=folder)
    fd = os.open(name, FOLDER | STAY, dir_fd=folder)

    def works(step):
        try:
            return bool(step())
        except OSError as error:
            if error.errno in FULL:
                raise
            return False

    def touch(name):
        os.close(os.open(name, NEW, 0o600, dir_fd=fd))
        return True

    def has(name):
        return look(fd, name) is not None

    def can_execute():
        os.chmod("aB", 0o700, dir_fd=fd)
        executable = look(fd, "aB").st_mode & 0o100
        os.chmod("aB", 0o600, dir_fd=fd)
        return executable and not look(fd, "aB").st_mode & 0o100

    def link():
        os.link("aB", "linked", src_dir_fd=fd, dst_dir_fd=fd, follow_symlinks=False)
        return True

    def symbolic():
        os.symlink("aB", "symbolic", dir_fd=fd)
        return os.readlink("symbolic", dir_fd=fd) == "aB"

    def swaps():
        os.mkdir("folder", dir_fd=fd)
        Exchange().swap(fd, "aB", fd, "folder")
        return stat.S_ISDIR(look(fd, "aB").st_mode) and stat.S_ISREG(look(fd, "folder").st_mode)

    try:
        touch("aB")
        found = {
            "caseSensitive": not has("Ab"),
            "unicodeSensitive": works(lambda: touch("\u00e9")) and not has("e\u0301"),
            "executableBit": works(can_execute),
            "links": works(symbolic),
            "hardLinks": works(link),
            "exchange": works(swaps),
        }
    finally:
        os.close(fd)
        remove_all(folder, name)
    return found


# ---- the root and its state


class Side:
    """A root with its state, opened for one request."""

    def __init__(self, request):
        self.request = request
        self.root_id = request.get("rootId")
        if not is_word(self.root_id):
            raise malformed("rootId")
        root = request.get("root")
        if type(root) is not str or "\0" in root:
            raise malformed("root")
        self.home = home_folder()
        if self.home and (root == "~" or root.startswith("~/")):
            root = self.home + root[1:]
        if not root.startswith("/"):
            raise malformed("root is not absolute")
        self.path = root
        self.state = None
        self.state_fd = self.lock_fd = -1
        self.root_fd = None
        self.open_root()
        self.open_state()

    def open_root(self):
        try:
            self.root_fd = os.open(self.path, FOLDER)
        except FileNotFoundError:
            self.root_fd = None
        except NotADirectoryError:
            raise Refused("invalid", "%s is not a folder." % self.path) from None
        except PermissionError:
            raise Refused("forbidden", "%s cannot be read: the sandbox's user may not." % self.path) from None
        except OSError as error:
            raise Refused("forbidden", "%s cannot be read: %s." % (self.path, error.strerror)) from None

    def open_state(self):
        """Where names can be moved from and to the root: in the home folder, or in the root itself."""
        above = self.path
        nearest = self.root_fd
        while nearest is None:
            above = os.path.dirname(above.rstrip("/")) or "/"
            try:
                nearest = os.open(above, FOLDER)
            except OSError:
                if above == "/":
                    raise
        here = volume(nearest)
        if nearest != self.root_fd:
            os.close(nearest)
        full, self.fault = False, None
        here_or_any = here if self.root_fd is not None else None
        # A root that is still to be made may be on another volume: then its state moves with the first `apply`. One that cannot be
        # written, on another volume, has its state in the home folder: it can be looked at.
        for base, wanted in ((self.home, here_or_any), (self.path if self.root_fd is not None else None, here), (self.home, None)):
            if base and self.try_state(base, wanted):
                return
            full = full or self.fault in FULL
        if full:
            raise no_space()
        raise Refused("forbidden", "There is no place for the sync's own files: neither the home folder nor %s can be written." % self.path)

    def try_state(self, base, here):
        opened = []
        self.fault = None
        try:
            opened.append(os.open(base, FOLDER))
            if here is not None and volume(opened[-1]) != here:
                return False
            for name in (STATE, self.root_id):
                opened.append(inner_folder(opened[-1], name))
                if os.fstat(opened[-1]).st_uid != os.geteuid():
                    return False
            for name in ("in", "out", "stage", "parts", "kept", "left"):
                os.close(inner_folder(opened[-1], name))
            lock = os.open("lock", os.O_RDWR | os.O_CREAT | STAY, 0o600, dir_fd=opened[-1])
        except OSError as error:
            self.fault = error.errno
            return False
        else:
            self.state_fd, self.lock_fd = opened.pop(), lock
            self.state = os.path.join(base, STATE, self.root_id)
            return True
        finally:
            for fd in opened:
                os.close(fd)

    def make_root(self):
        """For `apply`, where it is missing; its state may move then."""
        os.umask(Mask.user)
        try:
            os.makedirs(self.path, exist_ok=True)
        except OSError as error:
            raise error if error.errno in FULL else Refused("forbidden", "%s cannot be made: %s." % (self.path, error.strerror)) from None
        finally:
            os.umask(0o077)
        self.open_root()
        before, locked, self.lock_fd = self.state, self.lock_fd, -1
        self.open_state()
        os.close(locked)
        self.lock()
        if self.state != before and look(None, os.path.join(before, "marker")) is None:
            remove_all(None, before)  # nothing was done there: it has nobody's copies

    def lock(self):
        """For the time of the operation."""
        import fcntl

        patience = self.request.get("patience", 10)
        if type(patience) not in (int, float) or not 0 <= patience <= 60:
            raise malformed("patience")
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EINTR):
                    return  # a file system without locks
            if time.monotonic() > end:
                raise Refused("conflict", "Another sync works on %s now. Wait until it is done." % self.path)
            time.sleep(0.02)
        put_back(self)
        stage = self.inner("stage")
        for name in os.listdir(stage):  # what a run that was killed left
            remove_all(stage, name)
        os.close(stage)

    def inner(self, name):
        return inner_folder(self.state_fd, name)

    def facts(self):
        system = " ".join(os.uname())
        found = None
        try:
            found = from_json((read_name(self.state_fd, "facts", 10000) or b"null").decode())
        except ValueError:
            pass
        if type(found) is not dict or found.get("system") != system:
            stage = self.inner("stage")
            try:
                found = dict(probe(stage), system=system)
            finally:
                os.close(stage)
            write_name(self.state_fd, "facts", to_json(found))
        Kind.executable = int(found["executableBit"])
        return found

    def told_facts(self):
        facts = {name: self.facts()[name] for name in ("caseSensitive", "unicodeSensitive", "executableBit", "links")}
        return dict(facts, windowsNames=False, freeBytes=self.free())

    def free(self):
        try:
            found = os.statvfs(self.state_fd)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def marker(self):
        try:
            found = from_json((read_name(self.state_fd, "marker", 10000) or b"null").decode())
            return {"rootId": str(found["rootId"]), "epoch": int(found["epoch"])}
        except (ValueError, TypeError, KeyError, OSError):
            return None

    def mark(self, epoch):
        found = {"rootId": self.root_id, "epoch": epoch}
        if self.marker() != found:
            write_name(self.state_fd, "marker", to_json(found), sync=True)

    def parent(self, path, make=False, made=None):
        """(open folder, name) of a path; its folders opened one by one, links not followed. Close the folder."""
        names = path.split("/")
        fd = os.dup(self.root_fd)
        try:
            device = os.fstat(fd).st_dev
            for place, name in enumerate(names[:-1]):
                try:
                    below = os.open(name, FOLDER | STAY, dir_fd=fd)
                except FileNotFoundError:
                    if not make:
                        raise
                    try:
                        os.mkdir(name, 0o777, dir_fd=fd)
                        if made is not None:
                            made.append("/".join(names[: place + 1]))
                    except FileExistsError:
                        pass
                    below = os.open(name, FOLDER | STAY, dir_fd=fd)
                os.close(fd)
                fd = below
                if os.fstat(fd).st_dev != device:
                    raise OSError(errno.EXDEV, "")
        except BaseException:
            os.close(fd)
            raise
        return fd, names[-1]

    def open_file(self, path):
        """An ordinary file of the root; None where that is no such thing (any more)."""
        try:
            folder, name = self.parent(path)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV, errno.ENAMETOOLONG, errno.EACCES):
                return None
            raise
        try:
            fd = os.open(name, FILE, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EACCES):
                return None
            raise
        finally:
            os.close(folder)
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
        return None


def home_folder():
    home = os.environ.get("HOME")
    if home and home.startswith("/"):
        return home
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        return None


# ---- rows: what is remembered of a tree
#
# A row of the cache is `clean stat LF told`; of folders and links the part before LF is empty. `told` is the row of a snapshot:
# `f size ms executable hash`, `d`, or `l` and the target. Files of rows are NUL-separated: an id, then paths and rows in turn.
#
# `scan` is the tree that was told last. What `apply` does to it is only added, to `more`, so that many bundles do not write a large
# tree as many times: `length before after LF`, `before` and `after` being ids, then paths and rows (none where it went). The next
# scan makes one file of both; the two are then `snapshot-<id>` and `more-<id>`, for a client that did not get its answer.


def told_file(found, digest):
    return "f%d %d %d %s" % (found.st_size, found.st_mtime_ns // 1000000, found.st_mode >> 6 & Kind.executable, digest)


def file_row(found, digest, clean):
    return "%d %s\n%s" % (clean, stamp_of(found), told_file(found, digest))


def told(row):
    return row[row.index("\n") + 1 :]


def entry(path, text):
    """A row as the client gets it."""
    kind, rest = text[0], text[1:]
    if kind == "f":
        size, ms, executable, digest = rest.split(" ")
        return [path, "f", int(size), int(ms), int(executable), digest]
    return [path, kind, 0, 0, 0, rest]


def records(data):
    """(before, after, packed rows, where it ends) of what was added to a tree, up to one that is cut off."""
    at = 0
    while True:
        start = data.find(b"\n", at, at + 200) + 1
        try:
            size, before, after = data[at : start - 1].decode("ascii").split(" ") if start else ("", "", "")
            at = start + int(size)
        except ValueError:
            return
        if not start <= at <= len(data):
            return
        yield before, after, data[start:at], at


def more_of(name):
    return name.replace("snapshot", "more") if name != "scan" else "more"


def load_rows(side, name="scan", have=None):
    """(id, {path: row}) of a tree; as it was when its id was `have`, where it had that. (None, {}) where there is none."""
    import zlib

    try:
        data = read_name(side.state_fd, name)
        if data is None:
            return None, {}
        words = zlib.decompress(data).decode().split("\0")
        added = read_name(side.state_fd, more_of(name)) or b""
    except (OSError, zlib.error, UnicodeDecodeError):
        return None, {}
    ident, rows = words[0], dict(zip(words[1::2], words[2::2]))
    for before, after, packed, _ in records(added):
        if before != ident or ident == have:
            break
        try:
            words = zlib.decompress(packed).decode().split("\0")
        except (zlib.error, UnicodeDecodeError):
            break
        for path, row in zip(words[::2], words[1::2]):
            if row:
                rows[path] = row
            else:
                rows.pop(path, None)
        ident = after
    return ident, rows


def load_id(side):
    """The id of the tree that was told last, without its rows."""
    import zlib

    try:
        data = read_name(side.state_fd, "scan", CHUNK)
        ident = data and zlib.decompressobj().decompress(data, 100).partition(b"\0")[0].decode()
        added = read_name(side.state_fd, "more") if ident else None
    except (OSError, zlib.error, UnicodeDecodeError):
        return None
    for before, after, _, _ in records(added or b""):
        if before != ident:
            break
        ident = after
    return ident or None


def load_at(side, have):
    """A tree that was told some time ago: (have, rows), or (None, {}) where it is not known any more."""
    for name in ("scan", "snapshot-" + have):
        ident, rows = load_rows(side, name, have)
        if ident == have:
            return ident, rows
    return None, {}


def add_changes(side, ident, changes, same):
    """Adds what changed to the tree that was told last; gives its new id. `same`: the client would not see it."""
    import zlib

    packed = zlib.compress("\0".join([word for path, row in changes.items() for word in (path, row or "")]).encode(), 1)
    after = ident
    if ident != UNKNOWN and not same:
        digest = sha256()
        digest.update(ident.encode() + packed)
        after = digest.hexdigest()[:20]
    end = 0
    for _, _, _, end in records(read_name(side.state_fd, "more") or b""):
        pass
    fd = os.open("more", os.O_WRONLY | os.O_CREAT | STAY, 0o600, dir_fd=side.state_fd)
    try:
        os.ftruncate(fd, end)
        os.lseek(fd, end, os.SEEK_SET)
        write_all(fd, b"%d %s %s\n" % (len(packed), ident.encode(), after.encode()) + packed)
    finally:
        os.close(fd)
    return after


def pieces_of(ident, rows, order, pick):
    yield ident
    for start in range(0, len(order), 4096):
        pairs = []
        for path in order[start : start + 4096]:
            pairs += (path, pick(rows[path]))
        yield "\0" + "\0".join(pairs)


def save_rows(side, name, ident, rows, order):
    import zlib

    packer = zlib.compressobj(1)
    packed = [packer.compress(piece.encode()) for piece in pieces_of(ident, rows, order, same_row)]
    write_name(side.state_fd, name, b"".join(packed) + packer.flush())


def same_row(row):
    return row


def snapshot_id(rows, order, pick):
    """Made from the content: the same tree, the same id."""
    digest = sha256()
    for piece in pieces_of("1", rows, order, pick):
        digest.update(piece.encode())
    return digest.hexdigest()[:20]


def save_scan(side, ident, rows, order, cached):
    """The tree that is told now. The one that was told before it stays, beside two older ones."""
    if cached not in (None, UNKNOWN, ident):
        for name in ("more", "scan"):
            try:
                os.rename(name, name.replace("scan", "snapshot") + "-" + cached, src_dir_fd=side.state_fd, dst_dir_fd=side.state_fd)
            except FileNotFoundError:
                remove_name(side.state_fd, more_of("snapshot-" + cached))
    remove_name(side.state_fd, "more")
    save_rows(side, "scan", ident, rows, order)
    drop_snapshots(side)


def drop_snapshots(side):
    """Leaves the last three."""
    others = []
    for other in os.listdir(side.state_fd):
        found = look(side.state_fd, other) if other.startswith("snapshot-") else None
        if found is not None:
            others.append((found.st_ctime_ns, other))
    for _, other in sorted(others)[:-3]:
        remove_name(side.state_fd, other)
        remove_name(side.state_fd, more_of(other))


def is_text(name):
    try:
        name.encode()
        return True
    except UnicodeEncodeError:
        return False


def scan_tree(root_fd, old, prune=(), checksum=False, strict=False, watch=None):
    """
    ({path: row}, unusable) of everything below an open folder. What `old` knows is not read again. `strict`: Different at the
    first thing that may not be as in `old`. `watch(fd)` is called for each folder before it is looked at.
    """
    rows, bad = {}, []
    root = os.fstat(root_fd)
    device, skip = root.st_dev, frozenset(prune) | {STATE}
    get = old.get
    regular, folder, link = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK
    trail = []  # [open folder, its path with a slash, names of folders in it that are still to be entered]

    def enter(fd, prefix):
        if watch:
            watch(fd)
        with os.scandir(fd) as listing:
            found = list(listing)
        below = []
        for item in found:
            name = item.name
            path = prefix + name
            if not name.isascii() and not is_text(name):
                bad.append([os.fsencode(path).decode("utf-8", "replace"), "name-not-text", None])
                continue
            try:
                here = item.stat(follow_symlinks=False)
                mode = here.st_mode
                kind = mode & 0o170000
                if kind == folder:
                    if name not in skip:
                        below.append(name)
                    continue
                if kind == regular:
                    row = get(path)
                    stamp = stamp_of(here)
                    if row is not None and row.startswith(stamp, 2) and not checksum and row[:1] == "1" and row[len(stamp) + 2] == "\n":
                        rows[path] = row
                        continue
                    if strict and (row is None or not row.startswith(stamp, 2)):
                        raise Different
                    digest, here, clean = read_hash(fd, name)
                    rows[path] = file_row(here, digest, clean)
                    if strict and told(rows[path]) != told(row):
                        raise Different
                elif kind == link:
                    target = os.readlink(name, dir_fd=fd)
                    if not is_text(target):
                        bad.append([path, "name-not-text", None])
                    elif leads_out(path, target):
                        bad.append([path, "link-leads-out", target])
                    else:
                        rows[path] = "\nl" + target
                        if strict and get(path) != rows[path]:
                            raise Different
                else:
                    bad.append([path, "special-file", None])
            except FileNotFoundError:
                continue  # gone since it was listed
            except Changing:
                bad.append([path, "changing", None])
            except OSError as error:
                bad.append([path, "unreadable", error.strerror])
            if len(path) > MAX_PATH >> 2 and path in rows and len(path.encode()) > MAX_PATH:
                del rows[path]
                bad.append([path, "name-too-long", None])
        if len(rows) + len(bad) > MAX_ENTRIES:
            raise Refused("unsupported", "There are more than %d files: choose a smaller folder, or exclude some." % MAX_ENTRIES)
        trail.append([fd, prefix, below])

    enter(os.dup(root_fd), "")
    try:
        while trail:
            fd, prefix, below = trail[-1]
            if not below:
                os.close(fd)
                trail.pop()
                continue
            name = below.pop()
            path = prefix + name
            if len(trail) > MAX_DEPTH or len(path) > MAX_PATH >> 2 and len(path.encode()) > MAX_PATH:
                bad.append([path, "too-deep" if len(trail) > MAX_DEPTH else "name-too-long", None])
                continue
            child = -1
            try:
                child = os.open(name, FOLDER | STAY, dir_fd=fd)
                if os.fstat(child).st_dev != device:
                    os.close(child)
                    bad.append([path, "other-volume", None])
                    continue
                if strict and path not in old:
                    raise Different
                enter(child, path + "/")
                rows[path] = "\nd"
            except OSError as error:
                if child >= 0:
                    os.close(child)
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
                    raise
                if error.errno != errno.ENOENT:  # gone since it was listed
                    bad.append([path, "changing" if error.errno in (errno.ENOTDIR, errno.ELOOP) else "unreadable", error.strerror])
    finally:
        for fd, _, _ in trail:
            os.close(fd)
    if strict and len(rows) != len(old):
        raise Different
    return rows, bad


def changes(before, after, pick_before, pick_after):
    """(set, del) that lead from one to the other."""
    changed = []
    for path in sorted(after):
        text = pick_after(after[path])
        if path not in before or pick_before(before[path]) != text:
            changed.append(entry(path, text))
    return changed, sorted(path for path in before if path not in after)


def names_of(request, name):
    found = request.get(name) or []
    if type(found) is not list or not all(type(item) is str for item in found):
        raise malformed(name)
    return found


def op_hello(side):
    side.lock()
    return {"facts": side.told_facts()}


def op_scan(side):
    have = side.request.get("have")
    side.lock()
    answer = {"facts": side.told_facts()}
    cached, old = load_rows(side)
    if side.root_fd is None:
        rows, bad = {}, []
    else:
        try:
            rows, bad = scan_tree(side.root_fd, old, names_of(side.request, "prune"), side.request.get("checksum") is True)
        except OSError as error:
            raise Refused("forbidden", "%s cannot be read: %s." % (side.path, error.strerror)) from None
        try:
            here, there = os.fstat(side.root_fd), os.stat(side.path)
        except OSError:
            there = None
        if there is None or (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
            raise Refused("unavailable", "%s was moved while it was read. Try again." % side.path)
    left = left_copies(side)
    if left:
        answer["left"] = left
    fresh = [path for path, row in rows.items() if old.get(path) is not row and old.get(path) != row]
    dirty = bool(fresh) or len(old) != len(rows)
    same = len(old) == len(rows) and all(path in old and told(old[path]) == told(rows[path]) for path in fresh)
    order = sorted(rows) if dirty or have != cached else []
    ident = cached if same and cached not in (None, UNKNOWN) else snapshot_id(rows, order, told)
    answer.update(snapshot=ident, base=have, set=[], unusable=bad)
    answer["del"] = []
    if have != ident or not is_word(have):
        before = {}
        if have is not None and have == cached:
            before = old
        elif is_word(have):
            answer["base"], before = load_at(side, have)
        else:
            answer["base"] = None
        answer["set"], answer["del"] = changes(before, rows, told, told)
    try:
        if dirty or ident != cached:
            save_scan(side, ident, rows, order, cached)
    except OSError:
        pass  # a full disk: what is there can be told all the same
    return answer


# ---- bundles: a gzipped tar as a stream


class Packed:
    """The unpacked bytes of a gzip stream, never more than CHUNK ahead of what is asked for."""

    def __init__(self, read):
        import zlib

        self.read, self.error, self.fresh = read, zlib.error, lambda: zlib.decompressobj(31)
        self.unpacker = self.fresh()
        self.rest = self.ready = b""
        self.at = 0

    def some(self, most):
        """At least one byte and at most so many; damaged where there are none left."""
        if self.at == len(self.ready):
            self.ready, self.at = self.more(), 0  # much at a time: each call copies what is left of its input
        data = self.ready[self.at : self.at + most]
        self.at += len(data)
        return data

    def more(self):
        while True:
            if self.unpacker.eof:
                self.rest, self.unpacker = self.unpacker.unused_data, self.fresh()
            if not self.rest:
                self.rest = self.read(CHUNK)
                if not self.rest:
                    raise damaged("it is cut off")
            try:
                data = self.unpacker.decompress(self.rest, CHUNK)
            except self.error:
                raise damaged("it cannot be unpacked") from None
            self.rest = self.unpacker.unconsumed_tail
            if data:
                return data

    def exact(self, size):
        pieces = []
        while size:
            pieces.append(self.some(min(size, CHUNK)))
            size -= len(pieces[-1])
        return b"".join(pieces)

    def pieces(self, size):
        while size:
            data = self.some(min(size, CHUNK))
            size -= len(data)
            yield data

    def member(self):
        """(name, size) of the next member; None at the end."""
        block = self.exact(512)
        if not block.strip(b"\0"):
            return None
        try:
            total = int(block[148:156].strip(b"\0 "), 8)
            if block[124] & 0x80:
                size = int.from_bytes(block[125:136], "big") if block[124] == 0x80 else -1
            else:
                size = int(block[124:136].strip(b"\0 ") or b"0", 8)
            name = block[:100].rstrip(b"\0").decode("ascii")
        except ValueError:
            raise damaged("a header makes no sense") from None
        if total != sum(block) - sum(block[148:156]) + 256 or size < 0 or block[156:157] not in (b"0", b"\0"):
            raise damaged("a header makes no sense")
        return name, size

    def pad(self, size):
        self.exact(-size % 512)


def tar_header(name, size):
    field = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11, "big")
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[100:156] = b"0000600\0" + b"0000000\0" * 2 + field + b"00000000000\0" + b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


# ---- apply

DONE = {"result": "done", "kept": None}
CHANGED = {"result": "changed"}


def failed(reason, detail=None):
    return dict({"result": "failed", "reason": reason}, **({"detail": detail} if detail else {}))


def check_entry(value, what):
    if type(value) is not dict or value.get("kind") not in ("file", "directory", "link"):
        raise malformed(what)
    if value["kind"] == "file" and not (
        is_hash(value.get("hash"))
        and is_count(value.get("size"))
        and type(value.get("executable")) is bool
        and type(value.get("modifiedAt")) in (int, float)
        and abs(value["modifiedAt"]) < 1 << 53
    ):
        raise malformed(what)
    if value["kind"] == "link" and (type(value.get("target")) is not str or not value["target"] or "\0" in value["target"]):
        raise malformed(what)


def check_item(item):
    """Raises where it is malformed; gives the bytes that it brings with it, and those that it takes on the disk."""
    if type(item) is not dict or item.get("do") not in ("put", "directory", "link", "mode", "remove", "rename"):
        raise malformed("an item")
    do, over = item["do"], item.get("over")
    if over is not None or do in ("mode", "remove", "rename"):
        check_entry(over, "over")
    if do == "mode" and type(item.get("executable")) is not bool:
        raise malformed("executable")
    if do not in ("put", "link"):
        return 0, 0
    check_entry(item.get("entry"), "entry")
    if item["entry"]["kind"] != ("file" if do == "put" else "link"):
        raise malformed("entry")
    if do == "link":
        return 0, 0
    size, source = item["entry"]["size"], item.get("source")
    way = source.get("from") if type(source) is dict else None
    if way == "data":
        return size, size
    if way == "parts" and type(source.get("names")) is list and all(is_hash(name) for name in source["names"]):
        return 0, size
    if way in ("copy", "delta") and path_fault(source.get("path")):
        raise malformed("source")
    if way == "delta":
        spans = source.get("spans")
        if not is_hash(source.get("baseHash")) or type(spans) is not list:
            raise malformed("spans")
        brought = whole = 0
        for span in spans:
            if type(span) is not list or len(span) != 2 or not is_count(span[1]) or span[0] != -1 and not is_count(span[0]):
                raise malformed("spans")
            whole += span[1]
            brought += span[1] if span[0] == -1 else 0
        if whole != size:
            raise malformed("spans")
        return brought, size
    if way != "copy":
        raise malformed("source")
    return 0, size


class Apply:
    """One `apply`: stages everything, then takes one item after the other."""

    def __init__(self, side, cycle):
        self.side, self.cycle = side, cycle
        self.facts = side.facts()
        self.cached, self.loaded = load_id(side), None
        self.changes = {}  # path: row, or None where it went
        self.touched = set()  # folders that got or lost a name
        self.hashes = {}  # what was hashed here: stat stamp to hash
        self.exchange = None
        self.stage_fd = self.kept_fd = self.above_fd = -1
        self.above = None  # the folder whose `above_fd` is open
        self.slots, self.earlier = {}, {}  # item: name in kept/<cycle>/; path: names that this cycle gave before
        self.number = -1  # of the item that is taken now
        self.staged = {}  # item: name in stage/, or the result where it could not be staged
        self.items, self.sizes = [], []
        self.full = False

    @property
    def rows(self):
        """What the last scan knows; read when something that is there already is looked at."""
        if self.loaded is None:
            self.cached, self.loaded = load_rows(self.side)
        return self.loaded

    # -- staging

    def stage(self, packed):
        stage = self.side.inner("stage")
        name = os.urandom(6).hex()
        self.stage_fd = inner_folder(stage, name)
        self.stage_name, self.stage_parent = name, stage
        member = packed.member()
        if member is None or member[0] != "index.json" or member[1] > MAX_INDEX:
            raise damaged("it does not begin with its index")
        try:
            self.items = from_json(packed.exact(member[1]).decode())
        except ValueError:
            raise damaged("its index makes no sense") from None
        packed.pad(member[1])
        if type(self.items) is not list or len(self.items) > MAX_ITEMS:
            raise malformed("items")
        self.sizes = [check_item(item) for item in self.items]
        self.check_space(sum(needs for _, needs in self.sizes))
        self.many = sum(item["do"] == "put" for item in self.items) > FEW
        member = self.next_member(packed)
        for number, item in enumerate(self.items):
            fault = path_fault(item.get("path")) or (path_fault(item.get("to")) if item["do"] == "rename" else None)
            brings = self.sizes[number][0]
            pieces = iter(())
            if member and member[0] == number:
                if item["do"] != "put" or member[1] != brings or item["source"]["from"] not in ("data", "delta"):
                    raise damaged("a file has another size than its index says")
                pieces = packed.pieces(brings)
            elif brings:
                raise damaged("a file is missing in it")
            try:
                if fault:
                    self.staged[number] = failed(fault)
                elif item["do"] == "put":
                    self.stage_file(number, item, pieces)
            except OSError as error:
                if error.errno in FULL:
                    raise
                self.staged[number] = self.told_error(error)
            except Changing:
                self.staged[number] = CHANGED
            for _ in pieces:
                pass
            if member and member[0] == number:
                packed.pad(brings)
                member = self.next_member(packed)
        if member:
            raise damaged("there is more in it than its index says")
        self.intend()
        if self.many:
            os.sync()
        hook()

    def intend(self):
        """
        Notes which copy will be kept under which name: an answer can be lost, a run can be killed. On the disk before anything moves.
        """
        going = []
        for number, item in enumerate(self.items):
            over = item.get("over")
            if over is not None and over["kind"] != "directory" and item["do"] not in ("mode", "rename"):
                if type(self.staged.get(number)) is not dict:
                    going.append(number)
        if not going:
            return
        before = left_rows(self.side, self.cycle)
        for slot, path, _, _ in before:
            self.earlier.setdefault(path, []).append(slot)
        self.open_kept()
        first = 1 + max([int(name) for name in os.listdir(self.kept_fd) + [row[0] for row in before] if name.isdigit()] or [-1])
        rows = []
        for slot, number in enumerate(going, first):
            item = self.items[number]
            self.slots[number] = str(slot)
            rows.append([str(slot), item["path"], "deleted" if item["do"] == "remove" else "replaced", mark_of(item.get("entry"))])
        add_rows(self.side, self.cycle, rows, sync=not self.many)
        hook()

    def next_member(self, packed):
        """The next one as (item, size). Rising order is seen to by whoever takes them in the items' order."""
        found = packed.member()
        if found is None:
            return None
        name, size = found
        if not name.isdigit() or len(name) > 6 or int(name) >= len(self.items):
            raise damaged("it has a file with a name that makes no sense")
        return int(name), size

    def check_space(self, needs):
        free = self.side.free()
        if free is not None and needs > free:
            raise no_space()

    def stage_file(self, number, item, pieces):
        """The file with the number of its item; what can be wrong with one file only is its result."""
        wanted, source = item["entry"], item["source"]
        name, digest, size = str(number), sha256(), 0
        if source["from"] == "delta":
            pieces = self.patched(source, pieces)
        elif source["from"] == "copy":
            pieces = self.copied(source["path"])
        elif source["from"] == "parts":
            pieces = self.joined(source["names"])
        fd = os.open(name, NEW, 0o600, dir_fd=self.stage_fd)
        try:
            for data in pieces:
                size += len(data)
                if size > wanted["size"]:
                    break
                digest.update(data)
                write_all(fd, data)
            if size == wanted["size"] and digest.hexdigest() == wanted["hash"]:
                ns = int(wanted["modifiedAt"]) * 1000000
                os.utime(fd, ns=(ns, ns))
                if not self.many:
                    os.fsync(fd)
                self.staged[number] = name
                hook()
                return
        except Different:
            pass
        finally:
            os.close(fd)
        remove_name(self.stage_fd, name)
        if source["from"] == "data":
            raise damaged("a file is not what its index says")
        self.staged[number] = CHANGED
        if source["from"] == "delta" and self.is_hash_of(source["path"], source["baseHash"]):
            self.staged[number] = failed("changing", "delta")  # a block that only looked the same: it must be sent whole
        if source["from"] == "parts":
            self.staged[number] = failed("changing", "parts")

    def is_hash_of(self, path, wanted):
        fd = self.side.open_file(path)
        if fd is None:
            return False
        os.close(fd)
        folder, name = self.side.parent(path)
        try:
            found = look(folder, name)
            return found is not None and self.hash_of(folder, name, path, found) == wanted
        finally:
            os.close(folder)

    def copied(self, path):
        fd = self.side.open_file(path)
        if fd is None:
            raise Different
        try:
            while True:
                data = os.read(fd, CHUNK)
                if not data:
                    return
                yield data
        finally:
            os.close(fd)

    def patched(self, source, literal):
        fd = self.side.open_file(source["path"])
        if fd is None:
            raise Different
        rest = b""
        try:
            for at, length in source["spans"]:
                while length:
                    if at == -1:
                        rest = rest or next(literal)
                        data, rest = rest[:length], rest[length:]
                    else:
                        data = os.pread(fd, min(length, CHUNK), at)
                        at += len(data)
                        if not data:
                            raise Different
                    length -= len(data)
                    yield data
        finally:
            os.close(fd)

    def joined(self, names):
        parts = self.side.inner("parts")
        try:
            for name in names:
                try:
                    fd = os.open(name, FILE, dir_fd=parts)
                except FileNotFoundError:
                    raise Different from None
                try:
                    while True:
                        data = os.read(fd, CHUNK)
                        if not data:
                            break
                        yield data
                finally:
                    os.close(fd)
        finally:
            os.close(parts)

    # -- looking

    def hash_of(self, folder, name, path, found):
        """Of what was found there: from the scan where that is sure, else it is read."""
        stamp = stamp_of(found)
        row = self.rows.get(path)
        if row is not None and row.startswith("1 " + stamp + "\n"):
            return row.rpartition(" ")[2]
        digest, after, clean = (self.hashes.get(stamp), found, False) if stamp in self.hashes else read_hash(folder, name)
        if clean:
            self.hashes[stamp_of(after)] = digest
        return digest

    def executable(self, found):
        return bool(self.facts["executableBit"] and found.st_mode & 0o100)

    def matches(self, wanted, folder, name, path, found):
        """Whether that is what an entry says."""
        if found is None or wanted is None:
            return found is None and wanted is None
        if wanted["kind"] == "directory":
            return stat.S_ISDIR(found.st_mode)
        if wanted["kind"] == "link":
            return stat.S_ISLNK(found.st_mode) and os.readlink(name, dir_fd=folder) == wanted["target"]
        if not stat.S_ISREG(found.st_mode) or found.st_size != wanted["size"]:
            return False
        if self.facts["executableBit"] and self.executable(found) != wanted["executable"]:
            return False
        return self.hash_of(folder, name, path, found) == wanted["hash"]

    # -- one item

    def run(self):
        results = []
        for number, item in enumerate(self.items):
            if Halt.asked:
                raise Stop
            if self.full:
                results.append(failed("no-space"))
                continue
            Halt.held = True
            self.number = number
            try:
                results.append(self.one(number, item))
            except OSError as error:
                results.append(self.told_error(error))
            except Changing:
                results.append(CHANGED)
            if results[-1] is DONE and number in self.slots and item["path"] in self.earlier:
                results[-1] = self.told_earlier(item)
            Halt.held = False
            hook()
        self.note_odd(results)
        return results

    def told_earlier(self, item):
        """What was done before, by a run whose answer was lost: its copy has its name all the same."""
        for slot in reversed(self.earlier[item["path"]]):
            found = look(self.kept_fd, slot)
            try:
                if found is not None and self.is_copy(slot, found, item["over"]):
                    return {"result": "done", "kept": self.cycle + "/" + slot}
            except (OSError, Changing):
                pass
        return DONE

    def note_odd(self, results):
        """Copies of what somebody else put there meanwhile: no result tells them."""
        odd = []
        for number, slot in self.slots.items():
            if number < len(results) and results[number]["result"] != "done" and look(self.kept_fd, slot) is not None:
                odd.append([slot, self.items[number]["path"], "replaced", mark_of(self.items[number].get("entry"))])
        if odd:
            try:
                add_rows(self.side, self.cycle + ".odd", odd)
            except OSError:
                pass  # a full disk: they are where they are kept

    def told_error(self, error):
        code = error.errno
        if code in FULL:
            self.full = True
            return failed("no-space")
        if code in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY, errno.ESTALE):
            return CHANGED
        if code in (errno.EACCES, errno.EPERM, errno.EROFS):
            return failed("read-only", error.strerror)
        if code == errno.ENAMETOOLONG:
            return failed("name-too-long")
        if code in (errno.EXDEV, errno.EBUSY):
            return failed("other-volume", error.strerror)
        if code in (errno.EINVAL, errno.EILSEQ):
            return failed("name-not-possible", error.strerror)
        if code == errno.EFBIG:
            return failed("too-large")
        return failed("unreadable", error.strerror)

    def one(self, number, item):
        staged = self.staged.get(number)
        if type(staged) is dict and staged.get("result") == "failed" and staged["reason"] != "changing":
            return staged
        path, do = item["path"], item["do"]
        try:
            folder, name = self.open_above(path, do in ("put", "directory", "link"))
        except OSError as error:
            if do == "remove" and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                self.note(path, None)
                return DONE
            raise
        result = None
        try:
            found = look(folder, name)
            result = getattr(self, "do_" + do)(number, item, folder, name, found)
        finally:
            if do != "put" or result is not DONE:
                self.close_above()
        return result

    def open_above(self, path, make):
        """(open folder, name) of an item. New files of one folder share it, for a moment: it may be moved away at any time."""
        above, _, name = path.rpartition("/")
        if self.above == above and time.monotonic() < self.above_until:
            return self.above_fd, name
        self.close_above()
        made, umask = [], os.umask(Mask.user)
        try:
            self.above_fd, name = self.side.parent(path, make, made)
        finally:
            os.umask(umask)
            for parent in made:
                self.note(parent, "\nd")
        self.above, self.above_until = above, time.monotonic() + 0.02
        self.above_stat = os.fstat(self.above_fd)
        return self.above_fd, name

    def close_above(self):
        if self.above_fd >= 0:
            os.close(self.above_fd)
        self.above, self.above_fd = None, -1

    def note(self, path, row):
        self.changes[path] = row
        self.touched.add(path.rpartition("/")[0])

    def note_file(self, folder, name, path, wanted):
        """What was done. Somebody may write there already: the row is not sure, so that the next scan looks."""
        found = look(folder, name)
        if found is not None and stat.S_ISREG(found.st_mode) and found.st_size == wanted["size"]:
            self.note(path, file_row(found, wanted["hash"], False))
        else:
            numbers = wanted["size"], wanted["modifiedAt"], wanted["executable"] and Kind.executable, wanted["hash"]
            self.note(path, "0 -\nf%d %d %d %s" % numbers)

    def do_put(self, number, item, folder, name, found):
        path, wanted, over = item["path"], item["entry"], item.get("over")
        if self.matches(wanted, folder, name, path, found):
            self.note_file(folder, name, path, wanted)
            return DONE
        staged = self.staged.get(number)
        if type(staged) is not str:
            return staged or CHANGED
        if not self.matches(over, folder, name, path, found):
            return CHANGED
        mode = 0o777 & ~Mask.user if wanted["executable"] else 0o666 & ~Mask.user
        owner = None
        if found is not None and stat.S_ISREG(found.st_mode):
            mode, owner = found.st_mode & 0o777, found
            mode = mode | 0o100 | mode >> 2 & 0o011 & ~Mask.user if wanted["executable"] else mode & ~0o111
        self.dress(staged, mode, owner)
        result = self.take(staged, folder, name, path, found, over)
        if result["result"] == "done":
            self.note_file(folder, name, path, wanted)
        return result

    def dress(self, staged, mode, owner):
        """Owner and mode, before it gets its name."""
        if owner is not None or self.above_stat.st_mode & stat.S_ISGID:
            mine = look(self.stage_fd, staged)
            uid, gid = (owner.st_uid, owner.st_gid) if owner else (mine.st_uid, self.above_stat.st_gid)
            if (uid, gid) != (mine.st_uid, mine.st_gid):
                try:
                    os.chown(staged, uid, gid, dir_fd=self.stage_fd, follow_symlinks=False)
                except OSError:
                    pass  # only root may
        os.chmod(staged, mode, dir_fd=self.stage_fd)

    def do_directory(self, number, item, folder, name, found):
        path, over = item["path"], item.get("over")
        if found is not None and stat.S_ISDIR(found.st_mode):
            self.note(path, "\nd")
            return DONE
        if not self.matches(over, folder, name, path, found):
            return CHANGED
        staged = "d%d" % number
        os.mkdir(staged, 0o777 & ~Mask.user, dir_fd=self.stage_fd)
        os.chmod(staged, 0o777 & ~Mask.user, dir_fd=self.stage_fd)
        result = self.take(staged, folder, name, path, found, over)
        if result["result"] == "done":
            self.note(path, "\nd")
        return result

    def do_link(self, number, item, folder, name, found):
        path, target, over = item["path"], item["entry"]["target"], item.get("over")
        if not self.facts["links"]:
            return failed("name-not-possible", "links")
        if leads_out(path, target):
            return failed("link-leads-out")
        if not self.matches(item["entry"], folder, name, path, found):
            if not self.matches(over, folder, name, path, found):
                return CHANGED
            staged = "l%d" % number
            os.symlink(target, staged, dir_fd=self.stage_fd)
            result = self.take(staged, folder, name, path, found, over)
            if result["result"] != "done":
                return result
        else:
            result = DONE
        self.note(path, "\nl" + target)
        return result

    def do_mode(self, _number, item, folder, name, found):
        path, over, executable = item["path"], item["over"], item["executable"]
        if found is None or not stat.S_ISREG(found.st_mode):
            return CHANGED
        if not self.facts["executableBit"]:
            return failed("name-not-possible", "executable")
        if not self.matches(dict(over, executable=self.executable(found)), folder, name, path, found):
            return CHANGED
        if self.executable(found) != executable:
            if over["executable"] == executable:
                return CHANGED
            fd = os.open(name, FILE, dir_fd=folder)
            try:
                if stamp_of(os.fstat(fd)) != stamp_of(found):
                    return CHANGED
                mode = found.st_mode & 0o777
                os.fchmod(fd, mode | 0o100 | mode >> 2 & 0o011 & ~Mask.user if executable else mode & ~0o111)
            finally:
                os.close(fd)
        self.note_file(folder, name, path, dict(over, executable=executable))
        return DONE

    def do_remove(self, _number, item, folder, name, found):
        path, over = item["path"], item["over"]
        if found is None:
            self.note(path, None)
            return DONE
        if not self.matches(over, folder, name, path, found):
            return CHANGED
        if stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=folder)
            self.note(path, None)
            return DONE
        slot = self.slot()
        hook()
        os.rename(name, slot, src_dir_fd=folder, dst_dir_fd=self.kept_fd)
        hook()
        if not self.is_same(found, over, slot):
            try:
                self.place(self.kept_fd, slot, folder, name)
            except FileExistsError:
                pass  # there is another one already: this one stays where it is kept
            return CHANGED
        self.note(path, None)
        return {"result": "done", "kept": self.cycle + "/" + slot}

    def do_rename(self, _number, item, folder, name, found):
        path, to, over = item["path"], item["to"], item["over"]
        other, last = self.side.parent(to)
        try:
            target = look(other, last)
            if last in os.listdir(other) and self.matches(over, other, last, to, target) and name not in os.listdir(folder):
                self.move_rows(path, to)
                return DONE
            if not self.matches(over, folder, name, path, found):
                return CHANGED
            if target is None:
                if stat.S_ISDIR(found.st_mode):
                    os.rename(name, last, src_dir_fd=folder, dst_dir_fd=other)
                else:
                    self.place(folder, name, other, last)
            elif (target.st_dev, target.st_ino) == (found.st_dev, found.st_ino) and last not in os.listdir(other):
                os.rename(name, last, src_dir_fd=folder, dst_dir_fd=other)  # two spellings of the same name
            else:
                return CHANGED
            hook()
            self.move_rows(path, to)
            return DONE
        finally:
            os.close(other)

    def move_rows(self, path, to):
        """What was at and below a path is at and below another; it is looked at again by the next scan."""
        for old, row in list(self.rows.items()) + [pair for pair in self.changes.items() if pair[1] is not None]:
            if old == path or old.startswith(path + "/"):
                self.note(old, None)
                self.note(to + old[len(path) :], "0" + row[1:] if row[0] != "\n" else row)

    # -- names change places

    def swapper(self):
        if self.exchange is None:
            self.exchange = Exchange()
        return self.exchange

    def open_kept(self):
        if self.kept_fd < 0:
            kept = self.side.inner("kept")
            self.kept_fd = inner_folder(kept, self.cycle)
            os.close(kept)

    def slot(self):
        """The free name in kept/<cycle>/ that was noted for the item that is taken."""
        return self.slots[self.number]

    def is_same(self, before, over, slot):
        """Whether what fell out is what was looked at before, or is the same by its content."""
        fell = look(self.kept_fd, slot)
        if fell is None:
            return False
        quiet = max(before.st_ctime_ns, before.st_mtime_ns) < time.time_ns() - RACY
        if quiet and same_file(before, fell):
            return True
        try:
            return self.is_copy(slot, fell, over)
        except Changing:
            return False

    def is_copy(self, slot, found, over):
        """Whether a kept copy is what an entry says."""
        if over["kind"] == "file" and stat.S_ISREG(found.st_mode):
            return found.st_size == over["size"] and read_hash(self.kept_fd, slot)[0] == over["hash"]
        return over["kind"] == "link" and stat.S_ISLNK(found.st_mode) and os.readlink(slot, dir_fd=self.kept_fd) == over["target"]

    def place(self, one, name, two, other, directory=False):
        """Gives a name that must be free; FileExistsError where it is not."""
        if self.facts["hardLinks"] and not directory:
            try:
                os.link(name, other, src_dir_fd=one, dst_dir_fd=two, follow_symlinks=False)
                hook()
                os.unlink(name, dir_fd=one)
                return
            except OSError as error:
                if error.errno not in NO_LINKS:
                    raise
        try:
            self.swapper().place(one, name, two, other)
            return
        except OSError as error:
            if error.errno not in NO_FLAGS:
                raise
        if directory:
            os.mkdir(other, look(one, name).st_mode & 0o777, dir_fd=two)
            os.rmdir(name, dir_fd=one)
            return
        if look(two, other) is not None:
            raise FileExistsError(errno.EEXIST, "")
        os.rename(name, other, src_dir_fd=one, dst_dir_fd=two)

    def take(self, staged, folder, name, path, found, over):
        """Puts what is staged at its name, over what was found there, which is kept."""
        hook()
        if found is not None and stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=folder)  # only an empty one goes, and nothing is lost with it
            found = None
        if found is None:
            self.place(self.stage_fd, staged, folder, name, staged.startswith("d"))
            return DONE
        if self.facts["exchange"]:
            try:
                return self.take_by_exchange(staged, folder, name, found, over)
            except OSError as error:
                if error.errno not in NO_FLAGS:
                    raise
                self.facts["exchange"] = False  # not here
        slot = self.slot()
        quiet = max(found.st_ctime_ns, found.st_mtime_ns) < time.time_ns() - RACY
        if quiet and self.facts["hardLinks"] and not staged.startswith("d"):
            try:
                return self.take_by_link(staged, folder, name, found, over, slot)
            except OSError as error:
                if error.errno not in NO_LINKS:
                    raise
        return self.take_by_turns(staged, folder, name, path, found, over, slot)

    def take_by_exchange(self, staged, folder, name, found, over):
        swap, slot = self.swapper().swap, self.slot()
        # it goes to where the old one is kept first: so the old one falls there, whatever happens then
        os.rename(staged, slot, src_dir_fd=self.stage_fd, dst_dir_fd=self.kept_fd)
        mine = look(self.kept_fd, slot)
        hook()
        try:
            swap(self.kept_fd, slot, folder, name)
        except OSError:
            os.rename(slot, staged, src_dir_fd=self.kept_fd, dst_dir_fd=self.stage_fd)
            raise
        hook()
        if self.is_same(found, over, slot):
            return {"result": "done", "kept": self.cycle + "/" + slot}
        # Somebody was faster: theirs goes back. Where that throws out yet another of theirs, that one goes back, and so on: the
        # newest is to stay, and what was before it is kept.
        theirs, out = look(self.kept_fd, slot), mine
        try:
            for _ in range(8):
                swap(self.kept_fd, slot, folder, name)
                hook()
                fell = look(self.kept_fd, slot)
                if same_file(fell, out):
                    break
                theirs, out = fell, theirs
            if same_file(fell, mine):
                os.rename(slot, staged, src_dir_fd=self.kept_fd, dst_dir_fd=self.stage_fd)
        except FileNotFoundError:
            pass  # they removed it
        return CHANGED

    def take_by_link(self, staged, folder, name, found, over, slot):
        os.link(name, slot, src_dir_fd=folder, dst_dir_fd=self.kept_fd, follow_symlinks=False)
        hook()
        now = look(folder, name)
        fell = look(self.kept_fd, slot)
        if now is None or now.st_ino != fell.st_ino or not self.is_same(found, over, slot):
            remove_name(self.kept_fd, slot)
            return CHANGED
        os.rename(staged, name, src_dir_fd=self.stage_fd, dst_dir_fd=folder)
        hook()
        return {"result": "done", "kept": self.cycle + "/" + slot}

    def take_by_turns(self, staged, folder, name, path, found, over, slot):
        """The old one away, the new one in; `put_back` knows of it should the run end in between."""
        write_name(self.side.state_fd, "away", ("%s\0%s/%s" % (path, self.cycle, slot)).encode(), sync=True)
        try:
            hook()
            os.rename(name, slot, src_dir_fd=folder, dst_dir_fd=self.kept_fd)
            hook()
            if not self.is_same(found, over, slot):
                try:
                    self.place(self.kept_fd, slot, folder, name)
                except FileExistsError:
                    pass
                return CHANGED
            try:
                self.place(self.stage_fd, staged, folder, name, staged.startswith("d"))
            except FileExistsError:
                return CHANGED  # a new one of somebody's; the old one stays where it is kept
            except OSError:
                os.rename(slot, name, src_dir_fd=self.kept_fd, dst_dir_fd=folder)
                raise
            hook()
        finally:
            remove_name(self.side.state_fd, "away")
        return {"result": "done", "kept": self.cycle + "/" + slot}

    # -- the end

    def settle(self):
        """The new names on the disk too, before anybody hears of them."""
        if len(self.touched) > FEW:
            os.sync()
            return
        for path in self.touched:
            try:
                folder, _ = self.side.parent(path + "/-" if path else "-")
            except OSError:
                continue
            try:
                os.fsync(folder)
            except OSError:
                pass
            finally:
                os.close(folder)

    def save(self):
        """The cache, and `have` with what was done; gives what the client is told of it."""
        side, have, gone = self.side, self.side.request.get("have"), None in self.changes.values()
        base, before = None, {}
        if side.request.get("chain") is True and self.cached not in (None, UNKNOWN):
            have = self.cached
        if is_word(have) and have == self.cached:
            # all that was made is news where nothing that was there mattered: then the rows need not be read
            base, before = have, {} if self.loaded is None and not gone else self.rows
        elif is_word(have):
            base, before = load_at(side, have)
        now = {path: told(row) for path, row in self.changes.items() if row is not None}
        was = {path: told(before[path]) for path in self.changes if path in before}
        answer = {"base": base, "snapshot": base, "set": []}
        answer["set"], answer["del"] = changes(was, now, same_row, same_row) if base is not None else ([], [])
        if not self.changes:
            return answer
        if self.cached is None:
            rows = {path: row for path, row in self.changes.items() if row is not None}
            save_scan(side, UNKNOWN, rows, sorted(rows), None)
        else:
            after = add_changes(side, self.cached, self.changes, now == was and not gone)
            if base == self.cached:
                answer["snapshot"] = after
        if base is not None and base != self.cached:
            for path, row in self.changes.items():
                before.pop(path, None)
                if row is not None:
                    before[path] = row
            order = sorted(before)
            ident = answer["snapshot"] = snapshot_id(before, order, told)
            save_rows(side, "snapshot-" + ident, ident, before, order)
            drop_snapshots(side)
        return answer

    def clean(self):
        self.close_above()
        if self.stage_fd >= 0:
            for name in os.listdir(self.stage_fd):
                remove_all(self.stage_fd, name)
            remove_all(self.stage_parent, self.stage_name)
        if self.kept_fd >= 0:
            os.close(self.kept_fd)
            kept = self.side.inner("kept")
            try:
                os.rmdir(self.cycle, dir_fd=kept)
            except OSError:
                pass  # something is kept in it
            os.close(kept)


def put_back(side):
    """What `take_by_turns` took away, where the run ended before the new one was there. We hold the lock."""
    text = read_name(side.state_fd, "away", 10000)
    if text is None:
        return
    path, _, kept = text.decode("utf-8", "replace").partition("\0")
    cycle, _, slot = kept.partition("/")
    if side.root_fd is not None and not path_fault(path) and is_word(cycle) and is_word(slot):
        folders = []
        try:
            folders.append(side.inner("kept"))
            folders.append(os.open(cycle, FOLDER | STAY, dir_fd=folders[0]))
            folder, name = side.parent(path)
            folders.append(folder)
            if look(folder, name) is None and look(folders[1], slot) is not None:
                os.rename(slot, name, src_dir_fd=folders[1], dst_dir_fd=folder)
        except OSError:
            pass  # it stays where it is kept
        finally:
            for fd in folders:
                os.close(fd)
    remove_name(side.state_fd, "away")


def op_apply(side):
    import binascii

    request = side.request
    cycle, bundle = request.get("cycle"), request.get("bundle")
    if not is_word(cycle) or not is_count(request.get("epoch")) or type(bundle) is not dict:
        raise malformed("apply")
    side.lock()
    name, fd, inbox = bundle.get("file"), -1, side.inner("in")
    if name is None:
        try:
            data = memoryview(binascii.a2b_base64(bundle["data"]))
        except (KeyError, TypeError, ValueError):
            raise malformed("bundle") from None
        at = 0

        def read(size):
            nonlocal at
            at += size
            return data[at - size : at]

    else:
        if not is_put_name(name):
            raise malformed("bundle")
        try:
            fd = os.open(name, FILE, dir_fd=inbox)
        except FileNotFoundError:
            raise Refused("not-found", "The bundle is not there (any more): it must be sent again.") from None

        def read(size):
            return os.read(fd, size)

    try:
        if side.root_fd is None:
            side.make_root()
        job = Apply(side, cycle)
        try:
            job.stage(Packed(read))
            # Before the first item: the client takes a marker that is ahead for its own, and one that is missing for another sandbox.
            side.mark(request["epoch"])
            hook()
            results = job.run()
            Halt.held = True
            answer = {"base": None, "snapshot": None, "set": [], "del": []}
            try:
                job.settle()
                answer = job.save()
            except OSError:
                pass  # a full disk: what was done is done, and the next scan finds it
            hook()
        finally:
            job.clean()
        drop_parts(side, job.items, results)
        return dict(answer, results=results)
    finally:
        if fd >= 0:
            os.close(fd)
            remove_name(inbox, name)
        os.close(inbox)


def drop_parts(side, items, results):
    parts = side.inner("parts")
    for item, result in zip(items, results):
        if result["result"] == "done" and item["do"] == "put" and item["source"]["from"] == "parts":
            for name in item["source"]["names"]:
                remove_name(parts, name)
    os.close(parts)


# ---- giving bytes


class Bytes:
    """Bytes of an answer: within it, or in a file for the client where they are many."""

    def __init__(self, side):
        self.side, self.held, self.size, self.fd, self.digest = side, [], 0, -1, sha256()

    def add(self, data):
        self.digest.update(data)
        self.size += len(data)
        if self.fd < 0:
            self.held.append(bytes(data))
            if self.size <= BYTES_INLINE:
                return
            out = self.side.inner("out")
            self.name = "bytes-" + os.urandom(8).hex()
            self.fd = os.open(self.name, NEW, 0o600, dir_fd=out)
            os.close(out)
            data, self.held = b"".join(self.held), []
        write_all(self.fd, data)

    def told(self):
        import binascii

        if self.fd < 0:
            return {"data": binascii.b2a_base64(b"".join(self.held), newline=False).decode()}
        os.close(self.fd)
        self.fd = -1
        return {"file": os.path.join(self.side.state, "out", self.name), "bytes": self.size, "sha256": self.digest.hexdigest()}

    def drop(self):
        if self.fd >= 0:
            os.close(self.fd)
            out = self.side.inner("out")
            remove_name(out, self.name)
            os.close(out)
            self.fd = -1


def is_known(rows, path, found, wanted):
    """Whether it is as the scan saw it, and was what is wanted. A change within a tick of the clock the client finds by the hash."""
    row = rows.get(path)
    return row is not None and row.startswith(stamp_of(found) + "\n", 2) and row.endswith(" " + wanted)


def open_wanted(side):
    """(open file, its stat, whether its content is known to be what is wanted); None where it is something else."""
    path, wanted = side.request.get("path"), side.request.get("hash")
    if path_fault(path) or not is_hash(wanted):
        raise malformed("path")
    fd = side.open_file(path) if side.root_fd is not None else None
    if fd is None:
        return None
    found = os.fstat(fd)
    return fd, found, is_known(load_rows(side)[1], path, found, wanted)


def op_sig(side):
    import zlib
    import hashlib

    block, strong = side.request.get("block"), side.request.get("strong")
    if not is_count(block, 1 << 24) or block < 64 or not is_count(strong, 32):
        raise malformed("block")
    opened = open_wanted(side)
    if opened is None:
        return {"changed": True}
    fd, found, known = opened
    whole, weak, parts = sha256(), bytearray(), bytearray()
    buffer = memoryview(bytearray(block * max(1, CHUNK // block)))
    try:
        while True:
            filled = 0
            while filled < len(buffer):
                size = os.readv(fd, [buffer[filled:]])
                if not size:
                    break
                filled += size
            if not known:
                whole.update(buffer[:filled])
            for start in range(0, filled, block):
                piece = buffer[start : min(start + block, filled)]
                weak += zlib.crc32(piece).to_bytes(4, "little")
                if strong:
                    parts += hashlib.sha256(piece).digest()[:strong]
            if filled < len(buffer):
                break
        if stamp_of(os.fstat(fd)) != stamp_of(found) or not known and whole.hexdigest() != side.request["hash"]:
            return {"changed": True}
    finally:
        os.close(fd)
    out = Bytes(side)
    out.add(weak + parts)
    return dict(out.told(), changed=False, size=found.st_size)


def op_ranges(side):
    ranges = side.request.get("ranges")
    if type(ranges) is not list or not all(type(pair) is list and len(pair) == 2 and all(map(is_count, pair)) for pair in ranges):
        raise malformed("ranges")
    opened = open_wanted(side)
    if opened is None:
        return {"changed": True}
    fd, found, known = opened
    out = Bytes(side)
    try:
        if not known:
            digest = sha256()
            while True:
                data = os.read(fd, CHUNK)
                if not data:
                    break
                digest.update(data)
            if digest.hexdigest() != side.request["hash"]:
                return {"changed": True}
        if any(at + length > found.st_size for at, length in ranges):
            raise malformed("ranges")
        free = side.free()
        if free is not None and sum(length for _, length in ranges) > max(free, BYTES_INLINE):
            raise no_space()
        for at, length in ranges:
            while length:
                data = os.pread(fd, min(length, CHUNK), at)
                if not data:
                    return {"changed": True}
                at += len(data)
                length -= len(data)
                out.add(data)
        if stamp_of(os.fstat(fd)) != stamp_of(found):
            return {"changed": True}
        return dict(out.told(), changed=False)
    finally:
        os.close(fd)
        out.drop()


def op_pack(side):
    import zlib

    files = side.request.get("files")
    if type(files) is not list or len(files) > MAX_ITEMS:
        raise malformed("files")
    for item in files:
        if type(item) is not list or len(item) != 3 or path_fault(item[0]) or not is_hash(item[1]) or not is_count(item[2]):
            raise malformed("files")
    _, rows = load_rows(side)
    index = [item for item in files if side.root_fd is not None and is_wanted(side, rows, *item)]
    packer, out = zlib.compressobj(1, zlib.DEFLATED, 31), Bytes(side)

    def add(data):
        data = packer.compress(data)
        if data:
            out.add(data)

    try:
        text = to_json(index)
        add(tar_header("index.json", len(text)) + text + bytes(-len(text) % 512))
        for number, (path, _, size) in enumerate(index):
            add(tar_header(str(number), size))
            left, fd = size, side.open_file(path)
            try:
                while left and fd is not None:
                    data = os.read(fd, min(left, CHUNK))
                    if not data:
                        break
                    left -= len(data)
                    add(data)
            finally:
                if fd is not None:
                    os.close(fd)
            while left:  # it changed since: the hash tells
                add(bytes(min(left, CHUNK)))
                left -= min(left, CHUNK)
            add(bytes(-size % 512))
        add(bytes(1024))
        out.add(packer.flush())
        return out.told()
    finally:
        out.drop()


def is_wanted(side, rows, path, wanted, size):
    fd = side.open_file(path)
    if fd is None:
        return False
    try:
        found = os.fstat(fd)
        if found.st_size != size:
            return False
        if is_known(rows, path, found, wanted):
            return True
        digest = sha256()
        while True:
            data = os.read(fd, CHUNK)
            if not data:
                return digest.hexdigest() == wanted
            digest.update(data)
    finally:
        os.close(fd)


def op_parts(side):
    if side.root_fd is None:
        side.make_root()  # parts that come now lie where `apply` looks for them
    parts, have = side.inner("parts"), []
    try:
        for name in names_of(side.request, "names"):
            if not is_hash(name):
                raise malformed("names")
            try:
                if read_hash(parts, name)[0] == name:
                    os.utime(name, dir_fd=parts)
                    have.append(name)
            except (FileNotFoundError, Changing):
                pass
    finally:
        os.close(parts)
    return {"have": have}


def op_mark(side):
    if not is_count(side.request.get("epoch")):
        raise malformed("epoch")
    side.lock()
    side.mark(side.request["epoch"])
    return {}


# ---- kept copies
#
# left/ has a file for each cycle whose copies the client may not know: rows of [name in kept/<cycle>/, path, why, what replaces it],
# in JSON, one a line, written before anything moves. It goes when the client has the copies in its history.


def mark_of(entry):
    """What tells that a name in kept/ has the new content, and not yet the old."""
    return entry and (entry.get("hash") if entry["kind"] == "file" else entry.get("target"))


def add_rows(side, name, rows, sync=False):
    folder = side.inner("left")
    try:
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | STAY, 0o600, dir_fd=folder)
        try:
            write_all(fd, b"".join(b"\n" + to_json(row) for row in rows) + b"\n")  # after a row that was cut off
            if sync:
                os.fsync(fd)
        finally:
            os.close(fd)
    finally:
        os.close(folder)


def left_rows(side, name):
    folder, rows = side.inner("left"), []
    try:
        text = read_name(folder, name) or b""
    finally:
        os.close(folder)
    for line in text.split(b"\n"):
        try:
            row = from_json(line.decode()) if line else None
        except ValueError:
            continue
        if type(row) is list and len(row) == 4 and is_word(row[0]) and not path_fault(row[1]):
            rows.append(row)
    return rows


def left_copies(side):
    """[[file of left/, name, path, why, kind, size, ms, executable, hash or target]] of what the client has not confirmed."""
    folder, found = side.inner("left"), []
    kept = side.inner("kept")
    stored = names_of(side.request, "stored")
    for name in sorted(os.listdir(folder)):
        cycle = name[:-4] if name.endswith(".odd") else name
        copies = []
        if name not in stored and is_word(cycle):
            try:
                fd = os.open(cycle, FOLDER | STAY, dir_fd=kept)
            except OSError:
                fd = -1
            rows = left_rows(side, name) if fd >= 0 else []
            for slot, path, why, new in {row[0]: row for row in rows}.values():
                copy = copy_entry(fd, slot, path, new)
                if copy:
                    copies.append([name, cycle + "/" + slot, path, why] + copy[1:])
            if fd >= 0:
                os.close(fd)
        if copies:
            found += copies
        else:
            remove_name(folder, name)
    os.close(folder)
    os.close(kept)
    return found[:MAX_ITEMS]


def copy_entry(folder, slot, path, new):
    try:
        here = look(folder, slot)
        if here is not None and stat.S_ISREG(here.st_mode):
            digest, here, _ = read_hash(folder, slot)
            return None if digest == new else entry(path, told_file(here, digest))
        if here is not None and stat.S_ISLNK(here.st_mode):
            target = os.readlink(slot, dir_fd=folder)
            return None if target == new or not is_text(target) else entry(path, "l" + target)
    except (OSError, Changing):
        pass
    return None


def kept_place(kept, name):
    """(open folder, name) of a kept copy; None where there is no such folder."""
    cycle, slash, slot = name.partition("/")
    if not is_word(cycle) or not slash or not is_word(slot):
        raise malformed("names")
    try:
        return os.open(cycle, FOLDER | STAY, dir_fd=kept), slot
    except FileNotFoundError:
        return None


def op_kept(side):
    kept, found = side.inner("kept"), []
    for name in names_of(side.request, "names"):
        place = kept_place(kept, name)
        if place is None:
            continue
        here = look(*place)
        if here is not None and stat.S_ISREG(here.st_mode):
            file = os.path.join(side.state, "kept", name)
            found.append({"name": name, "kind": "file", "file": file, "size": here.st_size, "target": None})
        elif here is not None and stat.S_ISLNK(here.st_mode):
            target = os.fsencode(os.readlink(place[1], dir_fd=place[0])).decode("utf-8", "replace")
            found.append({"name": name, "kind": "link", "file": None, "size": 0, "target": target})
        os.close(place[0])
    os.close(kept)
    return {"found": found}


def op_drop(side):
    side.lock()
    kept, dropped = side.inner("kept"), 0
    for name in names_of(side.request, "names"):
        place = kept_place(kept, name)
        if place is None:
            continue
        dropped += look(*place) is not None
        remove_all(*place)
        os.close(place[0])
        try:
            os.rmdir(name.partition("/")[0], dir_fd=kept)
        except OSError:
            pass  # there is more in it
    os.close(kept)
    return {"dropped": dropped}


def op_forget(side):
    side.lock()
    bases = [os.path.dirname(side.state)]
    if side.home:
        bases.append(os.path.join(side.home, STATE))  # the helper's, and what a state that moved may have left
    for base in bases:
        try:
            fd = os.open(base, FOLDER | STAY)
        except OSError:
            continue
        remove_all(fd, side.root_id)
        rest = os.listdir(fd)
        if all(name.startswith("kit-") for name in rest):
            for name in rest:
                remove_name(fd, name)
            try:
                os.rmdir(base)
            except OSError:
                pass
        os.close(fd)
    side.state = None
    return {}


def sweep(side):
    """What was forgotten, at most once an hour."""
    try:
        for file in names_of(side.request, "done"):
            name = os.path.basename(file)
            if is_put_name(name):
                out = side.inner("out")
                remove_name(out, name)
                os.close(out)
        now, last = time.time(), look(side.state_fd, "swept")
        if last is not None and abs(now - last.st_mtime) < 3600:
            return
        write_name(side.state_fd, "swept", b"")
        for name in os.listdir(side.state_fd):
            if name.endswith(".part") and look(side.state_fd, name).st_mtime < now - DAY:
                remove_name(side.state_fd, name)
        for place, age in (("in", DAY), ("out", DAY), ("parts", DAY), ("kept", 30 * DAY), ("left", 30 * DAY)):
            fd = side.inner(place)
            for name in os.listdir(fd):
                found = look(fd, name)
                if found is not None and max(found.st_mtime, 0 if place in ("kept", "left") else found.st_ctime) < now - age:
                    remove_all(fd, name)
            os.close(fd)
    except OSError:
        pass


# ---- waiting


class Watch:
    """The system's watch over open folders; `fd` is -1 where there is none, or not for so many."""

    MASK = 0x01000FCE  # modify, attrib, close_write, moved, create, delete, and of the folder itself; folders only

    def __init__(self, poll):
        self.fd, self.count = -1, 0
        if poll:
            return
        try:
            import ctypes

            libc = ctypes.CDLL(None)
            self.libc, self.int, self.uint = libc, ctypes.c_int, ctypes.c_uint32
            self.fd = libc.inotify_init1(ctypes.c_int(os.O_NONBLOCK | os.O_CLOEXEC))
        except (ImportError, OSError, AttributeError):
            pass

    def add(self, folder):
        if self.fd < 0:
            return
        self.count += 1
        name = b"/proc/self/fd/%d" % folder
        if self.count > MAX_WATCHES or self.libc.inotify_add_watch(self.int(self.fd), name, self.uint(self.MASK)) < 0:
            os.close(self.fd)
            self.fd = -1

    def happened(self, seconds, skip):
        """Whether something did within that time."""
        import select
        import struct

        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        if not ready:
            return False
        data = os.read(self.fd, 1 << 16)
        at = 0
        while at < len(data):
            _, mask, _, size = struct.unpack_from("iIII", data, at)
            name = os.fsdecode(data[at + 16 : at + 16 + size].rstrip(b"\0"))
            at += 16 + size
            if not (mask & 0x40000000 and name in skip):
                return True
        return False


def op_wait(side):
    have, prune, seconds = side.request.get("have"), names_of(side.request, "prune"), side.request.get("seconds")
    if type(seconds) not in (int, float) or not 0 <= seconds <= 60:
        raise malformed("seconds")
    end = time.monotonic() + seconds
    side.facts()
    known, rows = load_rows(side)
    if known != have or have is None:
        return {"changed": True}
    if side.root_fd is None:
        while not os.path.isdir(side.path):
            if time.monotonic() > end:
                return {"changed": False}
            time.sleep(0.1)
        return {"changed": True}
    watch, skip, begun = Watch(side.request.get("poll") is True), frozenset(prune) | {STATE}, time.monotonic()
    try:
        here = os.fstat(side.root_fd)
        scan_tree(side.root_fd, rows, prune, strict=True, watch=watch.add)
        while watch.fd >= 0:
            left = end - time.monotonic()
            if watch.happened(left, skip):
                quiet = time.monotonic() + 0.15
                while time.monotonic() < quiet and watch.happened(0.025, ()):
                    pass  # the rest of the same edit
                return {"changed": True}
            if left <= 0:
                return {"changed": False}
        while True:
            pause = min(max(0.1, 10 * (time.monotonic() - begun)), end - time.monotonic())
            if pause <= 0:
                return {"changed": False}
            time.sleep(pause)
            begun, there = time.monotonic(), os.stat(side.path)
            if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
                return {"changed": True}
            scan_tree(side.root_fd, rows, prune, strict=True)
    except (Different, OSError):
        return {"changed": True}


# ---- one request


def request_of(words):
    import binascii
    import zlib

    text = words[0] if len(words) == 1 else ""
    try:
        if text.startswith("@"):
            with open(text[1:], "rb") as file:
                data = file.read(1 << 28)
            os.unlink(text[1:])
        else:
            data = binascii.a2b_base64(text.lstrip("z") if text[:1] == "z" else text)
        if data[:1] != b"{":
            data = zlib.decompressobj().decompress(data, 1 << 28)
        request = from_json(data.decode())
    except FileNotFoundError:
        raise Refused("not-found", "The request is not there (any more): it must be sent again.") from None
    except (ValueError, zlib.error):
        raise malformed("it cannot be read") from None
    if type(request) is not dict or type(request.get("op")) is not str:
        raise malformed("op")
    return request


def perform(request):
    """(answer, side) of a request."""
    side = None
    operation = globals().get("op_" + request["op"])
    if operation is None:
        raise malformed("op")
    side = Side(request)
    answer = operation(side)
    if side.state is not None:
        answer.update(state=side.state, marker=side.marker(), exists=side.root_fd is not None)
        answer["python"] = "%d.%d.%d" % sys.version_info[:3]
        sweep(side)
        hook()
    return answer, side


def line_of(answer, side):
    import binascii
    import zlib

    data = zlib.compress(to_json(answer), 6)
    if len(data) * 4 // 3 > INLINE and side is not None and side.state is not None:
        out, name = side.inner("out"), "answer-" + os.urandom(8).hex()
        write_name(out, name, data)
        digest = sha256()
        digest.update(data)
        return line_of({"at": os.path.join(side.state, "out", name), "bytes": len(data), "sha256": digest.hexdigest()}, None)
    return b"\nSYNCKIT 1 " + binascii.b2a_base64(data)


def main(words):
    if sys.getfilesystemencoding() != "utf-8" and not sys.flags.utf8_mode:
        if sys.executable:  # names are UTF-8, whatever this system's settings are
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-B", "-X", "utf8", os.path.abspath(__file__)] + words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_stop)
    side, code = None, 1
    try:
        answer, side = perform(request_of(words))
        line, code = line_of(dict({"ok": True}, **answer), side), 0
    except Refused as refusal:
        line = failure(refusal.code, refusal.message, refusal.path)
    except Stop:
        line, code = failure("cancelled", "It was stopped."), 130
    except MemoryError:
        line = failure("out-of-memory", "The sandbox has not enough memory for that.")
    except OSError as error:
        if error.errno in FULL:
            refusal = no_space()
            line = failure(refusal.code, refusal.message)
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            line = failure("forbidden", "The sandbox's system does not allow it: %s." % error.strerror)
        else:
            line = failure("internal", "The sandbox's system reported: %s." % error.strerror)
    except Exception as error:
        line = failure("internal", "The sync's helper failed: %s: %s" % (type(error).__name__, error))
    try:
        write_all(1, line)
    except OSError:
        code = 1
    os._exit(code)


def failure(code, message, path=None):
    answer = {"ok": False, "code": code, "message": message}
    if path is not None:
        answer["path"] = path
    return line_of(answer, None)


main(sys.argv[1:])
