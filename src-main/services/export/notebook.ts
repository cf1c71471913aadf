/** A Jupyter notebook (nbformat 4.5): a cell a run, outputs as Jupyter itself would keep them. Pure. */
import type { MimeBundle, OutputEvent } from '../../../src-shared/domain/execution.ts';
import { type ExportedRun, type ExportHead, type ExportWriter, endingOf, ownWords } from './export-model.ts';

/** Writes a notebook. */
export function notebookWriter(): ExportWriter {
  return {
    begin: (head) => `{\n "cells": [\n${json(titleCell(head))}`,
    run: (run) => `,\n${json(codeCell(run))}`,
    end: () => `\n ],\n${metadata}}\n`,
  };
}

const metadata = ` "metadata": ${JSON.stringify({
  kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
  language_info: { file_extension: '.py', mimetype: 'text/x-python', name: 'python' },
})},\n "nbformat": 4,\n "nbformat_minor": 5\n`;

function titleCell({ title, lines }: ExportHead) {
  const source = [`# ${title}`, '', ...lines.map((line) => `- ${line}`)].join('\n');
  return { cell_type: 'markdown', id: 'about', metadata: {}, source: linesOf(source) };
}

function codeCell({ execution, session, output }: ExportedRun) {
  const { id, number, language, code, state, startedAt, result } = execution;
  // A cell of shell code, as Jupyter writes it.
  const source = language === 'shell' ? `%%bash\n${code}` : code;
  const ending = endingOf(execution);
  const hasError = output.some(({ type }) => type === 'error');
  const last = ending !== null && !hasError ? [stream('stderr', `[SpecBoard] ${ending}\n`)] : [];
  return {
    cell_type: 'code',
    execution_count: number,
    id,
    metadata: {
      specboard: {
        state,
        startedAt: new Date(startedAt).toISOString(),
        ...(session ? { profile: session.profileName, driver: session.driverType } : {}),
        ...(result ? { durationMs: result.durationMs } : {}),
        ...(typeof result?.exitCode === 'number' ? { exitCode: result.exitCode } : {}),
      },
    },
    outputs: [...output.map((event) => outputOf(event, number)), ...last],
    source: linesOf(source),
  };
}

function outputOf(event: OutputEvent, number: number) {
  switch (event.type) {
    case 'text':
      return stream(event.stream, new TextDecoder().decode(event.bytes));
    case 'rich':
      return event.role === 'result'
        ? { data: bundleOf(event.data), execution_count: number, metadata: {}, output_type: 'execute_result' }
        : { data: bundleOf(event.data), metadata: {}, output_type: 'display_data' };
    case 'error': {
      const { name, value, traceback } = event.error;
      return { ename: name, evalue: value, output_type: 'error', traceback: traceback.split('\n') };
    }
    default:
      return stream('stderr', `${ownWords(event) ?? ''}\n`);
  }
}

function stream(name: 'stdout' | 'stderr', text: string) {
  return { name, output_type: 'stream', text: linesOf(text) };
}

/** JSON kinds stay JSON; everything else must be text, or the notebook is not valid. */
function bundleOf(data: MimeBundle): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => {
      if (/^application\/(.*\+)?json$/.test(mime)) return [mime, value];
      return [mime, typeof value === 'string' ? value : JSON.stringify(value)];
    }),
  );
}

/** Lines with their ends, as Jupyter writes them, so that files compare line by line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function json(value: unknown): string {
  // Lone halves of characters are no valid UTF-8.
  return JSON.stringify(value, (_key, item) => (typeof item === 'string' ? item.toWellFormed() : item), 1);
}
