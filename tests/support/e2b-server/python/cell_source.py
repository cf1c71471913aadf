"""Turns the text of a cell into a syntax tree: env prelude, `!command` and `%pip`."""
import ast
import re
import subprocess
import sys

MAGIC = re.compile(r"^(\s*)(?:!(?P<shell>.+)|%pip\s+(?P<pip>.+)|%cd\s+(?P<cd>.+))$")


class Shell:
    """The small part of IPython's shell object that cells use."""

    def system(self, command):
        # The real one runs it in a terminal: \r\n line ends, standard error merged.
        with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
            for line in child.stdout or []:
                sys.stdout.write(line.replace("\n", "\r\n"))

    def run_line_magic(self, name, _line):
        raise NameError("UsageError: Line magic function `%%%s` not found." % name)


SHELL = Shell()


def with_env(code, env):
    """Put the variables before the code the way the real server does: as source lines, with nothing escaped."""
    lines = ["import os; os.environ['%s'] = '%s'" % pair for pair in env.items()]
    return "\n".join(lines + [code]) if lines else code


def parse(source, name):
    """The tree and the text it was made of. Plain Python is never rewritten."""
    try:
        return ast.parse(source, name), source
    except SyntaxError:
        rewritten = "\n".join(magic(line) for line in source.split("\n"))
        if rewritten == source:
            raise
        return ast.parse(rewritten, name), rewritten


def magic(line):
    found = MAGIC.match(line)
    if not found:
        return line
    if found.group("cd"):
        return "%simport os; os.chdir(os.path.expanduser(%r))" % (found.group(1), found.group("cd").strip())
    command = found.group("shell") or "%s -m pip %s" % (sys.executable, found.group("pip"))
    return "%sget_ipython().system(%r)" % (found.group(1), command)
