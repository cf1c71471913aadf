// The E2B test server's code interpreter, asked by the real SDK.
import { NotFoundError, type OutputMessage, Sandbox, TimeoutError } from '@e2b/code-interpreter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { eventually, rejection, runSettled, sdkOptions, startCell } from '../support/e2b-server/testing.ts';

let server: E2bServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startE2bServer();
  sandbox = await Sandbox.create(sdkOptions(server));
});

afterAll(() => server.close());

const begin = <T>(start: () => Promise<T>) => startCell(server, start);

/** One cell with plain fetch: every event, and an abort signal as the SDK has none. */
async function execute(
  code: string,
  options: { signal?: AbortSignal; target?: Sandbox } = {},
): Promise<Record<string, unknown>[]> {
  const target = options.target ?? sandbox;
  const answer = await fetch(`${server.url}/execute`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'e2b-sandbox-id': target.sandboxId,
      'e2b-sandbox-port': '49999',
    },
    body: JSON.stringify({ code }),
    signal: options.signal ?? null,
  });
  const text = await answer.text();
  expect(text).toMatch(/^[\x00-\x7f]*$/);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('output', () => {
  it('gives stdout, stderr, the last value and the count, and ends with its marker', async () => {
    const events = await execute('import sys\nprint("žluť")\nprint("warn", file=sys.stderr)\n6*7');
    expect(events.map(({ type }) => type)).toEqual([
      'number_of_executions',
      'stdout',
      'stderr',
      'result',
      'end_of_execution',
    ]);
    expect(events[1]).toMatchObject({ text: 'žluť\n', timestamp: expect.stringMatching(/^\d{4}-/) });
    expect(events[3]).toMatchObject({ text: '42', is_main_result: true });
    const execution = await sandbox.runCode('x = 5\nx');
    expect([execution.text, execution.executionCount]).toEqual(['5', 2]);
  });

  it('keeps two sandboxes apart', async () => {
    const other = await Sandbox.create(sdkOptions(server));
    await sandbox.runCode('mine = 1');
    expect((await other.runCode('mine')).error?.name).toBe('NameError');
    await other.kill();
  });

  it('streams lines while the cell runs', async () => {
    const seen: OutputMessage[] = [];
    const done = sandbox.runCode(
      'import os, time\nprint("first")\nwhile not os.path.exists("go"): time.sleep(0.01)\nprint("second")',
      { onStdout: (message) => void seen.push(message) },
    );
    await eventually('the first line', () => seen.some(({ line }) => line.includes('first')));
    await sandbox.files.write('go', '');
    expect((await done).logs.stdout.join('')).toBe('first\nsecond\n');
  });

  it('captures child processes in order, and threads', async () => {
    const code =
      'import os, threading\nprint(1)\nos.system("echo 2; echo e >&2")\nprint(3)\n' +
      't = threading.Thread(target=lambda: print(4)); t.start(); t.join()';
    const { logs } = await sandbox.runCode(code);
    expect([logs.stdout.join(''), logs.stderr.join('')]).toEqual(['1\n2\n3\n4\n', 'e\n']);
  });

  it('loses nothing of 20 MB and batches it', async () => {
    let callbacks = 0;
    const { logs } = await sandbox.runCode('for i in range(200_000): print("x" * 99)', {
      timeoutMs: 0,
      onStdout: () => {
        callbacks += 1;
      },
    });
    expect(logs.stdout.join('').length).toBe(20_000_000);
    expect(callbacks).toBeLessThan(1_000);
  });

  it('holds the cell back while nobody reads', async () => {
    const answer = await fetch(`${server.url}/execute`, {
      method: 'POST',
      headers: { 'e2b-sandbox-id': sandbox.sandboxId, 'e2b-sandbox-port': '49999' },
      body: JSON.stringify({
        code: 'for i in range(64):\n  open("printed", "w").write(str(i))\n  print("x" * 1_000_000)',
      }),
    });
    // How much the sockets between take differs: it may be held in its first line.
    const printed = () => sandbox.files.read('printed').catch(() => '');
    const stopped = await eventually('the cell to be held', async () => {
      const before = await printed();
      await sandbox.commands.run('sleep 0.2');
      return before !== '' && before === (await printed()) ? before : undefined;
    });
    expect(Number(stopped)).toBeLessThan(63);
    expect((await answer.text()).length).toBeGreaterThan(64_000_000);
  });

  it('strips the outer quotes of a string result, and shows none for None or a semicolon', async () => {
    expect((await sandbox.runCode('"it is"')).text).toBe('it is');
    expect((await sandbox.runCode('None')).results).toEqual([]);
    expect((await sandbox.runCode('5;')).results).toEqual([]);
  });

  it('gives rich results', async () => {
    const code = `
class Rich:
    def __repr__(self): return "plain"
    def _repr_html_(self): return "<b>html</b>"
    def _repr_png_(self): return b"\\x89PNG"
    def _repr_json_(self): return {"a": [1]}
    def _repr_latex_(self): return "$x$"
    def _repr_svg_(self): return "<svg/>"
    def _repr_markdown_(self): return "*m*"
    def _repr_mimebundle_(self, include=None, exclude=None): return {"application/x-own": {"k": 1}}
class DataFrame:
    def to_dict(self, orient): return {"n": [1, 2]}
from IPython.display import display, HTML
display(HTML("<i>shown</i>"))
display(DataFrame())
Rich()`;
    const { results, text } = await sandbox.runCode(code);
    expect(text).toBe('plain');
    expect(results.map(({ isMainResult }) => isMainResult)).toEqual([false, false, true]);
    expect(results[0]?.html).toBe('<i>shown</i>');
    expect(results[1]?.data).toEqual({ n: [1, 2] });
    expect(results[2]).toMatchObject({
      html: '<b>html</b>',
      png: Buffer.from('\x89PNG', 'latin1').toString('base64'),
      json: { a: [1] },
      latex: '$x$',
      svg: '<svg/>',
      markdown: '*m*',
    });
    expect(results[2]?.raw.extra).toEqual({ 'application/x-own': { k: 1 } });
  });

  it('sends the figures a cell leaves open', async () => {
    await sandbox.files.write(
      'matplotlib/pyplot.py',
      'open_figures = [1]\nclass Figure:\n  def savefig(self, out, **o): out.write(b"png")\n' +
        'def get_fignums(): return list(open_figures)\ndef figure(n): return Figure()\n' +
        'def close(what): open_figures.clear()\n',
    );
    const { results } = await sandbox.runCode(
      'import sys; sys.path.insert(0, ".")\nimport matplotlib.pyplot',
    );
    expect(results.map(({ png, isMainResult }) => [png, isMainResult])).toEqual([['cG5n', false]]);
    expect((await sandbox.runCode('1')).results).toHaveLength(1);
  });
});

