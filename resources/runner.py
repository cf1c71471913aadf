"""SpecBoard's runner: one agent in every sandbox that has no code interpreter of its own.

A supervisor (no user code, one thread) that owns the protocol, and a worker process that runs Python cells and keeps their
variables. Shell commands run beside it. Spoken to in JSON lines over standard input and output, whatever carries them:
child pipes, a Docker exec, a raw PTY. Standard library only, Python 3.8 or newer.

    python3 -u runner.py ['{"limits": {"memoryBytes": 0, "processes": 0, "fileBytes": 0, "cpuSeconds": 0}}']

To the runner: one JSON object a line, `op` says what (see Supervisor.op_*). From the runner: RS (0x1E), one JSON object, LF.
Output is sent only within the credit that the client granted (`credit`), so a slow reader stops the producer and nothing is
dropped. End of input, a hang-up or an error on either stream ends everything that was started. The protocol is described in
README.md beside this file.
"""
import errno
import json
import os
import sys
import time
import _signal as signal  # the C module: importing `signal` would cost an import of `enum` at every start

PROTOCOL = 1
FRAME = 49152  # bytes of output in one frame
COALESCE = 0.012  # seconds between two frames of one execution, so that many small writes become few frames
TYPING = 0.003  # the same where somebody types
WINDOW = 1 << 20  # bytes of output an execution may send before the client grants more
CANCEL_ALLOWANCE = 256 << 10  # bytes that a cancelled execution may still send without being granted them
BACKLOG = 1 << 20  # bytes waiting for the client above which nothing more is read from the processes
MAX_VALUE = 5 << 20  # bytes of one MIME value
MAX_BUNDLE = 7 << 20  # bytes of all MIME values of one object: the client refuses lines over 8 MiB
MAX_LINE = 128 << 20  # bytes of one line from the client
MAX_STDIN = 16 << 20  # bytes waiting to be read by one command
IGNORED = ("SIGINT", "SIGPIPE", "SIGXFSZ")  # here, by us or by Python; a program expects to inherit none of it
MARKER = "SPECBOARD_EXECUTION"  # environment variable that says to which execution a process belongs
WINDOWS = os.name == "nt"
LINUX = sys.platform.startswith("linux")

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)


def dumps(value):
    """JSON as bytes. NaN, infinities, cycles and odd keys are replaced; lone surrogates become JSON escapes."""
    try:
        text = _encoder.encode(value)
    except (ValueError, TypeError, RecursionError):
        text = _encoder.encode(scrub(value))
    return text.encode("utf-8", "backslashreplace")


def scrub(value, depth=0):
    """A copy of `value` that JSON can hold."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if depth > 50:
        return "..."
    if isinstance(value, dict):
        return {str(k): scrub(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrub(v, depth + 1) for v in value]
    return str(value)


def write_all(fd, data):
    """Writes everything to a blocking descriptor; a signal in the middle loses nothing."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def set_limits(limits):
    """Applies the limits of this runner to the calling process. What the system refuses is left as it is."""
    if WINDOWS:
        return
    import resource

    def limit(name, value):
        which = getattr(resource, name, None)
        if which is None or value is None:
            return
        try:
            hard = resource.getrlimit(which)[1]
            value = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
            resource.setrlimit(which, (value, value))
        except (ValueError, OSError):
            pass

    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_DATA", limits.get("memoryBytes") or None)
    limit("RLIMIT_NPROC", limits.get("processes") or None)
    limit("RLIMIT_FSIZE", limits.get("fileBytes") or None)
    limit("RLIMIT_CPU", limits.get("cpuSeconds") or None)


def close_others(*keep):
    """Closes every descriptor but the first three and these: a command's pipes must not stay open in the worker."""
    start = 3
    for fd in sorted(keep):
        os.closerange(start, fd)
        start = fd + 1
    os.closerange(start, max(4096, start))


def default_signals(*names):
    """What a program expects to inherit; the supervisor's own settings are not for others."""
    if WINDOWS:
        return
    signal.set_wakeup_fd(-1)
    for name in names:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_DFL)


def prctl(option, value):
    """Linux prctl; False where there is none."""
    try:
        import ctypes

        return ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0
    except Exception:
        return False


# ================================================================ the worker: runs cells, keeps variables


class StdinNotImplementedError(NotImplementedError):
    """Raised by input() in a cell."""


StdinNotImplementedError.__module__ = "builtins"


def refuse_input(prompt="", *_args, **_kwargs):
    """Stands in for input() and getpass(): a cell has no keyboard."""
    raise StdinNotImplementedError(
        "input() is not available here: cells run without a keyboard. Assign the value in the code instead."
    )


BINARY = ("image/png", "image/jpeg", "image/gif", "application/pdf")
REPR_METHODS = (
    ("text/html", "_repr_html_"),
    ("text/markdown", "_repr_markdown_"),
    ("image/svg+xml", "_repr_svg_"),
    ("image/png", "_repr_png_"),
    ("image/jpeg", "_repr_jpeg_"),
    ("application/pdf", "_repr_pdf_"),
    ("text/latex", "_repr_latex_"),
    ("application/json", "_repr_json_"),
    ("application/javascript", "_repr_javascript_"),
)
CHILD_EVENTS = frozenset(("subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn"))
TABLE = "application/vnd.specboard.table+json"


class Layout:
    """Containers as IPython lays them out: on one line where they fit, else one element a line, as far in as what is open."""

    WIDTH = 79
    MOST = 1000  # elements; more are three dots

    def __init__(self, plain):
        self.plain = plain
        self.known = {}

    def leaf(self, value):
        if id(value) not in self.known:
            self.known[id(value)] = self.plain(value)
        return self.known[id(value)]

    def shape(self, value):
        """How it opens, its rows (one part, or key and value), how it closes; None for what is no container."""
        kind = type(value)
        if kind is dict:
            return "{", value.items(), "}"
        if kind is list:
            return "[", zip(value), "]"
        if kind is tuple:
            return "(", zip(value), ",)" if len(value) == 1 else ")"
        if kind not in (set, frozenset):
            return None
        if not value:
            return repr(value), (), ""
        items = value
        if len(value) <= self.MOST:
            for order in (None, str):
                try:
                    items = sorted(value, key=order)
                    break
                except Exception:
                    pass
        return ("{", zip(items), "}") if kind is set else ("frozenset({", zip(items), "})")

    def lay(self, value, indent, column, tail, outer):
        """Its text from `column` on, where `tail` characters follow on the last line and further lines start at `indent`."""
        flat = self.flat(value, self.WIDTH - column - tail, outer)
        if flat is not None:
            return flat
        shape = self.shape(value)
        if shape is None:
            return self.leaf(value).replace("\n", "\n" + " " * indent)
        opener, rows, closer = shape
        if id(value) in outer:
            return opener + "..." + closer.lstrip(",")
        outer += (id(value),)
        indent += len(opener)
        column += len(opener)
        lines = []
        for number, row in enumerate(rows):
            if number:
                column = indent
            if number == self.MOST:
                lines.append("...")
                break
            line = ""
            for part in row[:-1]:
                line = self.lay(part, indent, column, 2, outer) + ": "
                column = len(line) - line.rindex("\n") - 1 if "\n" in line else column + len(line)
            follows = 1 if number < len(value) - 1 else len(closer) + tail
            lines.append(line + self.lay(row[-1], indent, column, follows, outer))
        return opener + (",\n" + " " * indent).join(lines) + closer

    def flat(self, value, room, outer):
        """All of it on one line; None where there is no room for that."""
        shape = self.shape(value)
        if shape is None:
            text = self.leaf(value)
            return text if len(text) <= room and "\n" not in text else None
        opener, rows, closer = shape
        if id(value) in outer:
            return opener + "..." + closer.lstrip(",")
        outer += (id(value),)
        room -= len(opener) + len(closer)
        texts = []
        for number, row in enumerate(rows):
            if number == self.MOST:
                return None  # so many are longer than a line
            parts = []
            for part in row:
                text = self.flat(part, room, outer)
                if text is None or len(text) > room:
                    return None
                room -= len(text) + 2
                parts.append(text)
            texts.append(": ".join(parts))
        return opener + ", ".join(texts) + closer


