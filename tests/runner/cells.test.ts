/** Python cells: state, values, order, rich results, errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collected, startRunner, type TestRunner } from '../support/runner.ts';

let runner: TestRunner;
beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

/** The order of events, short: "out a", "rich 1", "err x". */
function order(collected: Collected): string[] {
  const items: string[] = [];
  for (const event of collected.events) {
    if (event.type === 'text') {
      const head = event.stream === 'stdout' ? 'out' : 'err';
      const text = Buffer.from(event.bytes).toString();
      const last = items.at(-1);
      if (last?.startsWith(`${head} `)) items[items.length - 1] = last + text;
      else items.push(`${head} ${text}`);
    } else if (event.type === 'rich') items.push(`${event.role} ${String(event.data['text/plain'])}`);
    else items.push(event.type);
  }
  return items;
}

describe('values', () => {
  test('variables live from cell to cell, and the last expression is the value', async () => {
    const first = await runner.run('x = 41');
    expect(first.result.state).toBe('succeeded');
    expect(first.events).toEqual([]);
    expect((await runner.run('x + 1')).value).toBe('42');
    expect((await runner.run('_ + 1')).value).toBe('43');
  });

  test.each([
    ['a semicolon hides the value', '1 + 1;', undefined],
    ['also before a comment', '1 + 1;  # quiet', undefined],
    ['not one inside a string', '"a;"  # ;', 'a;'],
    ['None is no value', 'None', undefined],
    ['False is one', 'False', 'False'],
    ['the quotes of a string are not shown', '"it is"', 'it is'],
    ['nor those of one with an apostrophe', `"it's"`, "it's"],
    ['a long list stands one element a line', '[1000000] * 12', `[${'1000000,\n '.repeat(11)}1000000]`],
    ['a dict keeps its order', '{"b": 1, "a": [1, 2]}', "{'b': 1, 'a': [1, 2]}"],
    ['a set is sorted', '{3, 1, 2}', '{1, 2, 3}'],
    ['a class is its name', 'class C: pass\nC', '__main__.C'],
    ['a builtin type too', 'int', 'int'],
    ['a function shows its signature', 'def f(a, b=1): pass\nf', '<function __main__.f(a, b=1)>'],
    ['top-level await', 'import asyncio\nawait asyncio.sleep(0, "v")', 'v'],
    ['asyncio.run works too', 'async def g(): return 5\nasyncio.run(g())', '5'],
  ])('%s', async (_name, code, value) => {
    const ran = await runner.run(code);
    expect(ran.result).toMatchObject({ state: 'succeeded' });
    expect(ran.value).toBe(value);
  });

  test('a thousand elements are shown, then dots', async () => {
    const { value } = await runner.run('list(range(5000))');
    expect(String(value).split('\n')).toHaveLength(1001);
    expect(value).toMatch(/ 999,\n \.\.\.\]$/);
  });

  test('NaN and infinities reach the reader', async () => {
    const { value, events } = await runner.run('{"a": float("nan"), "b": [float("inf")]}');
    expect(value).toBe("{'a': nan, 'b': [inf]}");
    expect(events).toHaveLength(1);
    const custom = await runner.run(
      'class J:\n  def _repr_json_(s): return {"n": float("nan"), 1: {2}}\nJ()',
    );
    expect(custom.events[0]).toMatchObject({ data: { 'application/json': { n: null, 1: [2] } } });
  });

  test('an environment variable is set for one cell only', async () => {
    expect((await runner.run('import os; os.environ["QQ"]', { env: { QQ: 'a \'b"' } })).value).toBe(
      `'a \\'b"'`.slice(1, -1),
    );
    expect((await runner.run('os.environ.get("QQ")')).value).toBeUndefined();
  });
});

