/**
 * Figures and tables. Always against small stand-ins of matplotlib and pandas with the parts that the runner touches; against
 * the real ones where the interpreter has them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collected, python, startRunner, type TestRunner } from '../support/runner.ts';

const standIns: Record<string, string> = {
  'matplotlib/__init__.py': 'rcParams = {}\n',
  'matplotlib/figure.py': `
class Figure:
    def __init__(self, number): self.number = number
    def savefig(self, target, format=None, bbox_inches=None): target.write(b"PNG%d" % self.number)
    def __repr__(self): return "<Figure size 640x480 with 1 Axes>"
`,
  'matplotlib/backend_bases.py': 'class FigureManagerBase: pass\n',
  'matplotlib/backends/__init__.py': '',
  'matplotlib/backends/backend_agg.py': 'class FigureCanvasAgg: pass\n',
  'matplotlib/pyplot.py': `
import importlib
import matplotlib
from matplotlib.figure import Figure
backend = importlib.import_module(matplotlib.rcParams["backend"][len("module://"):])
figures = {}
def figure(number=None):
    if number is None: number = max(figures, default=0) + 1
    return figures.setdefault(number, Figure(number))
def get_fignums(): return sorted(figures)
def close(what): figures.clear()
def show(): backend.show()
`,
  'pandas.py': `
NaT = object()
class Stamp:
    def isoformat(self): return "2020-01-01T00:00:00"
class DataFrame:
    size = 4
    def _repr_html_(self): return "<table></table>"
    def __repr__(self): return "   a"
    def to_dict(self, orient): return {"a": [1, float("nan")], "t": [Stamp(), NaT]}
`,
};

let runner: TestRunner;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sb-plots-'));
  for (const [name, text] of Object.entries(standIns)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  runner = await startRunner({ cwd: folder });
});
afterAll(async () => {
  await runner.stop();
  rmSync(folder, { recursive: true, force: true });
});

function shape(ran: Collected): string[] {
  return ran.events.map((event) => {
    if (event.type === 'rich') return `${event.role} ${Object.keys(event.data).sort().join(' ')}`;
    return event.type === 'text' ? `text ${Buffer.from(event.bytes).toString().trim()}` : event.type;
  });
}

describe('stand-ins', () => {
  test('show() and the end of the cell each give every open figure once', async () => {
    const ran = await runner.run(
      'import matplotlib.pyplot as plt\nplt.figure(); plt.show(); print("between"); plt.figure(); plt.figure()\n1',
    );
    const picture = 'display image/png text/plain';
    expect(shape(ran)).toEqual([picture, 'text between', 'result text/plain', picture, picture]);
    expect(ran.events[0]).toMatchObject({ data: { 'image/png': Buffer.from('PNG1').toString('base64') } });
    expect((await runner.run('1;')).events).toEqual([]);
  });

  test('a figure as the value, and figures of a cell that fails', async () => {
    expect(shape(await runner.run('from matplotlib.figure import Figure\nFigure(7)'))).toEqual([
      'result image/png text/plain',
    ]);
    expect(shape(await runner.run('plt.figure(); 1/0'))).toEqual(['display image/png text/plain', 'error']);
  });

  test('a table comes as text, HTML and data', async () => {
    const ran = await runner.run('import pandas\npandas.DataFrame()');
    expect(ran.events).toEqual([
      {
        type: 'rich',
        role: 'result',
        data: {
          'text/plain': '   a',
          'text/html': '<table></table>',
          'application/vnd.specboard.table+json': { a: [1, null], t: ['2020-01-01T00:00:00', null] },
        },
      },
    ]);
  });
});

const real = (() => {
  try {
    execFileSync(python, ['-c', 'import matplotlib, pandas'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!real)('the real libraries', () => {
  test('a plot and a table', async () => {
    const own = await startRunner();
    const plot = await own.run(
      'import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]); plt.show(); print("after")',
    );
    expect(shape(plot)).toEqual(['display image/png text/plain', 'text after']);
    const [picture] = plot.events;
    const png = picture?.type === 'rich' ? String(picture.data['image/png']) : '';
    expect(Buffer.from(png, 'base64').subarray(1, 4).toString()).toBe('PNG');
    const script =
      'import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig("/dev/null", format="png"); print("drawn")';
    const child = `import subprocess, sys\nsubprocess.run([sys.executable, "-c", ${JSON.stringify(script)}]);`;
    expect((await own.run(child)).text).toBe('drawn\n');
    const table = await own.run('import pandas as pd\npd.DataFrame({"a": [1, 2]})');
    expect(shape(table)).toEqual(['result application/vnd.specboard.table+json text/html text/plain']);
    await own.stop();
  });
});
