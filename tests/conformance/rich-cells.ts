/** Cells with rich results, each with the name of its golden file. Standard library only: the same everywhere. */

/** See the file's first line. */
export interface RichCell {
  file: string;
  name: string;
  code: string;
}

export const richCells: readonly RichCell[] = [
  {
    file: 'text',
    name: 'A string, a number, a nested value look the same everywhere',
    code: 'display("it\'s", 1.5, {"b": [1, (2, None)], "a": {3}})',
  },
  {
    file: 'long-list',
    name: 'A long list is broken into lines',
    code: '[f"item number {n}" for n in range(20)]',
  },
  {
    file: 'nested-containers',
    name: 'Nested containers are broken into lines by depth, types and sets as IPython writes them',
    code: '{"rows": [[f"cell {n}" for n in range(12)], (1,)], "types": [int, dict, ValueError], "sets": [{3, 1, 2}, frozenset(), set(), {"only"}], "deep": {"deeper": {"deepest": list(range(30))}}}',
  },
  {
    file: 'not-data',
    name: 'A list with something in it that is no data is text only; dates are data',
    code: 'import datetime\ndisplay([{1, 2}], [1 << 70], [object], {"when": datetime.date(2020, 1, 2)}, {1: "a", None: "b"})',
  },
  {
    file: 'thousand-elements',
    name: 'Of a very long list a thousand elements are shown, and all of its data',
    code: 'list(range(1003))',
  },
  {
    file: 'json',
    name: 'Lists and dicts also come as data',
    code: '{"name": "Ä", "items": [1, 2.5, True, None], "nested": {"deep": [[]]}}',
  },
  {
    file: 'html',
    name: 'An object’s HTML is shown, with its text',
    code: 'class Table:\n    def _repr_html_(self): return "<table><tr><td>1</td></tr></table>"\n    def __repr__(self): return "a table"\nTable()',
  },
  {
    file: 'pictures',
    name: 'Pictures come as PNG, JPEG and SVG',
    code: 'class Picture:\n    def _repr_png_(self): return b"\\x89PNG\\r\\n\\x1a\\n"\n    def _repr_jpeg_(self): return b"\\xff\\xd8\\xff"\n    def _repr_svg_(self): return "<svg xmlns=\'http://www.w3.org/2000/svg\'/>"\n    def __repr__(self): return "a picture"\nPicture()',
  },
  {
    file: 'markup',
    name: 'Markdown, LaTeX and JSON representations are kept',
    code: 'class Note:\n    def _repr_markdown_(self): return "**bold**"\n    def _repr_latex_(self): return "$x^2$"\n    def _repr_json_(self): return {"x": [1, 2]}\n    def __repr__(self): return "a note"\nNote()',
  },
  {
    file: 'mimebundle',
    name: 'An object may say itself what it is',
    code: 'class Own:\n    def _repr_mimebundle_(self, include=None, exclude=None): return {"text/plain": "own", "text/html": "<i>own</i>"}\nOwn()',
  },
  {
    file: 'broken-repr',
    name: 'A representation that fails does not hide the others',
    code: 'class Half:\n    def _repr_html_(self): raise ValueError("no")\n    def _repr_markdown_(self): return "half"\n    def __repr__(self): return "half an object"\nHalf()',
  },
  {
    file: 'display-order',
    name: 'Displayed objects and the value are told apart',
    code: 'print("start")\ndisplay([1])\nfor n in range(2): display(n)\n"value"',
  },
  {
    file: 'not-a-number',
    name: 'NaN and infinities arrive as text, and as nothing in the data',
    code: '[float("nan"), float("inf"), -float("inf"), 1.0]',
  },
  {
    file: 'error',
    name: 'An error is told by name and message',
    code: 'print("so far")\nraise KeyError("missing key")',
  },
  {
    file: 'error-group',
    name: 'An error with an empty or odd message is told, too',
    code: 'class Odd(Exception):\n    def __str__(self): return ""\nraise Odd()',
  },
  {
    file: 'table',
    name: 'A table comes as text, as HTML and as data',
    code: 'class DataFrame:\n    size = 4\n    def _repr_html_(self): return "<table><tr><td>1</td></tr></table>"\n    def __repr__(self): return "   a  b\\n0  1  x"\n    def to_dict(self, orient="dict"): return {"a": [1, 2.5], "b": ["x", None]}\nimport sys, types\nsys.modules["pandas"] = types.SimpleNamespace(DataFrame=DataFrame, NaT=object())\nDataFrame()',
  },
  {
    file: 'strings',
    name: 'Strings are shown without their outer quotes, with what is inside as Python writes it',
    code: 'display("plain", "it\'s", \'say "hi"\', "two\\nlines", "", b"bytes")\n"\\t\\\\ ä"',
  },
  {
    file: 'with-metadata',
    name: 'A representation with metadata is its data',
    code: 'class Sized:\n    def _repr_png_(self): return (b"\\x89PNG", {"width": 10})\n    def _repr_html_(self): return None\n    def __repr__(self): return "sized"\nSized()',
  },
  {
    file: 'a-class',
    name: 'A class is not taken for one of its objects',
    code: 'class Shown:\n    def _repr_html_(self): return "<b>x</b>"\nclass Meta(type):\n    def __repr__(cls): return "a class"\nclass Shown2(Shown, metaclass=Meta): pass\nShown2',
  },
  {
    file: 'rare-types',
    name: 'PDF and JavaScript are kept as what they are',
    code: 'class Rare:\n    def _repr_pdf_(self): return b"%PDF-1.7"\n    def _repr_javascript_(self): return "alert(1)"\n    def __repr__(self): return "rare"\nRare()',
  },
];
