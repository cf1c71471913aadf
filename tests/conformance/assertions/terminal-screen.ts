/** A terminal as assertions see it: what was shown so far, typing, waiting for what must come. */
import type { DriverSession, DriverTerminal, TerminalSize } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { type ConformanceKit, never } from '../kit.ts';

/** What all assertions about terminals need. */
export const needs = ['terminal'] as const;

/** A terminal whose output is read all the time. Whoever opens one closes it. */
export class Screen {
  readonly terminal: DriverTerminal;
  readonly #chunks: Uint8Array[] = [];
  /** Resolves when the output has ended. */
  readonly drained: Promise<void>;

  constructor(terminal: DriverTerminal) {
    this.terminal = terminal;
    this.drained = this.#read();
  }

  /** Everything so far as text, without the control sequences of prompts. */
  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    return text.replace(
      /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])/g,
      '',
    );
  }

  async type(text: string): Promise<void> {
    await this.terminal.write(Buffer.from(text));
  }

  /** Waits until the output after `from` matches. */
  async see(what: RegExp, from = 0): Promise<RegExpExecArray> {
    return until(`${what} in ${JSON.stringify(this.text.slice(from, from + 500))}`, () =>
      what.exec(this.text.slice(from)),
    );
  }

  /** Types a command and waits for a line that it prints; gives the first group. */
  async ask(command: string, answer: RegExp): Promise<string> {
    const from = this.text.length;
    await this.type(`${command}\r`);
    return (await this.see(answer, from))[1] ?? '';
  }

  async #read(): Promise<void> {
    for await (const bytes of this.terminal.output) this.#chunks.push(bytes);
  }
}

/** Size of a terminal where it does not matter. */
export const usual: TerminalSize = { cols: 100, rows: 30 };

/** Opens one; the caller closes it. */
export async function open(
  kit: ConformanceKit,
  options: { session?: DriverSession; size?: TerminalSize; cwd?: string } = {},
): Promise<Screen> {
  const { session = await kit.session(), size = usual, cwd } = options;
  const opened = kit.driver.openTerminal?.(session, size, cwd === undefined ? {} : { cwd }, never);
  if (!opened) throw new Error('openTerminal is missing');
  return new Screen(await opened);
}

/** Opens one for the work, and closes it whatever happens. */
export async function inTerminal(
  kit: ConformanceKit,
  work: (screen: Screen) => Promise<void>,
  options: Parameters<typeof open>[1] = {},
): Promise<void> {
  const screen = await open(kit, options);
  try {
    await work(screen);
  } finally {
    await screen.terminal.close();
  }
}
