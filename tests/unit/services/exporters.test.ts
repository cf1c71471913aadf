/** Exports: a notebook that Jupyter takes, Markdown and text that nothing in an output can break. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { ExportedRun, ExportWriter } from '../../../src-main/services/export/export-model.ts';
import { fileName } from '../../../src-main/services/export/file-name.ts';
import { markdownWriter } from '../../../src-main/services/export/markdown.ts';
import { notebookWriter } from '../../../src-main/services/export/notebook.ts';
import { textWriter } from '../../../src-main/services/export/plain-text.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { sampleExecution, sampleSession } from '../../support/database.ts';

const text = (value: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputEvent => ({
  type: 'text',
  stream,
  bytes: Buffer.from(value),
});
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const python: ExportedRun = {
  execution: sampleExecution('11111111-1111-4111-8111-111111111111', 's', {
    number: 4,
    code: 'print("hällo")\nraise ValueError("no")',
    state: 'failed',
    result: { state: 'failed', durationMs: 420, error: { name: 'ValueError', value: 'no', traceback: 'x' } },
  }),
  session: sampleSession('s', 'p', { profileName: 'Work <b>' }),
  output: [
    text('hällo \u001b[31mred\u001b[0m\nlone \ud800 half\n'),
    text('warned\n', 'stderr'),
    {
      type: 'rich',
      role: 'result',
      data: { 'text/plain': '42', 'text/html': '<b>42</b>', 'application/json': [1] },
    },
    {
      type: 'rich',
      role: 'display',
      data: { 'image/png': png, 'application/vnd.x+json': { a: 1 }, 'x/odd': 7 },
    },
    { type: 'notice', level: 'info', text: 'installing pandas' },
    { type: 'gap', reason: 'this part was cut', bytes: 12 },
    { type: 'error', error: { name: 'ValueError', value: 'no', traceback: 'Traceback:\nValueError: no' } },
  ],
};
const shell: ExportedRun = {
  execution: sampleExecution('22222222-2222-4222-8222-222222222222', 's', {
    number: 5,
    language: 'shell',
    code: 'echo "```"; exit 3',
    state: 'failed',
    result: { state: 'failed', durationMs: 61_000, exitCode: 3 },
  }),
  session: python.session,
  output: [text('```\n## not a heading\n')],
};

function write(writer: ExportWriter): string {
  const head = { title: 'Work <b>', lines: ['E2B, [x](javascript:1)'] };
  return (
    writer.begin(head) + [python, shell].map((run, index) => writer.run(run, index)).join('') + writer.end()
  );
}

describe('a notebook', () => {
  const written = write(notebookWriter());
  const notebook = JSON.parse(written);

  test('has a cell a run, with outputs as Jupyter keeps them', () => {
    expect(notebook).toMatchObject({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: 'python3' } },
    });
    const [about, first, second] = notebook.cells;
    expect(about).toMatchObject({ cell_type: 'markdown', id: 'about' });
    expect(first).toMatchObject({ id: python.execution.id, execution_count: 4, cell_type: 'code' });
    expect(first.source).toEqual(['print("hällo")\n', 'raise ValueError("no")']);
    expect(first.outputs).toEqual([
      {
        name: 'stdout',
        output_type: 'stream',
        text: ['hällo \u001b[31mred\u001b[0m\n', 'lone \ufffd half\n'],
      },
      { name: 'stderr', output_type: 'stream', text: ['warned\n'] },
      {
        data: { 'text/plain': '42', 'text/html': '<b>42</b>', 'application/json': [1] },
        execution_count: 4,
        metadata: {},
        output_type: 'execute_result',
      },
      {
        data: { 'image/png': png, 'application/vnd.x+json': { a: 1 }, 'x/odd': '7' },
        metadata: {},
        output_type: 'display_data',
      },
      { name: 'stderr', output_type: 'stream', text: ['[SpecBoard] installing pandas\n'] },
      {
        name: 'stderr',
        output_type: 'stream',
        text: ['[SpecBoard] Output is missing here (12 bytes): this part was cut\n'],
      },
      {
        ename: 'ValueError',
        evalue: 'no',
        output_type: 'error',
        traceback: ['Traceback:', 'ValueError: no'],
      },
    ]);
    expect(second.source).toEqual(['%%bash\n', 'echo "```"; exit 3']);
    expect(second.outputs.at(-1).text).toEqual(['[SpecBoard] Exit 3\n']);
    expect(second.metadata.specboard).toMatchObject({ exitCode: 3, durationMs: 61_000, profile: 'Work <b>' });
  });

  test('is valid nbformat 4.5, by the rules and by nbformat itself where it is installed', () => {
    expect(notebookProblems(notebook)).toEqual([]);
    const check =
      'import sys, json\ntry:\n import nbformat\nexcept ImportError:\n sys.exit(9)\nnbformat.validate(nbformat.reads(sys.stdin.read(), 4))';
    const { status, stderr } = spawnSync(process.env.NBFORMAT_PYTHON ?? 'python3', ['-c', check], {
      input: written,
      encoding: 'utf8',
    });
    if (status !== 9) expect(stderr).toBe('');
  });
});

test('Markdown: nothing in code, output or names ends a fence, becomes a link or a heading', () => {
  const written = write(markdownWriter());
  expect(written).toContain('# Work \\<b\\>\n');
  expect(written).toContain('- E2B, \\[x\\]\\(javascript:1\\)\n');
  expect(written).toContain('````bash\necho "```"; exit 3\n````');
  expect(written).toContain('````text\n```\n## not a heading\n````');
  expect(written).toContain(`![Output](data:image/png;base64,${png})`);
  expect(written).toContain('## #4\n\nPython · Failed · 0.4 s · ');
  expect(written).toContain('Exit 3 · 1 min 1 s');
  expect(written).toContain('> \\[SpecBoard\\] Output is missing here \\(12 bytes\\): this part was cut');
  expect(written).not.toContain('\u001b');
});

test('plain text reads like a terminal, without its colours', () => {
  const written = write(textWriter());
  expect(written).toContain('#4  Python  Failed  0.4 s');
  expect(written).toContain('> print("hällo")\n> raise ValueError("no")\n\nhällo red\n');
  expect(written).toContain('[SpecBoard] Output is missing here (12 bytes): this part was cut\nTraceback:\n');
  expect(written.endsWith('```\n## not a heading\n')).toBe(true);
});

test('file names are ones that every system takes', () => {
  expect(fileName('a/b:c*"<>|? \u202ex', 'ipynb')).toBe('a-b-c- -x.ipynb');
  expect(fileName('CON', 'md')).toBe('specboard.md');
  expect(fileName(' ..', 'txt')).toBe('specboard.txt');
});

/** The rules of nbformat.v4.5.schema.json that concern what is written here. */
function notebookProblems(notebook: {
  cells: { id: string; cell_type: string; source: unknown; outputs?: Record<string, unknown>[] }[];
}): string[] {
  const problems: string[] = [];
  const isText = (value: unknown) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));
  const keys: Record<string, string[]> = {
    stream: ['name', 'output_type', 'text'],
    display_data: ['data', 'metadata', 'output_type'],
    execute_result: ['data', 'execution_count', 'metadata', 'output_type'],
    error: ['ename', 'evalue', 'output_type', 'traceback'],
  };
  const ids = notebook.cells.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push('two cells have one id');
  for (const cell of notebook.cells) {
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(cell.id)) problems.push(`id ${cell.id}`);
    if (!isText(cell.source)) problems.push(`source of ${cell.id}`);
    const allowed = ['cell_type', 'id', 'metadata', 'source'];
    if (cell.cell_type === 'code') allowed.push('execution_count', 'outputs');
    if (Object.keys(cell).sort().join() !== allowed.sort().join()) problems.push(`keys of ${cell.id}`);
    for (const output of cell.outputs ?? []) {
      const type = String(output.output_type);
      if (Object.keys(output).sort().join() !== keys[type]?.join()) problems.push(`keys of a ${type}`);
      for (const [mime, value] of Object.entries((output.data as object | undefined) ?? {})) {
        if (!/^application\/(.*\+)?json$/.test(mime) && !isText(value)) problems.push(`${mime} of a ${type}`);
      }
    }
  }
  return problems;
}
