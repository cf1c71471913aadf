/** What an export is made of, whatever its format. */
import type { Execution, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';

/** One execution with as much of its output as goes in. */
export interface ExportedRun {
  execution: Execution;
  /** Where it ran; null where that is not stored any more. */
  session: Session | null;
  /** In order; text of one stream is joined. */
  output: OutputEvent[];
}

/** What stands at the top. */
export interface ExportHead {
  title: string;
  /** "E2B, started 29 November 2026, 20:04": a line a session. */
  lines: string[];
}

/** A format writes the file piece by piece, so that a long history needs no more memory than its longest run. */
export interface ExportWriter {
  begin(head: ExportHead): string;
  run(run: ExportedRun, index: number): string;
  end(): string;
}

/** How a run ended, in words; null where it just succeeded. */
export function endingOf({ state, result }: Execution): string | null {
  switch (state) {
    case 'succeeded':
      return null;
    case 'failed':
      if (typeof result?.exitCode === 'number') return `Exit ${result.exitCode}`;
      return result?.signal ? `Ended by ${result.signal}` : 'Failed';
    case 'cancelled':
      return 'Cancelled';
    case 'timed-out':
      return 'Timed out';
    case 'lost':
      return result?.reason ? `Lost: ${result.reason}` : 'Lost';
    default:
      return 'Still running when it was exported';
  }
}

/** "40 ms", "0.4 s", "12 s", "4 min 12 s". */
export function durationText(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** SpecBoard's own words in an output, marked as such. */
export function ownWords(event: OutputEvent): string | null {
  if (event.type === 'notice') return `[SpecBoard] ${event.text}`;
  if (event.type !== 'gap') return null;
  const size = event.bytes === undefined ? '' : ` (${event.bytes} bytes)`;
  return `[SpecBoard] Output is missing here${size}: ${event.reason}`;
}

/** The same moment in every file, whatever the language of the system: "2026-11-29 20:04:28". */
export function timeText(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