describe('errors', () => {
  it('gives name, value and the traceback with its blocks run together', async () => {
    const { error } = await sandbox.runCode('def f():\n    return 1/0\nf()');
    expect([error?.name, error?.value]).toEqual(['ZeroDivisionError', 'division by zero']);
    expect(error?.traceback).toMatch(
      /^-{75}ZeroDivisionError +Traceback \(most recent call last\)Cell In\[\d+\], line 3\n/,
    );
    expect(error?.traceback).toContain('----> 2     return 1/0');
    expect(error?.traceback).toMatch(/ZeroDivisionError: division by zero$/);
  });

  it('describes a syntax error', async () => {
    const { error } = await sandbox.runCode('x = (');
    expect(error?.name).toBe('SyntaxError');
    expect(error?.traceback).toMatch(/^ +Cell In\[\d+\], line 1\n/);
  });

  it('refuses input() and survives sys.exit', async () => {
    expect((await sandbox.runCode('input("name?")')).error?.name).toBe('StdinNotImplementedError');
    expect((await sandbox.runCode('kept = 1\nimport sys; sys.exit(3)')).error?.name).toBe('SystemExit');
    expect((await sandbox.runCode('kept')).text).toBe('1');
  });

  it('runs top-level await, !command and %pip', async () => {
    expect(
      (await sandbox.runCode('import asyncio\nawait asyncio.sleep(0)\nawait asyncio.sleep(0, 7)')).text,
    ).toBe('7');
    expect((await sandbox.runCode('!echo shell')).logs.stdout.join('')).toBe('shell\r\n');
    expect((await sandbox.runCode('%pip --version')).logs.stdout.join('')).toContain('pip');
  });

  it('injects variables as source lines: quotes break, line numbers shift, values are put back', async () => {
    const code = 'import os\nos.environ.get("Q")';
    expect((await sandbox.runCode(code, { envs: { Q: 'value' } })).text).toBe('value');
    expect((await sandbox.runCode(code)).results).toEqual([]);
    expect((await sandbox.runCode(code, { envs: { Q: "it's" } })).error?.name).toBe('SyntaxError');
    const shifted = (await sandbox.runCode('1/0', { envs: { Q: 'a' } })).error?.traceback;
    expect(shifted).toMatch(/Cell In\[\d+\], line 2/);
    const own = await Sandbox.create({ ...sdkOptions(server), envs: { GLOBAL: 'g' } });
    expect((await own.runCode('import os; os.environ["GLOBAL"]')).text).toBe('g');
    await own.runCode('pass', { envs: { GLOBAL: 'other' } });
    expect((await own.runCode('os.environ["GLOBAL"]')).text).toBe('g');
    await own.kill();
  });

  it('says that a context restarted when its kernel dies; the next cell starts fresh', async () => {
    await sandbox.runCode('before = 1');
    const { error } = await sandbox.runCode('import os; os._exit(1)');
    expect(error).toMatchObject({ name: 'ContextRestarting', value: 'Context was restarted' });
    expect((await sandbox.runCode('before')).error?.name).toBe('NameError');
  });
});