def as_data(value):
    """A list or dict as JSON, as E2B makes it: NaN is null, keys are texts. Raises TypeError where something is no data."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if -(1 << 63) <= value < 1 << 64:
            return value
        raise TypeError("too large")
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, (list, tuple)):
        return [as_data(item) for item in value]
    if isinstance(value, dict):
        return {data_key(key): as_data(item) for key, item in value.items()}
    dates = sys.modules.get("datetime")
    if dates is not None and isinstance(value, (dates.date, dates.time)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def data_key(key):
    if isinstance(key, str):
        return key
    if isinstance(key, (list, tuple, dict)):
        raise TypeError(type(key).__name__)
    plain = as_data(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


class Worker:
    """Runs cells one after the other, in a process of its own."""

    def __init__(self, down, up, ack):
        import _thread
        import builtins
        import io
        import types

        self.down, self.up, self.ack_fd = down, up, ack
        self.pid = os.getpid()
        self.get_ident = _thread.get_ident
        self.main_thread = _thread.get_ident()
        self.running = False  # a SIGINT counts only while a cell runs
        self.shield = 0  # > 0: in the middle of a protocol message, an interrupt must wait
        self.interrupted = False  # it waits
        self.sender = None  # thread in the middle of a protocol message
        self.deferred = []
        self.send_lock, self.sync_lock = _thread.RLock(), _thread.RLock()
        self.asked = self.acked = 0
        self.last_stream = 0  # who may have written since the supervisor last read all: 0 nobody, 1 or 2, None anybody
        self.id = None
        self.count = 0
        self.loop = None
        self.pending = b""

        main = types.ModuleType("__main__")
        main.__dict__["__builtins__"] = builtins
        self.old_main = sys.modules.get("__main__")  # kept alive: our own code lives in it
        sys.modules["__main__"] = main
        self.names = main.__dict__
        sys.argv = [""]
        if sys.path and not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
            sys.path[0] = ""
        sys.stdin = open(os.devnull)
        sys.stdout = self.stream(io, 1, "<stdout>")
        sys.stderr = self.stream(io, 2, "<stderr>")
        sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin
        builtins.input = refuse_input
        builtins.display = self.display
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forked)
        sys.addaudithook(self.audit)
        self.finder = Hooks(self)
        sys.meta_path.insert(0, self.finder)

    # ---- talking to the supervisor

    def stream(self, io, fd, name):
        worker = self

        class Stream(io.FileIO):
            """Unbuffered; before the other stream is used, this one's bytes are fetched, so that the order is kept."""

            def write(self, data):
                if worker.last_stream != fd and os.getpid() == worker.pid:
                    if worker.last_stream != 0:
                        worker.sync()
                    worker.last_stream = fd
                view = memoryview(data).cast("B")
                total = len(view)
                while view:
                    view = view[os.write(fd, view):]
                return total

        raw = Stream(fd, "w", closefd=False)
        raw.name = name
        return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)

    def send(self, message):
        """Sends one message; atomic against threads, signals and forks."""
        if os.getpid() != self.pid:
            return
        data = dumps(message) + b"\n"
        me = self.get_ident()
        if self.sender == me:  # a signal handler that displays something in the middle of a message
            self.deferred.append(data)
            return
        main = me == self.main_thread
        if main:
            self.shield += 1
        try:
            with self.send_lock:
                self.sender = me
                try:
                    write_all(self.up, data)
                    while self.deferred:
                        write_all(self.up, self.deferred.pop(0))
                finally:
                    self.sender = None
        finally:
            if main:
                self.shield -= 1
        if main and self.interrupted and not self.shield:
            self.interrupted = False
            if self.running:
                raise KeyboardInterrupt

    def sync(self):
        """Waits until the supervisor has read everything written to stdout and stderr so far."""
        if os.getpid() != self.pid or self.sender == self.get_ident():
            return
        with self.sync_lock:
            self.asked += 1
            mine = self.asked
            self.send({"ev": "sync", "n": mine})
            while self.acked < mine:
                data = os.read(self.ack_fd, 8)
                if not data:
                    os._exit(1)
                self.acked = int.from_bytes(data, "little")

    def audit(self, event, _args):
        """Before a child process is started: what was written until now comes first, what it writes comes before the rest."""
        if event in CHILD_EVENTS and os.getpid() == self.pid:
            if self.last_stream != 0:
                self.sync()
            self.last_stream = None

    def forked(self):
        """In a forked child of the user's: the protocol is not its business."""
        for fd in (self.down, self.up, self.ack_fd):
            try:
                os.close(fd)
            except OSError:
                pass

    def on_sigint(self, _number, _frame):
        if os.getpid() != self.pid:
            raise KeyboardInterrupt
        if not self.running:
            return
        if self.shield:
            self.interrupted = True
        else:
            raise KeyboardInterrupt

    # ---- rich values

    def plain(self, value):
        """text/plain the way IPython writes it: long containers one element a line, short default names."""
        kind = type(value)
        try:
            if kind in (list, dict, tuple, set, frozenset):
                return Layout(self.plain).lay(value, 0, 0, 0, ())
            if isinstance(value, type) and type(value).__repr__ is type.__repr__:
                module = getattr(value, "__module__", None)
                return value.__qualname__ if module in (None, "builtins") else module + "." + value.__qualname__
            if kind is type(refuse_input) or kind is type(len):
                import inspect

                name = value.__qualname__
                if value.__module__ and value.__module__ != "builtins":
                    name = value.__module__ + "." + name
                try:
                    name += str(inspect.signature(value))
                except (ValueError, TypeError):
                    pass
                return "<function " + name + ">"
            if kind.__repr__ is object.__repr__:
                return "<%s at 0x%x>" % (self.plain(kind), id(value))
            return repr(value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return "<%s object; its repr() raised %s: %s>" % (kind.__name__, type(error).__name__, message_of(error))

    def bundle(self, value):
        """All MIME representations of a value; a representation that fails is left out."""
        data = {}
        if not isinstance(value, type):
            method = getattr(value, "_repr_mimebundle_", None)
            if callable(method):
                try:
                    found = method(include=None, exclude=None)
                    found = found[0] if isinstance(found, tuple) else found
                    if isinstance(found, dict):
                        data.update(found)
                except KeyboardInterrupt:
                    raise
                except Exception:
                    pass
            for mime, name in REPR_METHODS:
                method = None if mime in data else getattr(value, name, None)
                if callable(method):
                    try:
                        found = method()
                    except KeyboardInterrupt:
                        raise
                    except Exception:
                        continue
                    if isinstance(found, tuple):
                        found = found[0]
                    if found is not None:
                        data[mime] = found
            try:
                self.library_value(value, data)
            except KeyboardInterrupt:
                raise
            except Exception:
                pass
        if "text/plain" not in data:
            data["text/plain"] = self.plain(value)
        return data

    def library_value(self, value, data):
        """Representations that a library does not give by itself."""
        figure = sys.modules.get("matplotlib.figure")
        if figure is not None and isinstance(value, figure.Figure) and "image/png" not in data:
            data["image/png"] = figure_png(value)
        pillow = sys.modules.get("PIL.Image")
        if pillow is not None and isinstance(value, pillow.Image) and "image/png" not in data:
            import io

            target = io.BytesIO()
            value.save(target, "PNG")
            data["image/png"] = target.getvalue()
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(value, pandas.DataFrame) and value.size <= 500000:
            columns = value.to_dict(orient="list")
            data[TABLE] = {
                str(key): [
                    None if cell is pandas.NaT else cell.isoformat() if hasattr(cell, "isoformat") else cell
                    for cell in column
                ]
                for key, column in columns.items()
            }
        if isinstance(value, (list, dict)) and len(value) <= 100000:
            try:
                data.setdefault("application/json", as_data(value))
            except (ValueError, TypeError, RecursionError):
                pass

    def rich(self, role, data):
        """Sends a bundle within its size limits; what was cut is said."""
        import base64

        out, cut, total = {}, {}, 0
        for mime in sorted(data, key=lambda m: m != "text/plain"):  # the text first: it always fits
            value = data[mime]
            if isinstance(value, (bytes, bytearray, memoryview)):
                raw = bytes(value)
                value = base64.b64encode(raw).decode() if mime in BINARY else raw.decode("utf-8", "replace")
            elif isinstance(value, str) and mime in BINARY:
                value = "".join(value.split())
            size = len(dumps(value))
            if mime == "text/plain" and size > MAX_BUNDLE // 4 and isinstance(value, str):
                cut[mime] = size
                keep = MAX_BUNDLE // 4 * len(value) // size
                value = value[:keep] + "\n... (%d more characters)" % (len(value) - keep)
                size = MAX_BUNDLE // 4
            elif size > MAX_VALUE or total + size > MAX_BUNDLE:
                cut[str(mime)] = size
                continue
            total += size
            out[str(mime)] = value
        self.send({"ev": "rich", "id": self.id, "role": role, "data": out, "cut": cut or None, "c": total})

    def display(self, *values, raw=False, **_options):
        """The builtin `display`: shows values in the middle of a cell, in order with what is printed."""
        for value in values:
            data = dict(value) if raw and isinstance(value, dict) else self.bundle(value)
            if os.getpid() != self.pid:
                print(data.get("text/plain", ""))
                continue
            self.rich("display", data)
            self.sync()
            self.last_stream = None

    def show_figures(self):
        """Shows and closes all open matplotlib figures, as a notebook does."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None or not hasattr(pyplot, "get_fignums"):
            return
        try:
            for number in list(pyplot.get_fignums()):
                figure = pyplot.figure(number)
                self.rich("display", {"image/png": figure_png(figure), "text/plain": repr(figure)})
                self.sync()
                self.last_stream = 0
        finally:
            pyplot.close("all")

    # ---- cells

    def evaluate(self, code):
        result = eval(code, self.names)
        if code.co_flags & 0x80:  # a coroutine: the cell awaits at its top level
            import asyncio

            if self.loop is None or self.loop.is_closed():
                self.loop = asyncio.new_event_loop()
                asyncio.set_event_loop(self.loop)
            task = self.loop.create_task(result)
            try:
                return self.loop.run_until_complete(task)
            except BaseException:
                if not task.done():  # interrupted: it must not go on in the next cell
                    task.cancel()
                    try:
                        self.loop.run_until_complete(asyncio.wait([task], timeout=1))
                    except BaseException:
                        pass
                raise
        return result

    def run(self, source, name):
        import _ast

        flags = getattr(_ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000)
        tree = compile(source, name, "exec", _ast.PyCF_ONLY_AST | flags, True)
        last = None
        if tree.body and isinstance(tree.body[-1], _ast.Expr) and not ends_quietly(source):
            last = compile(_ast.Expression(tree.body.pop().value), name, "eval", flags, True)
        if tree.body:
            self.evaluate(compile(tree, name, "exec", flags, True))
        value = self.evaluate(last) if last is not None else None
        if os.getpid() != self.pid:
            return
        if value is not None:
            self.names["_"] = value
            self.rich("result", self.bundle(value))
            self.last_stream = 0
        self.show_figures()

    def cell(self, message):
        import linecache

        self.count += 1
        self.id = message["id"]
        name, source = "<cell %d>" % self.count, message["code"]
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        linecache.cache.pop("<cell %d>" % (self.count - 1000), None)
        env = dict(message.get("env") or {})
        env[MARKER] = message["marker"]
        saved = {key: os.environ.get(key) for key in env}
        os.environ.update(env)
        self.interrupted, self.last_stream = False, 0
        signal.signal(signal.SIGBREAK if WINDOWS else signal.SIGINT, self.on_sigint)
        error = None
        self.send({"ev": "start", "id": self.id, "n": self.count})
        try:
            try:
                self.running = True
                self.run(source, name)
                self.running = False
            except BaseException as caught:
                self.running = False
                if os.getpid() != self.pid:
                    fork_ends(caught)
                error = self.describe(caught, name)
                try:
                    self.show_figures()
                except Exception:
                    pass
        except KeyboardInterrupt:  # a second one, in the few instructions before `running` was cleared
            self.running = False
            error = {"name": "KeyboardInterrupt", "value": "", "traceback": "KeyboardInterrupt"}
        if os.getpid() != self.pid:
            fork_ends(None)
        for key, value in saved.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        self.send({"ev": "done", "id": self.id, "n": self.count, "error": error})
        self.id = None

    def describe(self, error, cell):
        """An exception as name, value and a traceback of the user's and library frames only."""
        import traceback

        line = None
        seen, todo = set(), [error]
        while todo:
            item = todo.pop()
            if item is None or id(item) in seen:
                continue
            seen.add(id(item))
            frames = []
            walk = item.__traceback__
            while walk is not None:
                if walk.tb_frame.f_globals is not globals():
                    frames.append(walk)
                walk = walk.tb_next
            first = next((i for i, f in enumerate(frames) if f.tb_frame.f_code.co_filename.startswith("<cell ")), 0)
            frames = frames[first:]
            for here, after in zip(frames, frames[1:] + [None]):
                here.tb_next = after
            item.__traceback__ = frames[0] if frames else None
            if item is error:
                for frame in frames:
                    if frame.tb_frame.f_code.co_filename == cell:
                        line = frame.tb_lineno
            todo += [item.__cause__, item.__context__]
            todo += getattr(item, "exceptions", None) or []
        try:
            text = "".join(traceback.TracebackException(type(error), error, error.__traceback__).format())
        except KeyboardInterrupt:
            raise
        except BaseException:
            text = type(error).__name__
        if len(text) > 200000:
            text = text[:100000] + "\n...\n" + text[-100000:]
        result = {"name": type(error).__name__, "value": message_of(error)[:65536], "traceback": text.rstrip("\n")}
        if isinstance(error, SyntaxError) and error.filename == cell:
            line = error.lineno
        if line is not None:
            result["line"] = line
        if isinstance(error, ModuleNotFoundError) and error.name:
            result["module"] = error.name.split(".")[0]
        return result

    # ---- questions about code

    def find_missing(self, source):
        """Top-level imports that cannot be found: [{name, conditional}]."""
        import ast
        import importlib
        import importlib.util

        found = {}

        def note(name, conditional):
            top = name.split(".")[0]
            found[top] = found.get(top, True) and conditional

        def walk(node, conditional):
            for child in ast.iter_child_nodes(node):
                inner = conditional or isinstance(
                    child, (ast.Try, ast.If, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
                )
                if isinstance(child, ast.Import):
                    for alias in child.names:
                        note(alias.name, inner)
                elif isinstance(child, ast.ImportFrom):
                    if child.level == 0 and child.module:
                        note(child.module, inner)
                elif isinstance(child, ast.Call) and child.args:
                    called, first = child.func, child.args[0]
                    dynamic = isinstance(called, ast.Name) and called.id in ("__import__", "import_module")
                    dynamic = dynamic or isinstance(called, ast.Attribute) and called.attr == "import_module"
                    if dynamic and isinstance(first, ast.Constant) and isinstance(first.value, str):
                        if not first.value.startswith("."):
                            note(first.value, inner)
                walk(child, inner)

        flags = ast.PyCF_ONLY_AST | getattr(ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0)
        try:
            walk(compile(source, "<cell>", "exec", flags, True), False)
        except (SyntaxError, ValueError, RecursionError):
            return []
        importlib.invalidate_caches()
        known = set(sys.builtin_module_names) | set(getattr(sys, "stdlib_module_names", ()))
        missing = []
        for name, conditional in found.items():
            if name and name not in known and name not in sys.modules:
                try:
                    if importlib.util.find_spec(name) is None:
                        missing.append({"name": name, "conditional": conditional})
                except (ValueError, ImportError):
                    pass
        # Looking has made finders remember what is not there, also folders that an install is about to make.
        importlib.invalidate_caches()
        return missing

    def complete(self, text):
        """Completions for the name or attribute at the end of `text`."""
        import re
        import rlcompleter

        stem = re.search(r"[\w.]*$", text).group()
        completer, matches = rlcompleter.Completer(self.names), []
        if stem:
            for index in range(200):
                match = completer.complete(stem, index)
                if match is None:
                    break
                if match not in matches:
                    matches.append(match)
        return {"stem": stem, "matches": matches}

    def answer(self, message):
        op = message["op"]
        try:
            if op == "find_missing":
                value = self.find_missing(message["code"])
            else:
                value = self.complete(message["code"])
            self.send({"ev": "answer", "req": message["req"], "value": value})
        except BaseException as error:
            if os.getpid() != self.pid:
                os._exit(1)
            self.send({"ev": "answer", "req": message["req"], "error": message_of(error)})

    def serve(self):
        """Reads requests until the supervisor is gone."""
        while True:
            try:
                while b"\n" not in self.pending:
                    data = os.read(self.down, 1 << 20)
                    if not data:
                        os._exit(0)
                    self.pending += data
                line, self.pending = self.pending.split(b"\n", 1)
                message = json.loads(line)
                if message["op"] == "run":
                    self.cell(message)
                else:
                    self.answer(message)
            except KeyboardInterrupt:
                continue


class Hooks:
    """Import hooks: our matplotlib backend, and a few libraries that ask for a keyboard or show things themselves."""

    def __init__(self, worker):
        self.worker = worker
        self.after = {
            "getpass": self.getpass,
            "matplotlib": self.matplotlib,
            "IPython.core.display_functions": self.ipython,
        }

    def find_spec(self, name, path=None, target=None):
        if name == "_specboard_mpl":
            from importlib.machinery import ModuleSpec

            return ModuleSpec(name, Backend(self.worker))
        patch = self.after.pop(name, None)
        if patch is None:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                patch(module)

            spec.loader.exec_module = exec_module
        return spec

    def getpass(self, module):
        module.getpass = refuse_input

    def matplotlib(self, module):
        # not by MPLBACKEND: a script that the cell starts would inherit it, and has no such backend
        if "MPLBACKEND" not in os.environ:
            module.rcParams["backend"] = "module://_specboard_mpl"

    def ipython(self, module):
        module.display = self.worker.display


class Backend:
    """Loader of the matplotlib backend: Agg, with show() giving PNG. Nothing of matplotlib is imported before it is used."""

    def __init__(self, worker):
        self.worker = worker

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        from matplotlib.backend_bases import FigureManagerBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        worker = self.worker

        class FigureCanvas(FigureCanvasAgg):
            pass

        module.FigureCanvas = FigureCanvas
        module.FigureManager = FigureManagerBase
        module.show = lambda *_args, **_kwargs: worker.show_figures()


def figure_png(figure):
    """A matplotlib figure as PNG bytes."""
    import io

    target = io.BytesIO()
    figure.savefig(target, format="png", bbox_inches="tight")
    return target.getvalue()


def message_of(error):
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(no message: its __str__ failed)"


def ends_quietly(source):
    """True where the last statement ends with a semicolon: its value is not shown."""
    tail = source.rstrip()
    last = tail.rsplit("\n", 1)[-1]
    if ";" not in last:
        return False
    if "#" not in last:
        return tail.endswith(";")
    import io
    import tokenize

    try:
        kinds = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT)
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in kinds]
        return bool(tokens) and tokens[-1].string == ";"
    except (tokenize.TokenError, SyntaxError):
        return False


