"""Rich results: an object's representations as a `result` event, display(), and matplotlib's open figures."""
import base64
import io
import sys
import types

from as_json import as_json
from pretty import pretty

OUTPUT = None  # set by the worker
FORMATS = ("html", "markdown", "svg", "png", "jpeg", "pdf", "latex", "json", "javascript")
MIMES = {
    "text/plain": "text",
    "text/html": "html",
    "text/markdown": "markdown",
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "application/pdf": "pdf",
    "text/latex": "latex",
    "application/json": "json",
    "application/javascript": "javascript",
}


def emit_result(value, is_main):
    """Send one object as a result."""
    event = {"type": "result"}
    event.update(bundle(value))
    event["is_main_result"] = is_main
    OUTPUT.emit(event)


def display(*values, **_options):
    """IPython's display(): results beside the main one."""
    for value in values:
        emit_result(value, False)


def bundle(value):
    found = {"text": unquoted(pretty(value))}
    mime = call(value, "_repr_mimebundle_", include=None, exclude=None)
    if isinstance(mime, tuple):
        mime = mime[0]
    for name, data in (mime or {}).items():
        put(found, MIMES.get(name, name), data)
    if isinstance(value, (list, dict)):
        try:
            found.setdefault("json", as_json(value))
        except (TypeError, RecursionError):
            pass  # something in it that is no data: then there is none
    for form in FORMATS:
        if form not in found:
            put(found, form, call(value, "_repr_%s_" % form))
    table = columns(value)
    if table is not None:
        found["data"] = table
    return found


def put(found, name, data):
    if isinstance(data, tuple):
        data = data[0]  # (data, metadata) is allowed
    if data is None:
        return
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode("ascii")
    if name in MIMES.values():
        found[name] = unquoted(data) if name == "text" else data
    else:
        found.setdefault("extra", {})[name] = data


def call(value, method, **arguments):
    function = None if isinstance(value, type) else getattr(value, method, None)
    if not callable(function):
        return None
    try:
        return function(**arguments)
    except Exception:
        return None  # IPython goes on with the other representations


def unquoted(text):
    """The real server strips the outer quotes of any text that has them."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def columns(value):
    if type(value).__name__ != "DataFrame" or not hasattr(value, "to_dict"):
        return None
    try:
        return {str(name): [plain(item) for item in items] for name, items in value.to_dict(orient="list").items()}
    except Exception:
        return None


def plain(item):
    if item is None or isinstance(item, (bool, int, float, str)):
        return item
    return item.item() if hasattr(item, "item") else str(item)


def show_figures():
    """Send and close the figures that the cell left open, as the inline backend does."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        data = io.BytesIO()
        figure.savefig(data, format="png", bbox_inches="tight")
        png = base64.b64encode(data.getvalue()).decode("ascii")
        OUTPUT.emit({"type": "result", "text": repr(figure), "png": png, "is_main_result": False})
    pyplot.close("all")


def carrier(form):
    """A class of IPython.display whose instances carry one representation."""

    def __init__(self, data=None, *_args, **_options):
        self.data = data

    body = {"__init__": __init__, "_repr_%s_" % form: lambda self: self.data}
    return type({"html": "HTML", "svg": "SVG", "json": "JSON"}.get(form, form.capitalize()), (object,), body)


def install_ipython():
    """Offer IPython.display where IPython itself is not installed."""
    try:
        import IPython  # noqa: F401
    except ImportError:
        package = types.ModuleType("IPython")
        module = types.ModuleType("IPython.display")
        module.display = display
        for form in ("html", "markdown", "svg", "latex", "json", "javascript"):
            made = carrier(form)
            setattr(module, made.__name__, made)
        module.Image = carrier("png")
        package.display = module
        package.get_ipython = lambda: None
        sys.modules["IPython"] = package
        sys.modules["IPython.display"] = module
    else:
        import IPython.display as module

        module.display = display


install_ipython()