describe('order', () => {
  test('stdout, stderr, display and the value keep their order', async () => {
    const ran = await runner.run(
      'import sys\nprint("a")\nprint("b", file=sys.stderr)\nprint("c")\ndisplay(1)\nprint("d")\n"e"',
    );
    expect(order(ran)).toEqual(['out a\n', 'err b\n', 'out c\n', 'display 1', 'out d\n', 'result e']);
  });

  test('five hundred alternating lines keep their order', async () => {
    const ran = await runner.run('for i in range(500): print(i, file=(sys.stdout, sys.stderr)[i % 2])');
    expect(ran.text).toBe(Array.from({ length: 500 }, (_, i) => `${i}\n`).join(''));
  });

  test('child processes stand where they were started', async () => {
    const ran = await runner.run(
      'import subprocess, os\nprint("a", end="")\nsubprocess.run("echo b; echo c >&2", shell=True)\nprint("d")\n' +
        'os.system("echo e >&2")\nos.system("echo f")\nprint("g", file=sys.stderr)',
    );
    expect(order(ran)).toEqual(
      ['out ab\n', 'err c\n', 'out d\n', 'err e\n', 'out f\n', 'err g\n', 'result 0'].slice(0, 6),
    );
  });

  test('what a fork prints arrives, and the fork does not become a second kernel', async () => {
    const ran = await runner.run(
      'import os, sys\npid = os.fork()\nsys.stdout.write("twice\\n")\nif pid: os.waitpid(pid, 0);',
    );
    expect(ran.stdout).toBe('twice\ntwice\n');
    expect((await runner.run('pid > 0')).value).toBe('True');
  });

  test('multiprocessing and threads do not disturb the stream', async () => {
    const ran = await runner.run(
      'import multiprocessing as mp, threading\ndef sq(v): return v * v\n' +
        'with mp.get_context("fork").Pool(2) as p: squares = p.map(sq, range(5))\n' +
        'ts = [threading.Thread(target=lambda i=i: print("t%d\\n" % i, end="")) for i in range(8)]\n' +
        '[t.start() for t in ts]; [t.join() for t in ts]\nsquares',
    );
    expect(ran.value).toBe('[0, 1, 4, 9, 16]');
    expect(ran.stdout.trim().split('\n').sort()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7']);
  });
});

describe('rich results', () => {
  test('every representation of an object, under its MIME type', async () => {
    const ran = await runner.run(`class A:
  def _repr_html_(s): return "<b>x</b>"
  def _repr_markdown_(s): return "**x**"
  def _repr_svg_(s): return "<svg/>"
  def _repr_png_(s): return b"\\x89PNG"
  def _repr_jpeg_(s): return b"\\xff\\xd8"
  def _repr_latex_(s): return "$x$"
  def _repr_json_(s): return {"x": [1]}
  def _repr_javascript_(s): return "x()"
  def __repr__(s): return "A!"
A()`);
    expect(ran.events).toEqual([
      {
        type: 'rich',
        role: 'result',
        data: {
          'text/plain': 'A!',
          'text/html': '<b>x</b>',
          'text/markdown': '**x**',
          'image/svg+xml': '<svg/>',
          'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64'),
          'image/jpeg': Buffer.from([0xff, 0xd8]).toString('base64'),
          'text/latex': '$x$',
          'application/json': { x: [1] },
          'application/javascript': 'x()',
        },
      },
    ]);
  });

  test('a mimebundle wins, a broken representation is left out, a broken repr is described', async () => {
    const bundle = await runner.run(
      'class M:\n  def _repr_mimebundle_(s, include=None, exclude=None): return {"text/html": "m", "application/x": 1}, {}\nM()',
    );
    expect(bundle.events[0]).toMatchObject({ data: { 'text/html': 'm', 'application/x': 1 } });
    const broken = await runner.run(
      'class B:\n  def _repr_html_(s): 1/0\n  def _repr_markdown_(s): return None\n  def __repr__(s): raise RuntimeError("no")\nB()',
    );
    expect(broken.events).toEqual([
      {
        type: 'rich',
        role: 'result',
        data: { 'text/plain': '<B object; its repr() raised RuntimeError: no>' },
      },
    ]);
  });

  test('display of a raw bundle', async () => {
    const ran = await runner.run('display({"text/html": "<i>1</i>"}, raw=True)');
    expect(ran.events).toEqual([{ type: 'rich', role: 'display', data: { 'text/html': '<i>1</i>' } }]);
  });

  test('lists and dicts also come as JSON', async () => {
    const ran = await runner.run('{"a": [1, None, "x"]}');
    expect(ran.events[0]).toMatchObject({ data: { 'application/json': { a: [1, null, 'x'] } } });
  });

  test('values over the limit are cut, and it is said', async () => {
    const text = await runner.run('"x" * 20_000_000');
    expect(String(text.value)).toMatch(/more characters\)$/);
    expect(String(text.value).length).toBeLessThan(6_000_000);
    expect(text.events[1]).toMatchObject({ type: 'gap', bytes: 20_000_004 });
    const html = await runner.run('class H:\n  def _repr_html_(s): return "h" * 6_000_000\nH()');
    expect(html.events[0]).toMatchObject({ data: { 'text/plain': expect.stringContaining('__main__.H') } });
    expect(html.events[0]).not.toHaveProperty(['data', 'text/html']);
    expect(html.events[1]).toMatchObject({ type: 'gap', reason: expect.stringContaining('text/html') });
  });

  test('lone surrogates do not break the stream', async () => {
    expect((await runner.run('"a\\ud800b"')).result.state).toBe('succeeded');
    const ran = await runner.run('class S:\n  def __repr__(s): return "\\ud800!"\nS()');
    expect(String(ran.value)).toContain('!');
  });
});