def fork_ends(error):
    """The end of a process that the user's code forked and let fall through the end of its cell."""
    code = 0
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    elif error is not None:
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__)
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code & 0xFF)


def worker_main(down, up, ack, limits):
    """Entry of the worker process; never returns."""
    import faulthandler

    default_signals("SIGCHLD", "SIGTERM", "SIGHUP")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if WINDOWS:
        signal.signal(signal.SIGBREAK, signal.SIG_IGN)
    faulthandler.enable(file=2, all_threads=False)
    if LINUX:
        prctl(1, 9)  # PR_SET_PDEATHSIG: the worker does not outlive a supervisor that was killed
    set_limits(limits)
    Worker(down, up, ack).serve()


# ================================================================ the supervisor: owns the protocol, runs no user code


class Run:
    """One execution as the supervisor sees it: its credit, its output that is not yet sent, and how it is being ended."""

    def __init__(self, supervisor, ident, kind, window):
        self.supervisor, self.id, self.kind = supervisor, ident, kind
        self.credit = window
        self.began = time.monotonic()
        self.ticks = boot_ticks()
        self.marker = ""
        self.chunks = []  # [[stream, bytearray]] in the order in which it was read
        self.size = 0
        self.flush_at = None
        self.flushed = 0.0
        self.coalesce = COALESCE
        self.kill_at = None
        self.look_at = None  # when something else of it must be looked at
        self.cancelled = None  # None, 'interrupted' or 'killed'

    def take(self, stream, data):
        self.credit -= len(data)
        self.size += len(data)
        if self.chunks and self.chunks[-1][0] == stream:
            self.chunks[-1][1] += data
        else:
            self.chunks.append([stream, bytearray(data)])
        now = time.monotonic()
        if self.size >= FRAME or now - self.flushed >= self.coalesce:
            self.flush(False)
        elif self.flush_at is None:
            self.flush_at = self.flushed + self.coalesce

    def flush(self, final):
        """Sends what was read. A character that is not complete yet waits a moment, unless this is the end."""
        chunks, self.chunks, self.size, self.flush_at = self.chunks, [], 0, None
        self.flushed = time.monotonic()
        for index, (stream, data) in enumerate(chunks):
            rest = self.frames(stream, bytes(data), final or index + 1 < len(chunks))
            if rest:
                self.chunks = [[stream, bytearray(rest)]]
                self.size, self.flush_at = len(rest), self.flushed + COALESCE

    def frames(self, stream, data, final):
        at = 0
        while at < len(data):
            part = data[at : at + FRAME]
            try:
                text = part.decode()
            except UnicodeDecodeError as error:
                text = None
                if error.start and error.reason == "unexpected end of data" and error.end == len(part):
                    if at + len(part) == len(data) and not final:
                        data = data[: at + error.start]
                        rest = part[error.start :]
                        self.frames(stream, data[at:], True)
                        return rest
                    part = part[: error.start]
                    text = part.decode()
            at += len(part)
            head = {"ev": "out", "id": self.id, "s": stream, "c": len(part)}
            if text is None:
                head["b64"] = b64(part)
            else:
                head["text"] = text
            self.supervisor.emit(head)
        return b""