describe('interrupts', () => {
  it('interrupts when the client goes, keeps state, ends the child processes of the cell', async () => {
    await sandbox.runCode('state = "kept"');
    const error = await rejection(
      sandbox.runCode('import subprocess; subprocess.run(["sleep", "1007.25"])', { timeoutMs: 400 }),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    await eventually(
      'the sleep gone',
      async () => !(await sandbox.commands.run('ps -A -o args | grep "^sleep 1007.25" || true')).stdout,
    );
    expect((await runSettled(sandbox, 'state')).text).toBe('kept');
  });

  it('survives an interrupt at any moment: while the kernel starts, in the middle of printing', async () => {
    const target = await Sandbox.create(sdkOptions(server));
    const interrupt = async (code: string) => {
      const leave = new AbortController();
      const { done } = await begin(() => rejection(execute(code, { signal: leave.signal, target })));
      leave.abort();
      await done;
    };
    await interrupt('import time; time.sleep(1000)');
    expect((await runSettled(target, 'here = 1\nhere')).text).toBe('1');
    for (let round = 0; round < 5; round += 1) {
      await interrupt('while True: print("x" * 300)');
      expect((await runSettled(target, 'here')).text).toBe('1');
    }
    await target.kill();
  });

  it('runs cells one at a time; leaving the queue disturbs nobody', async () => {
    const wait = 'import os, time\nwhile not os.path.exists("release"): time.sleep(0.01)\n"first"';
    const first = await begin(() => execute(wait));
    const leave = new AbortController();
    const second = await begin(() => rejection(execute('ran_anyway = True', { signal: leave.signal })));
    leave.abort();
    await second.done;
    const third = await begin(() => execute('"third"'));
    await sandbox.files.write('release', '');
    expect((await first.done).at(-2)).toMatchObject({ text: 'first' });
    expect((await third.done).at(-2)).toMatchObject({ text: 'third' });
    expect((await sandbox.runCode('ran_anyway')).error?.name).toBe('NameError');
  });

  it('stays blocked by code that swallows the interrupt', async () => {
    const own = await Sandbox.create(sdkOptions(server));
    const leave = new AbortController();
    const code = `
import os, time
open("started", "w").close()
while not os.path.exists("stop"):
    try: time.sleep(0.01)
    except KeyboardInterrupt: open("swallowed", "w").close()`;
    const stuck = rejection(execute(code, { signal: leave.signal, target: own }));
    await eventually('the start', () => own.files.exists('started'));
    leave.abort();
    await stuck;
    await eventually('the interrupt', () => own.files.exists('swallowed'));
    let over = false;
    const next = await begin(async () => {
      const execution = await own.runCode('"free"');
      over = true;
      return execution;
    });
    expect((await own.commands.run('echo still there')).stdout).toBe('still there\n');
    expect(over).toBe(false);
    await own.files.write('stop', '');
    expect((await next.done).text).toBe('free');
    await own.kill();
  });

  it('drops a cell that comes before the interrupted one has unwound', async () => {
    const own = await Sandbox.create(sdkOptions(server));
    const leave = new AbortController();
    const code = `
import os, time
open("started", "w").close()
try: time.sleep(1000)
finally:
    open("unwinding", "w").close()
    while not os.path.exists("unwound"): time.sleep(0.01)`;
    const interrupted = rejection(execute(code, { signal: leave.signal, target: own }));
    await eventually('the start', () => own.files.exists('started'));
    leave.abort();
    await interrupted;
    await eventually('the unwinding', () => own.files.exists('unwinding'));
    const dropped = await begin(() => rejection(own.runCode('"dropped"', { timeoutMs: 1_000 })));
    await own.files.write('unwound', '');
    expect(await dropped.done).toBeInstanceOf(TimeoutError);
    expect((await runSettled(own, '"next"')).text).toBe('next');
    await own.kill();
  });

  it('tells when the sandbox ends in the middle of a cell', async () => {
    const own = await Sandbox.create(sdkOptions(server));
    const cell = await begin(() => rejection(own.runCode('import time; time.sleep(1000)')));
    await own.kill();
    expect((await cell.done).name).toBe('TimeoutError');
  });
});

describe('contexts', () => {
  it('has python and javascript from the start', async () => {
    const own = await Sandbox.create(sdkOptions(server));
    expect((await own.listCodeContexts()).map(({ language }) => language)).toEqual(['python', 'javascript']);
    expect((await own.runCode('1', { language: 'javascript' })).error?.name).toBe('KernelNotAvailable');
    await own.kill();
  });

  it('makes, uses, restarts and removes one', async () => {
    await sandbox.files.makeDir('project');
    const context = await sandbox.createCodeContext({ cwd: '/home/user/project' });
    expect((await sandbox.runCode('import os; z = 5; os.path.basename(os.getcwd())', { context })).text).toBe(
      'project',
    );
    expect((await sandbox.runCode('z')).error?.name).toBe('NameError');
    await sandbox.restartCodeContext(context);
    expect((await sandbox.runCode('z', { context })).error?.name).toBe('NameError');
    expect((await sandbox.runCode('import os; os.path.basename(os.getcwd())', { context })).text).toBe(
      'user',
    );
    const count = (await sandbox.listCodeContexts()).length;
    await sandbox.removeCodeContext(context);
    expect((await sandbox.listCodeContexts()).length).toBe(count - 1);
    expect(await rejection(sandbox.runCode('1', { context }))).toBeInstanceOf(NotFoundError);
  });

  it('runs contexts side by side; a restart ends the running cell with an error', async () => {
    const context = await sandbox.createCodeContext();
    const stuck = await begin(() => sandbox.runCode('import time; time.sleep(1000)', { context }));
    expect((await sandbox.runCode('"beside"')).text).toBe('beside');
    await sandbox.restartCodeContext(context);
    expect((await stuck.done).error?.name).toBe('UnexpectedEndOfExecution');
    await sandbox.removeCodeContext(context);
  });

  it('answers 400, 404 and 500 where the real one does', async () => {
    const post = (path: string, body: unknown) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'e2b-sandbox-id': sandbox.sandboxId, 'e2b-sandbox-port': '49999' },
        body: JSON.stringify(body),
      });
    expect((await post('/execute', { code: '1', context_id: 'a', language: 'python' })).status).toBe(400);
    expect((await post('/execute', { code: '1', context_id: 'a' })).status).toBe(404);
    expect((await post('/execute', { code: '1', language: 'cobol' })).status).toBe(500);
    const missing = await post('/contexts', { cwd: '/home/user/not-there' });
    expect(missing.status).toBe(200);
  });
});
