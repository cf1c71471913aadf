/** A sandbox port whose helper runs in forks of a loaded one (fork_server.py), and whose link a test can break. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { python } from '../runner.ts';
import { kitFile } from '../synckit.ts';
import { processPort } from './process-port.ts';

interface Reply {
  code: number;
  out: string;
  err: string;
}

/** The loaded helper; one for a test file. Dispose it. */
export class ForkServer implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting: ((reply: Reply) => void)[] = [];

  /** `kit`: another helper than the real one. */
  constructor(kit = kitFile) {
    const script = join(import.meta.dirname, 'fork_server.py');
    this.#child = spawn(python, ['-I', '-S', '-B', '-X', 'utf8', script, kit], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!this.#child.stdout) throw new Error('no output');
    this.#child.once('close', () => {
      for (const reply of this.#waiting.splice(0))
        reply({ code: 1, out: '', err: 'the loaded helper ended' });
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) =>
      this.#waiting.shift()?.(JSON.parse(line)),
    );
  }

  ask(request: { kit: string; word: string; home: string; crash: number }): Promise<Reply> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  [Symbol.dispose](): void {
    this.#child.stdin?.end();
  }
}

/** What happens to the link, told before each request with its number since the last `begin`. */
export interface LinkFaults {
  /** From this request on everything fails, as on a cut cable. */
  cutFrom: number;
  /** The request with which it is cut reaches the sandbox, and its answer does not come back. */
  isLate: boolean;
  /** The helper ends itself at this hook of its first request that comes so far; 0: never. */
  crashAt: number;
  /** Somebody does something in the sandbox, or here, just before this request. */
  before: (request: number) => void;
}

export const noFaults: LinkFaults = { cutFrom: -1, isLate: false, crashAt: 0, before: () => {} };

/** A port whose link breaks as it is told. */
export class LinkPort implements SandboxPort {
  faults = noFaults;
  #requests = 0;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #inner: SandboxPort;

  constructor(inner: SandboxPort) {
    this.#inner = inner;
  }

  /** Resolves when nothing is under way in the sandbox: what a dead app asked for goes on there. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  begin(faults: LinkFaults): void {
    this.faults = faults;
    this.#requests = 0;
  }

  run: SandboxPort['run'] = (...all) => this.#over(() => this.#inner.run(...all));
  put: SandboxPort['put'] = (...all) => this.#over(() => this.#inner.put(...all));
  get: SandboxPort['get'] = (...all) => this.#over(() => this.#inner.get(...all));

  async #over<T>(call: () => Promise<T>): Promise<T> {
    const { cutFrom, isLate, before } = this.faults;
    const request = this.#requests;
    this.#requests += 1;
    before(request);
    const isCut = cutFrom >= 0 && request >= cutFrom;
    if (isCut && (request > cutFrom || !isLate)) throw cut();
    const work = call();
    this.#underWay.add(work);
    const value = await work.finally(() => this.#underWay.delete(work));
    if (isCut) throw cut();
    return value;
  }
}

/** See the file's first line. */
export class ForkPort extends LinkPort {
  constructor(server: ForkServer, home: string) {
    const run: SandboxPort['run'] = async (command, output) => {
      const put = (text: string): void => output.stdout(Buffer.from(text));
      if (command.startsWith('q=\nfor p in')) {
        put(`\nSYNCKIT-HERE ${home}\nSYNCKIT-HOME ${home}\nSYNCKIT-PYTHON ${python}\n`);
        return 3;
      }
      const parts = /^(\S+) -I -S -B (\S+) (\S+)$/.exec(command.replaceAll("'", ''));
      if (!parts) throw new Error(`Not a call of the helper: ${command}`);
      const [, , kit = '', word = ''] = parts;
      const reply = await server.ask({ kit, word, home, crash: this.faults.crashAt });
      if (reply.code === 99) this.faults = { ...this.faults, crashAt: 0 };
      put(reply.out);
      output.stderr(Buffer.from(reply.err));
      return reply.code;
    };
    super({ ...processPort(home), run });
  }
}

function cut(): SpecboardError {
  return new SpecboardError('unreachable', 'The link is cut.');
}
