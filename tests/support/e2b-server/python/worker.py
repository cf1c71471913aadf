"""The Python kernel of one code-interpreter context of the E2B test server.

Reads one JSON request a line from standard input: {"code", "env_vars", "restore"} (restore: what each variable is put back to
after the cell, null to remove it). Writes one line a message to a private copy of
standard output: "E" + JSON for an output event of the cell, "D" + JSON {"ok": bool} when the cell is over.
Behaves like ipykernel where a client can see it: SIGINT matters only while a cell runs, output of child processes is
captured, top-level await works, input() is refused, tracebacks come as IPython's blocks joined without newlines.
Standard library only, Python 3.8+.
"""
import ast
import asyncio
import inspect
import json
import linecache
import os
import signal
import sys

import cell_source
import output
import rich
import tracebacks

MAIN_PID = os.getpid()
STDIN_REFUSED = "raw_input was called, but this frontend does not support input requests."


class StdinNotImplementedError(NotImplementedError):
    """The error ipykernel raises when code asks for input."""


class Kernel:
    """Runs cells one after the other in one namespace."""

    def __init__(self, out):
        self.out = out
        self.count = 0
        self.running = False
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.names = {"__name__": "__main__", "__builtins__": __builtins__, "display": rich.display}
        self.names["get_ipython"] = lambda: cell_source.SHELL
        signal.signal(signal.SIGINT, self.on_interrupt)

    def on_interrupt(self, _signum, _frame):
        # A handler, not SIG_IGN: an ignored signal would be inherited by child processes of the cells.
        if self.running and not self.out.postpone():
            raise KeyboardInterrupt()

    def run(self, request):
        """Run one cell; every outcome, also a failure, is told by events."""
        self.count += 1
        env = request.get("env_vars") or {}
        ok = True
        try:
            self.running = True
            # The server sends an interrupt only after this event: from here on one reaches the cell.
            self.out.emit({"type": "number_of_executions", "execution_count": self.count})
            self.execute(cell_source.with_env(request["code"], env))
            rich.show_figures()
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: they end the cell, not the kernel
            self.running = False
            ok = False
            self.out.settle()
            self.out.emit(tracebacks.describe(error, cell_name(self.count)))
        finally:
            self.running = False
            for name, value in (request.get("restore") or {}).items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        return ok

    def execute(self, source):
        name = cell_name(self.count)
        tree, source = cell_source.parse(source, name)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        if tree.body:
            self.evaluate(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
        if last is None:
            return
        value = self.evaluate(compile(ast.Expression(last.value), name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
        if value is not None and not source.rstrip().endswith(";"):
            self.names["_"] = value
            rich.emit_result(value, True)

    def evaluate(self, code):
        value = eval(code, self.names)
        if code.co_flags & inspect.CO_COROUTINE:
            task = self.loop.create_task(value)
            try:
                return self.loop.run_until_complete(task)
            except BaseException:
                task.cancel()
                raise
        return value


def cell_name(count):
    return "<cell %d>" % count


def refuse_input(*_args):
    raise StdinNotImplementedError(STDIN_REFUSED)


def main():
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    out = output.Output()
    rich.OUTPUT = out
    kernel = Kernel(out)
    import builtins

    builtins.input = refuse_input
    for line in requests:
        request = json.loads(line)
        ok = kernel.run(request)
        if os.getpid() != MAIN_PID:
            os._exit(0)  # a child the cell forked came back here: it must not answer for the kernel
        out.settle()
        out.flush()
        out.done(ok)


if __name__ == "__main__":
    main()
