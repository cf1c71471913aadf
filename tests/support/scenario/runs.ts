/**
 * What code does in the scenario bridge: the first line of a cell names a behaviour ("# forever", "# stream 100"). A
 * behaviour emits output and ends with a result, as a driver would.
 */
import type { ExecutionResult, OutputEvent } from '../../../src-shared/domain/execution.ts';
import { e2bCharts } from './charts.ts';

/** What a behaviour may do. */
export interface RunContext {
  argument: string;
  /** Stores and sends output; resolves when the reader wants more (back-pressure). */
  emit(...events: OutputEvent[]): Promise<void>;
  /** Stores and sends the same bytes by reference: for volumes that a page should not hold twice. */
  pour(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Stores and sends what `make` gives, and asks it again whenever it is read. */
  generate(make: () => Uint8Array<ArrayBuffer>): Promise<void>;
  /** Aborts when cancel was asked for; `force` says how. */
  cancelled: AbortSignal;
  forced: AbortSignal;
  /** Asks about missing packages; resolves with the answer. */
  ask(): Promise<string>;
}

/** Ends as succeeded, unless it says otherwise. */
export type Behaviour = (context: RunContext) => Promise<Partial<ExecutionResult> | undefined>;

const encoder = new TextEncoder();

/** A text event. */
export function text(value: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputEvent {
  return { type: 'text', stream, bytes: encoder.encode(value) };
}

/** A 1x1 red PNG, scaled by the page. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

const plot = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="240" viewBox="0 0 480 240">
<path d="M40 10v200h430" fill="none" stroke="#888"/>
<polyline fill="none" stroke="#0a5bc4" stroke-width="2" points="40,190 100,150 160,165 220,110 280,120 340,70 400,80 460,30"/>
<text x="44" y="230" font-size="12" fill="#444">Sales by month</text></svg>`;

const table = `<div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>city</th><th>sales</th><th>share</th></tr></thead>
<tbody>${['Berlin', 'Lagos', 'Osaka', 'Quito', 'Reykjavík'].map((city, i) => `<tr><th>${i}</th><td>${city}</td><td>${(i + 3) * 1234}</td><td>0.${i + 2}1</td></tr>`).join('')}</tbody></table><p>5 rows × 3 columns</p></div>`;

function forever(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The behaviours by name; `hello` is what other code does. */
export const behaviours: Record<string, Behaviour> = {
  async hello({ emit }) {
    await emit(text('Hello from Python 3.13.1\n'));
    await emit({ type: 'rich', role: 'result', data: { 'text/plain': '338350' } });
    return undefined;
  },

  async forever({ emit, cancelled }) {
    await emit(text('step 1\n'), text('step 2\n'));
    await forever(cancelled);
    return { state: 'cancelled' };
  },

  async stubborn({ emit, forced }) {
    await emit(text('ignoring interrupts\n'));
    await forever(forced);
    return { state: 'cancelled', kernelLost: true, reason: 'The process was killed.' };
  },

  async error({ emit }) {
    const error = {
      name: 'ZeroDivisionError',
      value: 'division by zero',
      traceback:
        'Traceback (most recent call last):\n  File "cell 1", line 2, in <module>\n    1 / 0\n    ~~^~~\nZeroDivisionError: division by zero',
      line: 2,
    };
    await emit(text('before\n'), text('a warning on stderr\n', 'stderr'), { type: 'error', error });
    return { state: 'failed', error };
  },

  async exit() {
    return { state: 'failed', exitCode: 3 };
  },

  async rich({ emit }) {
    await emit(
      text('\u001b[1;32mok\u001b[0m \u001b[31mred\u001b[0m \u001b[38;5;208morange\u001b[0m plain\n'),
    );
    await emit({ type: 'rich', role: 'display', data: { 'text/html': table, 'text/plain': 'a table' } });
    await emit({
      type: 'rich',
      role: 'display',
      data: { 'image/svg+xml': plot, 'text/plain': 'Sales plot' },
    });
    await emit({ type: 'rich', role: 'display', data: { 'image/png': png, 'text/plain': 'A red square' } });
    await emit({
      type: 'rich',
      role: 'display',
      data: { 'text/html': '<h3 style="color:#8a2f9c">A report</h3><ul><li>One</li><li>Two</li></ul>' },
    });
    await emit({
      type: 'rich',
      role: 'display',
      data: {
        'text/markdown':
          '## Notes\n\n- **bold**, `code`\n- [a link](https://example.com/)\n\n| a | b |\n|---|---|\n| 1 | 2 |',
      },
    });
    await emit({ type: 'notice', level: 'info', text: 'Installed pandas 2.3.' });
    await emit({ type: 'gap', reason: 'the connection was lost', bytes: 20_480 });
    await emit({
      type: 'rich',
      role: 'result',
      data: { 'application/json': { a: 1, list: [1, 2, 3], deep: { x: null } } },
    });
    return undefined;
  },

  /** `# charts bar`: charts of E2B, one or all. */
  async charts({ emit, argument }) {
    for (const [name, chart] of Object.entries(e2bCharts)) {
      if (argument !== '' && argument !== name) continue;
      await emit({
        type: 'rich',
        role: 'display',
        data: {
          'application/vnd.specboard.chart+json': chart,
          'image/png': png,
          'text/plain': `<Figure ${name}>`,
        },
      });
    }
    return undefined;
  },

  /** Values with several forms, a long table, LaTeX, a PDF, links, and a line that is too long. */
  async forms({ emit }) {
    await emit(
      text(
        `docs: https://example.com/guide?page=1 (not http://plain.example)\n${'long '.repeat(4000)}\n\u001b[38;2;40;40;40mdark grey\u001b[0m \u001b[38;5;226myellow\u001b[0m\n`,
      ),
    );
    await emit({
      type: 'rich',
      role: 'display',
      data: {
        'application/vnd.specboard.table+json': {
          name: Array.from({ length: 120 }, (_, i) => `item ${i}`),
          price: Array.from({ length: 120 }, (_, i) => (i * 37) % 101),
          note: Array.from({ length: 120 }, (_, i) => (i % 7 === 0 ? '=SUM(A1)' : i % 3 === 0 ? 'a, b' : '')),
        },
        'text/plain': 'a frame',
      },
    });
    await emit({
      type: 'rich',
      role: 'display',
      data: { 'text/latex': '$\\int_0^1 x^2\\,dx$', 'text/plain': 'Integral' },
    });
    await emit({
      type: 'rich',
      role: 'display',
      data: { 'application/pdf': 'JVBERi0=', 'text/plain': 'a paper' },
    });
    await emit({
      type: 'rich',
      role: 'result',
      data: {
        'application/json': {
          users: Array.from({ length: 250 }, (_, id) => ({ id, name: `User ${id}`, tags: ['a', 'b'] })),
          total: 250,
          next: null,
        },
        'text/plain': '{...}',
      },
    });
    return undefined;
  },

  async progress({ emit }) {
    for (const percent of [10, 50, 100]) await emit(text(`\rProgress ${percent}%`));
    await emit(text('\nfinished\n'));
    return undefined;
  },

  /** `# lines 5000`: numbered lines, stored. */
  async lines({ emit, argument }) {
    const count = Number(argument) || 100;
    for (let i = 0; i < count; i += 200) {
      let chunk = '';
      for (let n = i; n < Math.min(count, i + 200); n += 1) chunk += `line ${n}\n`;
      await emit(text(chunk));
    }
    return undefined;
  },

  /** `# stream 100`: so many MB of lines in 64 KB pieces, with back-pressure and no other brake. */
  async stream({ pour, argument, cancelled }) {
    const total = (Number(argument) || 10) * 1_048_576;
    const line = `${'abcdefghij'.repeat(9)} 0123456789\n`;
    const piece = encoder.encode(line.repeat(Math.ceil(65_536 / line.length)));
    for (let sent = 0; sent < total && !cancelled.aborted; sent += piece.length) await pour(piece);
    return cancelled.aborted ? { state: 'cancelled' } : undefined;
  },

  /** `# numbered 1000000`: as many numbered lines, made again whenever they are read. */
  async numbered({ generate, argument, cancelled }) {
    const count = Number(argument) || 1_000_000;
    for (let from = 0; from < count && !cancelled.aborted; from += 1000) {
      const to = Math.min(count, from + 1000);
      await generate(() => {
        let piece = '';
        for (let n = from; n < to; n += 1) piece += `line ${n} of what a long job prints into its log\n`;
        return encoder.encode(piece);
      });
    }
    return undefined;
  },

  /** `# drip`: a line every 20 ms until cancelled. */
  async drip({ emit, cancelled }) {
    for (let n = 0; !cancelled.aborted; n += 1) {
      await emit(text(`drip ${n}\n`));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { state: 'cancelled' };
  },

  async ask({ ask, emit }) {
    await emit(text('import sklearn\n'));
    const answer = await ask();
    await emit({ type: 'notice', level: 'info', text: `The answer was ${answer}.` });
    return undefined;
  },

  /** A table without a head of its own: its first row is one. */
  async headless({ emit }) {
    const row = (n: number) => `<tr><td>city ${n}</td><td>${n}</td></tr>`;
    const html = `<table><tr><th>city</th><th>sales</th></tr>${[1, 2, 3, 4].map(row).join('')}</table>`;
    await emit({ type: 'rich', role: 'display', data: { 'text/html': html } });
    return undefined;
  },

  async hostile({ emit }) {
    const beacon = 'https://evil.invalid/x';
    const script = '<script>window.parent.pwned=1;window.pwned=1</script>';
    const html = `${script}<img src=x onerror="window.pwned=1"><img src="${beacon}"><iframe src="${beacon}"></iframe>
<form action="${beacon}"><input name=a></form><a href="javascript:window.pwned=1" id="click">click</a>
<style>@import url(${beacon});body{background:url(${beacon})}</style><b style="background:url(${beacon})">hi</b>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="window.pwned=1"><script>window.pwned=1</script><text y="15">svg</text></svg>`;
    const markdown = `${script}\n\n[x](javascript:window.pwned=1) ![y](${beacon})\n\n<b onclick="window.pwned=1">raw</b>`;
    await emit({ type: 'rich', role: 'display', data: { 'text/html': html } });
    await emit({ type: 'rich', role: 'display', data: { 'image/svg+xml': svg } });
    await emit({ type: 'rich', role: 'display', data: { 'text/markdown': markdown } });
    await emit({
      type: 'rich',
      role: 'display',
      data: { 'text/html': `<table><tr><td>${script}cell</td></tr></table>` },
    });
    await emit({ type: 'rich', role: 'display', data: { 'text/plain': script } });
    await emit(
      text(
        `\u001b]0;spoofed title\u0007\u001b]8;;${beacon}\u0007link\u001b]8;;\u0007 \u001b]52;c;cHduZWQ=\u0007after\n`,
      ),
    );
    await emit(text('user\u202Etxt.exe\u202C \u2066isolate\u2069 \u0000\u0008\u001b[2Jend\n'));
    await emit(text(`${'x'.repeat(1_048_576)}\n`), text('last line\n'));
    return undefined;
  },
};