def b64(data):
    import binascii

    return binascii.b2a_base64(data, newline=False).decode()


def boot_ticks():
    """Now, in the unit in which process_table says when a process began, less what its rounding may hide."""
    if not LINUX:
        return int(time.monotonic() * 100) - 100
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")) - 1


class Streams:
    """stdout and stderr of one process, read within the credit of the execution that owns the output now."""

    def __init__(self, owner, out, err=None):
        self.owner = owner
        self.fds = {"stdout": out} if err is None else {"stdout": out, "stderr": err}
        self.read_bytes = {"stdout": 0, "stderr": 0}

    def wanted(self):
        return list(self.fds.items()) if self.owner.credit > 0 else ()

    def read(self, name):
        """Reads once; False where nothing was there. At the end of the stream its descriptor is closed."""
        fd, room = self.fds.get(name), self.owner.credit
        if fd is None or room <= 0:
            return False
        try:
            data = read_some(fd, min(65536, room))
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            os.close(self.fds.pop(name))
            return False
        self.read_bytes[name] += len(data)
        self.owner.take(name, data)
        return True

    def mark(self):
        """How much must be read until everything that is in the pipes now is."""
        return {name: self.read_bytes[name] + available(fd) for name, fd in self.fds.items()}

    def reached(self, mark):
        """Reads up to the mark; False where the credit does not suffice yet."""
        for name, target in mark.items():
            while name in self.fds and self.read_bytes[name] < target:
                if not self.read(name):
                    if name in self.fds and self.owner.credit <= 0:
                        return False
                    break
        return True

    def close(self):
        for fd in self.fds.values():
            os.close(fd)
        self.fds = {}


class Outgoing:
    """Writes to a descriptor without ever waiting for its reader."""

    def __init__(self, fd):
        self.fd, self.chunks, self.size = fd, [], 0
        self.on_empty = []
        set_nonblocking(fd)

    def write(self, data):
        self.chunks.append(data)
        self.size += len(data)
        if len(self.chunks) == 1:
            self.pump()

    def pump(self):
        """Writes what the reader takes now. OSError where there is no reader any more."""
        while self.chunks:
            try:
                written = os.write(self.fd, self.chunks[0])
            except BlockingIOError:
                return
            self.size -= written
            if written == len(self.chunks[0]):
                self.chunks.pop(0)
            else:
                self.chunks[0] = memoryview(self.chunks[0])[written:]
        done, self.on_empty = self.on_empty, []
        for call in done:
            call()


class ThreadOutgoing:
    """The same where descriptors cannot be made non-blocking (Windows): a thread writes."""

    def __init__(self, fd):
        import queue
        import threading

        self.fd, self.size, self.on_empty, self.chunks, self.broken = fd, 0, [], [], False
        self.queue = queue.SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            data = self.queue.get()
            try:
                if not self.broken:
                    write_all(self.fd, data)
            except OSError:
                self.broken = True
            self.size -= len(data)

    def write(self, data):
        self.size += len(data)
        self.queue.put(data)

    def pump(self):
        if self.broken:
            raise OSError(errno.EPIPE, "broken pipe")
        if self.size <= 0 and self.on_empty:
            done, self.on_empty = self.on_empty, []
            for call in done:
                call()


# ---- what differs between systems: waiting for descriptors, and how much is in them

if WINDOWS:

    def set_nonblocking(_fd):
        pass

    def available(fd):
        """Bytes that can be read at once; OSError at the end."""
        import _winapi
        import msvcrt

        return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(fd), 0)[0]

    def read_some(fd, size):
        try:
            there = available(fd)
        except OSError:
            return b""
        if not there:
            raise BlockingIOError
        return os.read(fd, min(size, there))

    def has_input(fd):
        try:
            return available(fd) > 0
        except OSError:
            return True

else:

    def set_nonblocking(fd):
        os.set_blocking(fd, False)

    def available(fd):
        import fcntl
        import termios

        return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)

    read_some = os.read

    def has_input(fd):
        import select

        return bool(select.select([fd], [], [], 0)[0])


DEATH = {"ev": "death"}  # the supervisor's own message: the worker has ended
WORKER_EVENTS = ("start", "rich", "done", "sync", "answer")


class Kernel:
    """The worker process and the pipes to it."""

    def __init__(self, pid, process, down, up, ack, streams, number):
        self.pid, self.process, self.up, self.ack, self.streams = pid, process, up, ack, streams
        self.down = (ThreadOutgoing if WINDOWS else Outgoing)(down)
        self.number = number
        self.buffer = b""
        self.messages = []  # [(mark, message)] that wait until the output before them is read
        self.current = None
        self.status = None  # how it ended
        self.why = None  # 'killed' where we ended it


class Command:
    """One shell command or program."""

    def __init__(self, run, pid, process, streams, stdin):
        self.run, self.pid, self.process, self.streams = run, pid, process, streams
        self.stdin = stdin
        self.status = None
        self.mark = None
        self.terminal = False


