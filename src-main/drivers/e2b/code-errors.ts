/** Errors of a cell: E2B joins IPython's traceback without line breaks; here they are put back as well as it goes. */
import type { CodeError } from '../../../src-shared/domain/execution.ts';

/** Names under which the code interpreter tells that the kernel is gone. */
const KERNEL_GONE = new Set(['ContextRestarting', 'UnexpectedEndOfExecution']);

/** True where this error means that Python itself ended. */
export function isKernelDeath(name: string): boolean {
  return KERNEL_GONE.has(name);
}

/** The error of a kernel that died during a cell; the runner says it in the same words. */
export function kernelDied(): CodeError {
  const value =
    'Python ended unexpectedly. The variables are gone; the next cell starts a fresh Python. Perhaps the memory was used up.';
  return { name: 'KernelDied', value, traceback: `KernelDied: ${value}` };
}

/** An error event as a code error: traceback with line breaks, the line in the cell, the missing module. */
export function codeErrorOf(error: { name: string; value: string; traceback: string }): CodeError {
  const value = withoutPlace(error.name, error.value);
  const traceback = reflowTraceback(error.traceback, error.name, error.value);
  const module = /^No module named '([^'.]+)/.exec(error.value)?.[1];
  const line = lineOf(error);
  return {
    name: error.name,
    value,
    traceback: traceback || `${error.name}: ${value}`,
    ...(error.name === 'ModuleNotFoundError' && module ? { module } : {}),
    ...(line === undefined ? {} : { line }),
  };
}

/** IPython names cells and temporary files after its own counting; the person knows "the cell". */
function withoutPlace(name: string, value: string): string {
  if (!/^(Syntax|Indentation|Tab)Error$/.test(name)) return value;
  return value.replace(/ \((?:Cell In\[\d+\]|<[^>]*>|[^()]*\.py), line \d+\)$/, '');
}

function lineOf({
  name,
  value,
  traceback,
}: {
  name: string;
  value: string;
  traceback: string;
}): number | undefined {
  const syntax = /^(Syntax|Indentation|Tab)Error$/.test(name)
    ? /, line (\d+)\)$/.exec(value)?.[1]
    : undefined;
  const last = [...traceback.matchAll(/Cell In\s?\[\d+\], line (\d+)/g)].at(-1)?.[1];
  const found = Number(syntax ?? last);
  return Number.isInteger(found) && found > 0 ? found : undefined;
}

/**
 * Line breaks back into a joined traceback: after the rule, before each frame, before the last line. What is not recognised
 * stays as it came; a traceback that has its breaks is not changed.
 */
export function reflowTraceback(text: string, name: string, value: string): string {
  let flowed = text
    .replace(/^(-{20,})(?=[^\s-])/, '$1\n')
    .replace(/(Traceback \(most recent call last\))(?=\S)/g, '$1\n')
    .replace(/([^\n])(?=Cell In\s?\[\d+\], line \d+)/g, (match, before: string) =>
      before === '(' || before === ' ' ? match : `${before}\n`,
    )
    .replace(/([^\n ])(?=File (?:\/|~|<)[^\n:]+:\d+)/g, '$1\n');
  const last = value ? `${name}: ${value}` : name;
  if (flowed.endsWith(last) && flowed.length > last.length) {
    const head = flowed.slice(0, -last.length);
    if (!head.endsWith('\n')) flowed = `${head}\n${last}`;
  }
  return flowed.trimEnd();
}