describe('errors', () => {
  test('name, value, line, and only the frames of the cell', async () => {
    const ran = await runner.run('def f(n):\n    return 1 / n\n\nf(0)');
    expect(ran.result.state).toBe('failed');
    const error = ran.result.error;
    expect(error).toMatchObject({ name: 'ZeroDivisionError', value: 'division by zero', line: 2 });
    expect(error?.traceback).toMatch(/line 4, in <module>\n {4}f\(0\)/);
    expect(error?.traceback).toMatch(/line 2, in f\n {4}return 1 \/ n/);
    expect(error?.traceback).not.toContain('runner.py');
    expect(ran.events).toEqual([{ type: 'error', error }]);
  });

  test.each([
    ['syntax', 'x = 1\ny = (1,', 'SyntaxError', 2],
    ['indentation', 'if True:\nx', 'IndentationError', 2],
    ['recursion', 'def r(n): return r(n + 1)\nr(0)', 'RecursionError', 1],
    ['top-level await', 'async def k():\n  raise KeyError("k")\nawait k()', 'KeyError', 2],
    ['a broken __str__', 'class E(Exception):\n  def __str__(s): raise ValueError\nraise E', 'E', 3],
    ['sys.exit', 'import sys\nsys.exit(3)', 'SystemExit', 2],
    ['input', 'input("name? ")', 'StdinNotImplementedError', 1],
    ['getpass', 'import getpass\ngetpass.getpass()', 'StdinNotImplementedError', 2],
    ['a raised KeyboardInterrupt', 'raise KeyboardInterrupt', 'KeyboardInterrupt', 1],
    ['an error raised in a library', 'import json\njson.loads("{")', 'JSONDecodeError', 2],
  ])('%s', async (_what, code, name, line) => {
    const ran = await runner.run(code);
    expect(ran.result).toMatchObject({ state: 'failed', error: { name, line } });
    expect(ran.result.error?.traceback).not.toContain('runner.py');
    expect(ran.result.error?.traceback).not.toContain('run_until_complete');
    expect((await runner.run('1')).value).toBe('1');
  });

  test('a chain of errors is told whole', async () => {
    const ran = await runner.run('try:\n  {}["a"]\nexcept KeyError as e:\n  raise ValueError("bad") from e');
    expect(ran.result.error?.traceback).toMatch(/KeyError: 'a'[\s\S]*direct cause[\s\S]*ValueError: bad/);
  });

  test('a missing module is named by its top part', async () => {
    const ran = await runner.run('import nosuchpkg.sub');
    expect(ran.result.error).toMatchObject({ name: 'ModuleNotFoundError', module: 'nosuchpkg' });
  });

  test('the message of a refused input says what to do', async () => {
    expect((await runner.run('input()')).result.error?.value).toMatch(/Assign the value in the code/);
    expect((await runner.run('sys.stdin.read()')).value).toBe('');
  });

  test('the source of a cell can be inspected', async () => {
    await runner.run('def shown():\n  return 1');
    expect((await runner.run('import inspect; print(inspect.getsource(shown))')).stdout).toContain(
      'return 1',
    );
  });

  test('a megabyte and eight megabytes of source', async () => {
    for (const size of [1_000_000, 8_000_000]) {
      expect((await runner.run(`s = "${'y'.repeat(size)}"\nlen(s)`)).value).toBe(String(size));
    }
  });
});