class Supervisor:
    """Reads requests, runs the worker and the commands, sends their output within the client's credit."""

    def __init__(self, options, source, text=None):
        self.limits = options.get("limits") or {}
        self.portable = WINDOWS or bool(options.get("portable"))
        self.source, self.text = source, text
        self.adopt = options.get("adopt", True)
        self.home = os.getcwd()
        self.out = (ThreadOutgoing if WINDOWS else Outgoing)(1)
        self.input = bytearray()
        self.scanned = 0
        self.seq = 0
        self.closing = False
        self.cells = []  # requests that wait for the worker
        self.commands = {}
        self.lingering = []  # streams of ended processes that others still hold open
        self.background = Run(self, "", "background", WINDOW)
        self.background.credit = WINDOW
        self.kernels = 0
        self.sample = self.percent = None
        self.token = "%d.%d" % (os.getpid(), time.time_ns())  # begins every marker of this runner
        self.subreaper = False
        self.no_cores = False
        self.pulse = 0.0005
        self.wake = -1
        set_nonblocking(0)
        if not self.portable:
            self.wake, wake_write = os.pipe()
            set_nonblocking(self.wake)
            set_nonblocking(wake_write)
            signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
            signal.signal(signal.SIGCHLD, lambda *_: None)
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self.on_signal)
        self.kernel = None
        self.start_kernel()

    def on_signal(self, *_):
        self.closing = True

    # ---- frames to the client

    def emit(self, message):
        self.seq += 1
        message["q"] = self.seq
        self.write(b"\x1e" + dumps(message) + b"\n")

    def write(self, data):
        try:
            self.out.write(data)
        except OSError:
            self.closing = True

    def reply(self, message, **values):
        if "req" in message:
            values.update(ev="reply", req=message["req"])
            self.emit(values)

    def done(self, run, status, **values):
        run.flush(True)
        ms = round((time.monotonic() - run.began) * 1000, 3)
        values.update(ev="done", id=run.id, status=status, cancelled=run.cancelled, ms=ms)
        self.emit({key: value for key, value in values.items() if value is not None})

    # ---- the worker

    def start_kernel(self):
        self.kernels += 1
        down, up, ack = os.pipe(), os.pipe(), os.pipe()
        out, err = os.pipe(), os.pipe()
        process = None
        if self.portable:
            process = self.start_portable(down, up, ack, out, err)
            pid = process.pid
        else:
            pid = os.fork()
            if pid == 0:
                try:
                    os.setsid()
                    null = os.open(os.devnull, os.O_RDONLY)
                    os.dup2(null, 0)
                    os.dup2(out[1], 1)
                    os.dup2(err[1], 2)
                    close_others(down[0], up[1], ack[0])
                    os.chdir(self.home)
                    worker_main(down[0], up[1], ack[0], self.limits)
                finally:
                    os._exit(1)
        for fd in (down[0], up[1], ack[0], out[1], err[1]):
            os.close(fd)
        for fd in (up[0], out[0], err[0]):
            set_nonblocking(fd)
        streams = Streams(self.background, out[0], err[0])
        self.kernel = Kernel(pid, process, down[1], up[0], ack[1], streams, self.kernels)

    def start_portable(self, down, up, ack, out, err):
        """Without fork: the worker is this file once more, or its text where there is no file."""
        import subprocess

        fds = (down[0], up[1], ack[0])
        extra = {}
        program, text = [self.source], None
        if not self.source:
            text = os.pipe()
            program = ["-c", "import os; exec(compile(os.fdopen(%d).read(), '<runner>', 'exec'))" % text[0]]
        if WINDOWS:
            import msvcrt

            numbers = [msvcrt.get_osfhandle(fd) for fd in fds]
            for number in numbers:
                os.set_handle_inheritable(number, True)
            info = subprocess.STARTUPINFO()
            info.lpAttributeList = {"handle_list": numbers}
            extra = {"startupinfo": info, "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        else:
            numbers = list(fds)
            extra = {"pass_fds": fds + text[:1] if text else fds, "start_new_session": True}
        words = [sys.executable, "-u", *program, "--worker", json.dumps([numbers, self.limits])]
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out[1], stderr=err[1], cwd=self.home, close_fds=True, **extra
        )
        if text:
            os.close(text[0])
            write_all(text[1], self.text.encode())
            os.close(text[1])
        return process

    def tell(self, message):
        try:
            self.kernel.down.write(dumps(message) + b"\n")
        except OSError:
            pass  # it died: noticed elsewhere

    def next_cell(self):
        """Starts the next waiting request where the worker is free."""
        kernel = self.kernel
        busy = kernel.current is not None or kernel.status is not None
        # A worker that was told to go (`why`) takes nothing any more; its successor does.
        if not self.cells or busy or kernel.why is not None or self.closing:
            return
        message = self.cells.pop(0)
        if message["op"] != "run":
            run = Run(self, None, "answer", 0)
            kernel.current = run
            run.message = message
            self.tell({"op": message["op"], "req": message.get("req"), "code": message["code"]})
            return
        kernel.streams.reached(kernel.streams.mark())  # late output of what ran before is not this cell's
        self.background.flush(True)
        run = message["run"]
        run.began, run.ticks = time.monotonic(), boot_ticks()
        run.marker = "%s:k%d:%s" % (self.token, kernel.number, run.id)
        kernel.current = kernel.streams.owner = run
        self.tell({"op": "run", "id": run.id, "code": message["code"], "env": message.get("env"), "marker": run.marker})

    def read_kernel(self):
        kernel = self.kernel
        try:
            data = read_some(kernel.up, 1 << 20)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            os.close(kernel.up)
            kernel.up = -1
            if kernel.status is None:
                self.kill_pid(kernel.pid)  # it closed its side: nothing more can come of it
            return False
        kernel.buffer += data
        if b"\n" in data:
            lines = kernel.buffer.split(b"\n")
            kernel.buffer = lines.pop()
            for line in lines:
                try:
                    message = json.loads(line)
                    known = message["ev"] in WORKER_EVENTS
                except (ValueError, TypeError, KeyError, RecursionError):
                    known = False
                if known:  # anything else was written by the user's code into our pipe
                    kernel.messages.append((kernel.streams.mark(), message))
        self.pump_kernel()
        return True

    def pump_kernel(self):
        """Handles the worker's messages, each after the output that was written before it."""
        kernel = self.kernel
        while kernel.messages:
            mark, message = kernel.messages[0]
            if not kernel.streams.reached(mark):
                return
            run = kernel.current
            if message["ev"] == "rich" and run is not None and run.credit <= 0:
                return
            kernel.messages.pop(0)
            if message is DEATH:
                return self.kernel_ended()
            try:
                self.from_worker(kernel, run, message)
            except (KeyError, TypeError, ValueError, OverflowError):
                pass  # the user's code wrote into our pipe

    def from_worker(self, kernel, run, message):
        event = message["ev"]
        if event == "sync":
            try:
                os.write(kernel.ack, int(message["n"]).to_bytes(8, "little"))
            except OSError:
                pass
        elif event == "answer":
            if run is not None and run.kind == "answer":
                kernel.current = None
                self.emit(dict(message, ev="reply"))
                self.next_cell()
        elif run is None or message["id"] != run.id:
            if event == "rich":  # of a thread that goes on after its cell
                self.background.flush(True)
                self.background.credit -= max(0, int(message["c"]))
                self.emit(dict(message, id=""))
        elif event == "done":
            self.cell_ended(run, message)
        else:
            if event == "rich":
                run.credit -= max(0, int(message["c"]))
            run.flush(True)
            self.emit(message)

    def cell_ended(self, run, message):
        kernel = self.kernel
        if run.cancelled:
            self.sweep(run)
            kernel.streams.reached(kernel.streams.mark())
        kernel.current, kernel.streams.owner = None, self.background
        error = message["error"]
        self.done(run, "error" if error else "ok", error=error, n=message["n"])
        self.next_cell()

    def kernel_ended(self):
        """The worker is dead and all it wrote is read."""
        kernel, run = self.kernel, self.kernel.current
        self.kill_orphans("%s:k%d:" % (self.token, kernel.number))
        kernel.streams.reached(kernel.streams.mark())
        reason = describe_status(kernel.status)
        if kernel.streams.fds:
            self.lingering.append(kernel.streams)
        kernel.streams.owner = self.background
        for fd in (kernel.up, kernel.ack, kernel.down.fd):
            if fd >= 0:
                os.close(fd)
        self.start_kernel()
        if run is not None and run.kind == "answer":
            self.reply(run.message, error="the Python process ended")
        elif run is not None:
            error = None
            if kernel.why is None:
                text = "Python %s. The variables are gone; the next cell starts a fresh Python." % reason
                if kernel.status == -9:
                    text += " Perhaps the memory was used up."
                error = {"name": "KernelDied", "value": text, "traceback": "KernelDied: " + text}
            self.done(run, "killed" if kernel.why else "died", kernelLost=True, error=error)
        self.emit({"ev": "kernel", "state": "lost", "reason": kernel.why or "Python " + reason})
        self.next_cell()

    # ---- commands

    def start_command(self, message):
        run = Run(self, message["id"], "exec", int(message.get("window") or WINDOW))
        run.marker = "%s:x:%s" % (self.token, run.id)
        if message.get("eager"):
            run.coalesce = 0  # answers to somebody who waits for each
        env = dict(os.environ)
        if message.get("pty"):
            terminal_environment(env)
        env.update(message.get("env") or {})
        env[MARKER] = run.marker
        argv = message.get("argv")
        if message.get("pty"):
            return self.start_terminal(message, run, argv, env)
        if not argv:
            argv = shell_words(message["command"])
        wants_stdin = bool(message.get("stdin"))
        out, err = os.pipe(), os.pipe()
        inp = os.pipe() if wants_stdin else None
        try:
            spawn = self.spawn_portable if self.portable else self.spawn
            pid, process = spawn(argv, message.get("cwd"), env, inp, out, err)
        except OSError as error:
            for fd in (*out, *err, *(inp or ())):
                os.close(fd)
            return self.not_started(run, argv, error)
        for fd in (out[1], err[1], *(inp[:1] if inp else ())):
            os.close(fd)
        set_nonblocking(out[0])
        set_nonblocking(err[0])
        stdin = (ThreadOutgoing if WINDOWS else Outgoing)(inp[1]) if inp else None
        command = Command(run, pid, process, Streams(run, out[0], err[0]), stdin)
        self.commands[run.id] = command
        self.emit({"ev": "start", "id": run.id, "pid": pid})

    def not_started(self, run, argv, error):
        code = 126 if error.errno in (errno.EACCES, errno.ENOEXEC, errno.EISDIR) else 127
        where = error.filename if isinstance(error.filename, str) else argv[0]
        text = "%s: %s" % (where, error.strerror or error)
        self.done(run, "exit", code=code, error={"name": type(error).__name__, "value": text, "traceback": text})

    def start_terminal(self, message, run, argv, env):
        """A program with a terminal of its own: the one that is named, else a login shell."""
        if self.portable:
            raise ValueError("a terminal needs a POSIX system")
        program = None
        if not argv:
            program = login_shell(env)
            argv = ["-" + os.path.basename(program)]  # by this name a shell knows that it is a login
        run.coalesce = TYPING
        try:
            master, slave = os.openpty()
        except OSError as error:
            return self.not_started(run, argv, error)
        try:
            set_terminal(slave, message["pty"])
            pid, _ = self.spawn(argv, message.get("cwd"), env, (slave,), (-1, slave), (-1, slave), program or argv[0])
        except BaseException as error:
            os.close(master)
            if isinstance(error, OSError):
                return self.not_started(run, argv, error)
            raise
        finally:
            os.close(slave)
        set_nonblocking(master)
        command = Command(run, pid, None, Streams(run, master), Outgoing(os.dup(master)))
        command.terminal = True
        self.commands[run.id] = command
        self.emit({"ev": "start", "id": run.id, "pid": pid})

    def spawn(self, argv, cwd, env, inp, out, err, terminal=None):
        """
        fork and exec; an error before exec comes back through a pipe and is raised here. `terminal`: the program, where its
        streams are a terminal that is to be its own.
        """
        if not terminal and not any(self.limits.values()):
            try:
                return self.spawn_quickly(argv, cwd, env, inp, out, err), None
            except NotImplementedError:
                pass  # a system that cannot begin a session this way
        failed = os.pipe()
        if terminal:
            import fcntl
            import termios
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                os.dup2(inp[0] if inp else os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(out[1], 1)
                os.dup2(err[1], 2)
                os.set_blocking(1, True)
                os.set_blocking(2, True)
                if terminal:
                    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
                where = cwd
                if cwd:
                    os.chdir(cwd)
                where = None
                default_signals("SIGCHLD", "SIGTERM", "SIGHUP", "SIGINT", "SIGPIPE", "SIGXFSZ")
                set_limits(self.limits)
                os.execvpe(terminal or argv[0], argv, env)
            except OSError as error:
                os.write(failed[1], json.dumps([error.errno, where or argv[0]]).encode())
            finally:
                os._exit(127)
        os.close(failed[1])
        try:
            report = b""
            while True:
                data = os.read(failed[0], 4096)
                if not data:
                    break
                report += data
        finally:
            os.close(failed[0])
        if report:
            os.waitpid(pid, 0)
            number, where = json.loads(report)
            raise OSError(number, os.strerror(number), where)
        return pid, None

    def spawn_quickly(self, argv, cwd, env, inp, out, err):
        """
        The same where no limits must be set in between: without a copy of this process, which is most of what a short
        command costs. NotImplementedError where the other way must be taken.
        """
        program = argv[0] if "/" in argv[0] else find_program(argv[0], env.get("PATH", os.defpath))
        if program is None or not hasattr(os, "posix_spawn"):
            raise NotImplementedError
        if not self.no_cores:
            set_limits({})
            self.no_cores = True
        opened = []
        try:
            streams = [inp[0] if inp else os.open(os.devnull, os.O_RDONLY), out[1], err[1]]
            if not inp:
                opened.append(streams[0])
            if cwd:
                opened.append(os.open(".", os.O_RDONLY))
                os.chdir(cwd)  # for a moment: nobody else is in this process
            return os.posix_spawn(
                program,
                argv,
                env,
                file_actions=[(os.POSIX_SPAWN_DUP2, fd, to) for to, fd in enumerate(streams)],
                setsid=True,
                setsigdef=[getattr(signal, name) for name in IGNORED if hasattr(signal, name)],
            )
        finally:
            if cwd and len(opened) > (0 if inp else 1):
                os.fchdir(opened[-1])
            for fd in opened:
                os.close(fd)

    def spawn_portable(self, argv, cwd, env, inp, out, err):
        import subprocess

        extra = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if WINDOWS else {"start_new_session": True}
        words = subprocess.list2cmdline(argv) if WINDOWS and argv[0].lower().endswith("cmd.exe") else argv
        process = subprocess.Popen(
            words, stdin=inp[0] if inp else subprocess.DEVNULL, stdout=out[1], stderr=err[1], cwd=cwd, env=env, **extra
        )
        return process.pid, process

    def pump_command(self, command):
        if command.status is None:
            return
        if command.terminal and not self.drained(command) or not command.streams.reached(command.mark):
            return
        run, code = command.run, command.status
        del self.commands[run.id]
        if run.cancelled:
            self.sweep(run)
            command.streams.reached(command.streams.mark())
        self.close_stdin(command)
        if command.streams.fds:
            command.streams.owner = self.background
            self.lingering.append(command.streams)
        self.done(run, "exit", code=code if code >= 0 else None, signal=signal_name(-code) if code < 0 else None)

    def drained(self, command):
        """Whether all that a terminal showed is read, after its shell has ended: what it left running is ended first."""
        run, streams = command.run, command.streams
        if run.look_at is None:
            self.sweep(run)
            run.look_at = time.monotonic() + 2
        while streams.fds:
            if run.credit <= 0:
                return False
            if not streams.read("stdout") and streams.fds:
                if time.monotonic() < run.look_at:
                    return False  # what we may not end (another user's) has it open: not for long
                streams.close()
        return True

    def close_stdin(self, command):
        if command.stdin is not None:
            stdin, command.stdin = command.stdin, None
            for call in stdin.on_empty:
                call()
            try:
                os.close(stdin.fd)
            except OSError:
                pass

    # ---- ending things

    def reap(self):
        """Takes note of every process that ended, ours or an orphan that came to us."""
        if self.portable:
            for thing in (self.kernel, *self.commands.values()):
                if thing.status is None:
                    status = thing.process.poll()
                    if status is not None:
                        self.ended(thing, status)
            return
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = -(status & 127) if status & 127 else status >> 8
            for thing in (self.kernel, *self.commands.values()):
                if thing is not None and thing.pid == pid and thing.status is None:
                    self.ended(thing, code)

    def ended(self, thing, status):
        thing.status = status
        if thing is self.kernel:
            while thing.up >= 0 and self.read_kernel():
                pass
            thing.messages.append((thing.streams.mark(), DEATH))
        else:
            thing.mark = thing.streams.mark()

    def kill_pid(self, pid):
        try:
            if WINDOWS:
                import subprocess

                subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True)
            else:
                try:
                    os.killpg(pid, 9)
                except ProcessLookupError:
                    os.kill(pid, 9)
        except OSError:
            pass

    def processes(self):
        """Everything below this process: {pid: (parent, group, began)}."""
        table = process_table()
        mine, todo = {}, [os.getpid()]
        children = {}
        for pid, row in table.items():
            children.setdefault(row[0], []).append(pid)
        while todo:
            for pid in children.get(todo.pop(), ()):
                if pid not in mine:
                    mine[pid] = table[pid]
                    todo.append(pid)
        if LINUX and not self.subreaper:  # a Python without ctypes: orphans are known by their marker only
            for pid in table:
                if pid not in mine and (marker_of(pid) or "").startswith(self.token):
                    mine[pid] = table[pid]
        return mine

    def belonging(self, run, root):
        """Processes that one execution started: below its root or orphaned, with its marker or with none."""
        table, found = self.processes(), []
        for pid, (_parent, _group, began) in table.items():
            if pid == root and run.kind == "cell" or pid == self.kernel.pid:
                continue
            if began and began < run.ticks:
                continue
            line, at = [pid], pid
            while at in table:
                at = table[at][0]
                line.append(at)
            others = [c.pid for c in self.commands.values()] + [self.kernel.pid]
            if root not in line and any(other in line for other in others):
                continue
            if marker_of(pid) in (None, run.marker):
                found.append(pid)
        return found

    def root_of(self, run):
        if run.kind == "cell":
            return self.kernel.pid
        command = self.commands.get(run.id)
        return command.pid if command else -1

    def sweep(self, run):
        """Kills what a cancelled execution started, also what hid in a session of its own."""
        root = self.root_of(run)
        for _ in range(100):
            left = self.belonging(run, root)
            if not left:
                return
            for pid in left:
                self.kill_one(pid)
            self.reap()
            time.sleep(0.002)

    def kill_orphans(self, prefix):
        """Kills the orphans of a dead worker."""
        keep = {c.pid for c in self.commands.values()}
        for _ in range(100):
            table, left = self.processes(), []
            for pid in table:
                line, at = [pid], pid
                while at in table:
                    at = table[at][0]
                    line.append(at)
                if keep.isdisjoint(line):
                    marker = marker_of(pid)
                    if marker is None or marker.startswith(prefix):
                        left.append(pid)
            if not left:
                return
            for pid in left:
                self.kill_one(pid)
            self.reap()
            time.sleep(0.002)

    def kill_one(self, pid):
        try:
            os.kill(pid, 9)
        except OSError:
            pass

    def interrupt(self, run, grace):
        """The first step: a SIGINT; after the grace, the second."""
        if run.cancelled is None:
            run.cancelled = "interrupted"
            run.credit = max(run.credit, 0) + CANCEL_ALLOWANCE
            root = self.root_of(run)
            command = self.commands.get(run.id)
            if command is not None and command.terminal:
                hang_up(command)
                if grace is not None:
                    run.kill_at = min(run.kill_at or 1e18, time.monotonic() + grace)
                return
            others = [] if WINDOWS else self.belonging(run, root)
            try:
                if WINDOWS:
                    os.kill(root, signal.CTRL_BREAK_EVENT)
                elif run.kind == "cell":
                    os.kill(root, signal.SIGINT)
                else:
                    os.killpg(root, signal.SIGINT)
            except OSError:
                pass
            table = self.processes() if others else {}
            for pid in others:
                if pid in table and table[pid][1] == root and run.kind == "cell":
                    try:
                        os.kill(pid, signal.SIGINT)
                    except OSError:
                        pass
        if grace is not None:
            run.kill_at = min(run.kill_at or 1e18, time.monotonic() + grace)

    def kill(self, run):
        """The second step."""
        run.kill_at = None
        run.cancelled = "killed"
        run.credit = max(run.credit, 0) + CANCEL_ALLOWANCE
        if run.kind == "cell":
            self.kernel.why = "killed"
            self.kill_tree(self.kernel.pid)
        else:
            self.kill_tree(self.root_of(run))

    def kill_tree(self, root):
        if WINDOWS:
            return self.kill_pid(root)
        table = self.processes()
        for pid in table:
            line, at = [], pid
            while at in table and at != root:
                at = table[at][0]
                line.append(at)
            if root in line:
                self.kill_one(pid)
        self.kill_pid(root)

    def find_run(self, ident):
        run = self.kernel.current
        if run is not None and run.id == ident:
            return run
        command = self.commands.get(ident)
        return command.run if command else None

    def shutdown(self):
        """Ends everything that was started; nothing is left."""
        try:
            if not WINDOWS:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for thing in (self.kernel, *self.commands.values()):
                if thing is not None and thing.status is None:
                    self.kill_pid(thing.pid)
            for _ in range(1000):
                left = self.processes()
                if not left:
                    break
                for pid in left:
                    self.kill_one(pid)
                if not self.portable:
                    try:
                        while os.waitpid(-1, os.WNOHANG)[0]:
                            pass
                    except OSError:
                        pass
                else:
                    self.reap()
                time.sleep(0.002)
        finally:
            os._exit(0)

    # ---- requests

    def op_run(self, message):
        run = Run(self, message["id"], "cell", int(message.get("window") or WINDOW))
        if not isinstance(message["code"], str):
            raise ValueError("code must be a string")
        message["run"] = run
        self.cells.append(message)
        self.next_cell()

    def op_exec(self, message):
        self.start_command(message)

    op_install = op_exec

    def op_stdin(self, message):
        import binascii

        command = self.commands.get(message["id"])
        if command is None or command.stdin is None:
            return self.reply(message, open=False)
        stdin, data = command.stdin, binascii.a2b_base64(message.get("data") or "")
        if stdin.size + len(data) > MAX_STDIN:
            return self.reply(message, open=True, error="the command does not read its input")

        def finished():
            self.reply(message, open=True)
            if message.get("eof"):
                self.close_stdin(command)

        stdin.on_empty.append(finished)
        try:
            if data:
                stdin.write(data)
            if not stdin.size:
                stdin.pump()
        except OSError:
            self.close_stdin(command)

    def op_resize(self, message):
        """A terminal's window has another size now; its programs are told (SIGWINCH)."""
        command = self.commands.get(message["id"])
        if command is not None and command.terminal and command.streams.fds:
            set_size(command.streams.fds["stdout"], message)

    def op_interrupt(self, message):
        for waiting in self.cells:
            if waiting.get("id") == message["id"]:
                self.cells.remove(waiting)
                waiting["run"].cancelled = "queued"
                return self.done(waiting["run"], "cancelled")
        run = self.find_run(message["id"])
        if run is not None:
            grace = message.get("grace")
            self.interrupt(run, float(grace) if grace is not None else None)

    def op_kill(self, message):
        run = self.find_run(message["id"])
        if run is None:
            return self.op_interrupt(message)
        self.kill(run)

    def op_credit(self, message):
        run = self.background if not message.get("id") else self.find_run(message["id"])
        for waiting in self.cells:
            if waiting.get("id") == message.get("id") and message.get("id"):
                run = waiting["run"]
        if run is not None:
            run.credit += max(0, int(message["bytes"]))

    def op_find_missing(self, message):
        if not isinstance(message["code"], str):
            raise ValueError("code must be a string")
        self.cells.append({"op": message["op"], "req": message["req"], "code": message["code"]})
        self.next_cell()

    def op_complete(self, message):
        if self.kernel.current is not None or self.cells:
            return self.reply(message, value={"stem": "", "matches": [], "busy": True})
        self.op_find_missing(message)

    def op_metrics(self, message):
        self.reply(message, value=self.metrics())

    def op_tools(self, message):
        """What could install packages here."""
        self.reply(
            message,
            value={
                "python": sys.executable,
                "prefix": sys.prefix,
                "basePrefix": sys.base_prefix,
                "uv": find_program("uv"),
                "pip": has_pip(),
                "basePython": base_with_pip(),
            },
        )

    def op_reset(self, message):
        waiting, self.cells = self.cells, []
        for cell in waiting:
            if "run" in cell:
                cell["run"].cancelled = "queued"
                self.done(cell["run"], "cancelled")
            else:
                self.reply(cell, error="the Python process was restarted")
        kernel = self.kernel
        if kernel.current is not None and kernel.current.kind == "cell":
            kernel.current.cancelled = "killed"
            kernel.current.credit = max(kernel.current.credit, 0) + CANCEL_ALLOWANCE
        kernel.why = "reset"
        self.kill_tree(kernel.pid)
        self.reply(message)

    def op_ping(self, message):
        self.reply(message)

    def op_adopt(self, message):
        """Another client takes over: what earlier ones left running is ended, the variables stay, frames count from 1."""
        waiting, self.cells = self.cells, []
        for cell in waiting:
            if "run" in cell:
                cell["run"].cancelled = "queued"
                self.done(cell["run"], "cancelled")
            else:
                self.reply(cell, error="another client took over")
        for run in list(self.runs()):
            if run.kind in ("cell", "exec"):
                self.interrupt(run, float(message.get("grace", 2)))
        self.background.flush(True)
        self.background.credit = WINDOW
        self.seq = 0
        self.ready()

    def op_bye(self, message):
        self.reply(message)
        self.closing = True

    def metrics(self):
        """CPU and memory of everything below: cumulative CPU ms, % of one core since the last question, bytes, processes."""
        rows = usage_table(set(self.processes()) | {os.getpid()})
        now = time.monotonic()
        cpu, memory, shared = 0.0, 0, 0
        for ms, private, common in rows:
            cpu += ms
            memory += private
            shared = max(shared, common)
        at, used = self.sample or (now, cpu)
        if now - at >= 0.1:  # less says nothing: the system counts in hundredths of a second
            self.percent = round(max(0.0, cpu - used) / (now - at) / 10, 1)
        if self.sample is None or now - at >= 0.1:
            self.sample = (now, cpu)
        return {
            "cpuMs": round(cpu),
            "cpuPercent": self.percent,
            "memoryBytes": memory + shared,
            "processes": len(rows),
            "network": network_usage(),
        }

    def read_input(self):
        try:
            data = read_some(0, 1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # a PTY whose other side closed gives EIO instead of an end
        if not data:
            self.closing = True
            return
        self.input += data
        if len(self.input) > MAX_LINE:
            self.closing = True
            return
        while True:
            end = self.input.find(b"\n", self.scanned)
            if end < 0:
                self.scanned = len(self.input)
                return
            line = bytes(self.input[:end]).strip(b"\x1e \t\r")
            del self.input[: end + 1]
            self.scanned = 0
            if line:
                self.request(line)

    def request(self, line):
        message = None
        try:
            message = json.loads(line)
            operation = getattr(self, "op_" + message["op"])
            ident = message.get("id")
            if ident is not None and not isinstance(ident, str):
                raise ValueError("id must be a string")
            operation(message)
        except Exception as error:
            text = "%s: %s" % (type(error).__name__, error)
            known = message if isinstance(message, dict) else {}
            self.emit({"ev": "refused", "req": known.get("req"), "id": known.get("id"), "message": text[:1000]})

    # ---- the loop

    def ready(self):
        self.write(b"\n")  # ends what a shell may have printed on this line
        self.emit(
            {
                "ev": "ready",
                "v": PROTOCOL,
                "python": sys.version.split()[0],
                "executable": sys.executable,
                "prefix": sys.prefix,
                "platform": sys.platform,
                "pid": os.getpid(),
                "cwd": self.home,
                "window": WINDOW,
            }
        )

    def runs(self):
        yield self.background
        if self.kernel.current is not None:
            yield self.kernel.current
        for command in self.commands.values():
            yield command.run

    def turn(self):
        """One round: waits for something to happen, and does it."""
        now, until = time.monotonic(), None
        for run in self.runs():
            for at in (run.flush_at, run.kill_at, run.look_at):
                if at is not None:
                    until = at if until is None else min(until, at)
        timeout = None if until is None else max(0.0, until - now)
        readable, writable = self.wait(timeout)
        if 0 in readable:
            self.read_input()
        if self.wake in readable:
            try:
                os.read(self.wake, 4096)
            except OSError:
                pass
            self.reap()
        if self.portable:
            self.reap()
        self.write_ready(writable)
        kernel = self.kernel
        for streams in [kernel.streams, *(c.streams for c in self.commands.values()), *self.lingering]:
            for name, fd in list(streams.fds.items()):
                if fd in readable:
                    streams.read(name)
        if kernel.up >= 0 and kernel.up in readable:
            self.read_kernel()
        self.pump_kernel()
        for command in list(self.commands.values()):
            self.pump_command(command)
        self.lingering = [streams for streams in self.lingering if streams.fds]
        now = time.monotonic()
        for run in list(self.runs()):
            if run.flush_at is not None and now >= run.flush_at:
                run.flush(False)
            if run.kill_at is not None and now >= run.kill_at:
                self.kill(run)

    def write_ready(self, writable):
        if self.out.fd in writable:
            self.write_pending(self.out, self.close)
        if self.kernel.down.fd in writable:
            self.write_pending(self.kernel.down, lambda: None)
        for command in list(self.commands.values()):
            if command.stdin is not None and command.stdin.fd in writable:
                self.write_pending(command.stdin, lambda c=command: self.close_stdin(c))

    def write_pending(self, outgoing, broken):
        try:
            outgoing.pump()
        except OSError:
            outgoing.chunks, outgoing.size = [], 0
            broken()

    def close(self):
        self.closing = True

    def wait(self, timeout):
        """Descriptors that can be read and written now."""
        reads, writes = [0], []
        if self.wake >= 0:
            reads.append(self.wake)
        kernel = self.kernel
        if self.out.size < BACKLOG:  # a client that does not read stops everything but its own requests
            for streams in (kernel.streams, *(c.streams for c in self.commands.values()), *self.lingering):
                reads.extend(fd for _name, fd in streams.wanted())
            if kernel.up >= 0:
                reads.append(kernel.up)
        outgoing = [self.out, kernel.down, *(c.stdin for c in self.commands.values() if c.stdin is not None)]
        writes.extend(o.fd for o in outgoing if o.size > 0 or (WINDOWS and o.on_empty))
        if not self.portable:
            import select

            try:
                readable, writable, _ = select.select(reads, writes, [], timeout)
            except InterruptedError:
                return (), ()
            return readable, writable
        readable = [fd for fd in reads if has_input(fd)]
        if readable:
            self.pulse = 0.0005
        elif timeout is None or timeout > 0:
            time.sleep(self.pulse if timeout is None else min(timeout, self.pulse))
            self.pulse = min(0.01, self.pulse * 1.3)
        return readable, writes

    def serve(self):
        self.ready()
        if LINUX and self.adopt:
            self.subreaper = prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come to us instead of to pid 1
        while not self.closing:
            self.turn()
        self.shutdown()


# ---- terminals


def set_size(fd, size):
    import fcntl
    import struct
    import termios

    cols, rows = (max(1, min(int(size[name]), 10000)) for name in ("cols", "rows"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def set_terminal(fd, size):
    import termios

    set_size(fd, size)
    if LINUX:
        modes = termios.tcgetattr(fd)
        modes[0] |= 0x4000  # IUTF8: a backspace takes a whole character
        termios.tcsetattr(fd, termios.TCSANOW, modes)


def terminal_environment(env):
    """What programs in a terminal expect; what was set for programs without one goes."""
    for name in ("COLUMNS", "LINES"):
        env.pop(name, None)
    env.update(TERM="xterm-256color", COLORTERM="truecolor")
    if not any(env.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")):
        env["LANG"] = "C.UTF-8"


def login_shell(env):
    named = env.get("SHELL") or ""
    for shell in (named, "/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"):
        if shell.startswith("/") and os.access(shell, os.X_OK):
            env["SHELL"] = shell
            if shell.endswith("/bash"):
                env.setdefault("PS1", "\\w \\$ ")  # where no file of the system's or the person's says better
            return shell
    env["SHELL"] = "/bin/sh"
    return "/bin/sh"


def hang_up(command):
    """As when a window is closed: the shell and the program in front of it hear SIGHUP."""
    groups = [command.pid]
    try:
        groups.append(os.tcgetpgrp(command.streams.fds["stdout"]))
    except (OSError, KeyError):
        pass
    for group in groups:
        for number in (signal.SIGHUP, signal.SIGCONT):
            try:
                os.killpg(group, number)
            except OSError:
                pass


# ---- facts about processes


def process_table():
    """{pid: (parent, group, began in ticks)} of all visible processes that are not dead yet."""
    table = {}
    if LINUX:
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/stat" % name, "rb") as file:
                        fields = file.read().rpartition(b")")[2].split()
                except OSError:
                    continue
                if fields[0] not in (b"Z", b"X"):
                    table[int(name)] = (int(fields[1]), int(fields[2]), int(fields[19]))
    elif not WINDOWS:
        now = int(time.monotonic() * 100)
        for pid, parent, group, age, state in ps("pid=,ppid=,pgid=,etime=,stat="):
            if not state.startswith("Z"):
                table[int(pid)] = (int(parent), int(group), now - int(clock_seconds(age) * 100))
        table.pop(ps.last, None)
    return table


def clock_seconds(text):
    """Seconds of what ps writes as [[days-]hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    seconds = float(days or 0) * 86400
    for index, part in enumerate(reversed(clock.split(":"))):
        seconds += float(part) * 60**index
    return seconds


def ps(columns):
    """Rows of ps, for systems without /proc."""
    import subprocess

    process = subprocess.Popen(["ps", "-axo", columns], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ps.last = process.pid
    text = process.communicate()[0].decode("utf-8", "replace")
    return [line.split() for line in text.splitlines() if line.strip()]


ps.last = 0


def marker_of(pid):
    """To which execution a process belongs; None where it does not say."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            for item in file.read().split(b"\0"):
                if item.startswith(MARKER.encode() + b"="):
                    return item.split(b"=", 1)[1].decode("utf-8", "replace")
    except OSError:
        pass
    return None


def usage_table(pids):
    """[(cpu ms, private bytes, shared bytes)] of the given processes."""
    rows = []
    if LINUX:
        tick, page = 1000.0 / os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        for pid in pids:
            try:
                with open("/proc/%d/stat" % pid, "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                with open("/proc/%d/statm" % pid, "rb") as file:
                    sizes = file.read().split()
            except OSError:
                continue
            resident, shared = int(sizes[1]) * page, int(sizes[2]) * page
            rows.append((sum(int(f) for f in fields[11:15]) * tick, resident - shared, shared))
    elif not WINDOWS:
        for pid, rss, used in ps("pid=,rss=,time="):
            if int(pid) in pids:
                rows.append((clock_seconds(used) * 1000, int(rss) * 1024, 0))
    return rows


def network_usage():
    """Bytes of all interfaces but loopback since they are there; None where the system does not say."""
    try:
        with open("/proc/self/net/dev", "rb") as file:
            lines = file.read().splitlines()[2:]
        rows = [(name.strip(), numbers.split()) for name, _, numbers in (line.partition(b":") for line in lines)]
        rows = [numbers for name, numbers in rows if name != b"lo"]
        return {"received": sum(int(row[0]) for row in rows), "sent": sum(int(row[8]) for row in rows)}
    except (OSError, ValueError, IndexError):
        return None


def signal_name(number):
    import signal as names

    try:
        return names.Signals(number).name
    except ValueError:
        return "signal %d" % number


def describe_status(status):
    return "was ended by " + signal_name(-status) if status < 0 else "ended with exit code %d" % status


def find_program(name, path=None):
    for folder in (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep):
        path = os.path.join(folder or ".", name + (".exe" if WINDOWS else ""))
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def has_pip():
    import importlib.util

    return importlib.util.find_spec("pip") is not None


def base_with_pip():
    """The interpreter that this virtual environment was made from, where that one has pip; null otherwise."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    if base == sys.executable:
        base = os.path.realpath(base)  # what an older Python does not say, the link of the environment does
    version = "python%d.%d" % sys.version_info[:2]
    folders = (("lib", version, "site-packages"), ("lib", "python3", "dist-packages"), ("Lib", "site-packages"))
    if base and any(os.path.isdir(os.path.join(sys.base_prefix, *folder, "pip")) for folder in folders):
        return base
    return None


def shell_words(command):
    if not isinstance(command, str):
        raise ValueError("command must be a string")
    if WINDOWS:
        return [os.environ.get("ComSpec", "cmd.exe"), "/d", "/s", "/c", command]
    shell = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
    return [shell, "-c", command]


def main(arguments):
    if arguments[:1] == ["--worker"]:
        fds, limits = json.loads(arguments[1])
        if WINDOWS:
            import msvcrt

            fds = [msvcrt.open_osfhandle(n, os.O_RDONLY if i != 1 else 0) for i, n in enumerate(fds)]
        for fd in fds:
            os.set_inheritable(fd, False)
        worker_main(*fds, limits)
        return
    if not WINDOWS:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.isatty(0):
            import tty

            tty.setraw(0)
    else:
        import msvcrt

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for fd in (0, 1):
            msvcrt.setmode(fd, os.O_BINARY)
    options = json.loads(arguments[0]) if arguments else {}
    Supervisor(options, globals().get("__file__") or "", globals().get("__source__")).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
