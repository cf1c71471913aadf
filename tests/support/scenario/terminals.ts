/** Terminals of the page's main process: a small shell that knows a few commands, kept with all that it printed. */
import type { SpecboardApi, StreamHandle, StreamObserver } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import { isEnded } from '../../../src-shared/domain/session.ts';
import type { Terminal, TerminalEvent } from '../../../src-shared/domain/terminal.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

type Called = (name: string, input: unknown) => Promise<void>;

interface Reader {
  deliver: (event: TerminalEvent) => void;
  end: (value: Terminal) => void;
}

interface Shell {
  terminal: Terminal;
  size: { cols: number; rows: number };
  line: string;
  printed: string;
  readers: Set<Reader>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const csi = '\u001b[';
const beacon = 'https://evil.invalid/x';
const prompt = `${csi}32muser${csi}0m:${csi}34m~${csi}0m$ `;

/** What the commands print; others are not found. */
const commands: Record<string, (argument: string, shell: Shell) => string> = {
  echo: (argument) => `${argument}\r\n`,
  size: (_, { size }) => `${size.cols}x${size.rows}\r\n`,
  lines: (argument) => Array.from({ length: Number(argument) || 100 }, (_, n) => `line ${n}\r\n`).join(''),
  colors: () =>
    [30, 31, 32, 33, 34, 35, 36, 37]
      .map((n) => `${csi}${n}m colour ${csi}${n + 60}m bright ${csi}0m${csi}${n + 10}m behind ${csi}0m\r\n`)
      .join(''),
  ls: () =>
    `total 12\r\n${csi}34mdata${csi}0m  ${csi}34mnotebooks${csi}0m  ${csi}32mtrain.py${csi}0m  README.md\r\n`,
  full: () => `${csi}?1049h${csi}2J${csi}H${csi}7m a full-screen program ${csi}0m`,
  careful: () => `${csi}?2004h`,
  links: () =>
    `see https://example.com/a(b)?c=d#e or http://plain.invalid/\r\n\u001b]8;;https://example.com/target\u0007the docs\u001b]8;;\u0007 \u001b]8;;javascript:window.pwned=1\u0007script\u001b]8;;\u0007 \u001b]8;;file:///etc/passwd\u0007file\u001b]8;;\u0007\r\n`,
  hostile: () =>
    [
      `\u001b]0;spoofed title\u0007\u001b]2;again\u0007`,
      `\u001b]52;c;cHduZWQ=\u0007`,
      `\u001b]8;;${beacon}\u0007<img src="${beacon}" onerror="window.pwned=1">\u001b]8;;\u0007`,
      `${csi}2147483647S${csi}2147483647T${csi}2147483647L${csi}2147483647M${csi}2147483647I${csi}2147483647Zx${csi}2147483647b`,
      `${csi}5n${csi}6n${csi}c${csi}>c${csi}21t${csi}?2026$p\u001bP$q"p\u001b\\\u001b]10;?\u0007\u001b[>q`,
      `${csi}2J${csi}H`,
      `user\u202Etxt.exe\u202C \u2066isolate\u2069\r\n`,
      `<script>window.pwned=1</script>\r\n`,
      `${'x'.repeat(200_000)}\r\n`,
      'after all that\r\n',
    ].join(''),
};

/** The operations and the stream, over the scenario's status. */
export function terminalMethods(
  main: ScenarioMain,
  called: Called,
): { terminals: SpecboardApi['terminals']; terminal: SpecboardApi['terminal'] } {
  const shells = new Map<string, Shell>();
  const { status } = main;
  let ids = 0;
  const publish = () => {
    status.terminals = [...shells.values()].map(({ terminal }) => ({ ...terminal }));
    main.push();
  };
  const print = (shell: Shell, text: string) => {
    shell.printed += text;
    for (const { deliver } of shell.readers) deliver({ type: 'output', bytes: encoder.encode(text) });
  };
  const end = (shell: Shell, exitCode: number | null, reason: string | null) => {
    if (shell.terminal.state === 'ended') return;
    shell.terminal = { ...shell.terminal, state: 'ended', endedAt: Date.now(), exitCode, reason };
    for (const reader of shell.readers) reader.end(shell.terminal);
    publish();
  };
  const run = (shell: Shell, line: string) => {
    const [name = '', ...rest] = line.trim().split(' ');
    if (name === 'exit') return end(shell, Number(rest[0] ?? 0), null);
    if (name === 'die') return end(shell, null, 'It was ended by SIGKILL.');
    const command = commands[name];
    if (command) print(shell, command(rest.join(' '), shell));
    else if (name !== '') print(shell, `sh: ${name}: not found\r\n`);
    if (name !== 'full') print(shell, prompt);
  };
  const type = (shell: Shell, text: string) => {
    for (const character of text) {
      if (character === '\r') {
        const { line } = shell;
        shell.line = '';
        print(shell, '\r\n');
        run(shell, line);
      } else if (character === '\u007f') {
        if (shell.line === '') continue;
        shell.line = shell.line.slice(0, -1);
        print(shell, '\b \b');
      } else if (character < ' ') {
        print(shell, `^${String.fromCharCode(character.charCodeAt(0) + 64)}`);
      } else {
        shell.line += character;
        print(shell, character);
      }
    }
  };
  const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });
  main.onSessionEnded = (sessionId, reason) => {
    for (const shell of shells.values()) if (shell.terminal.sessionId === sessionId) end(shell, null, reason);
  };
  const start = (shell: Shell) => {
    shell.terminal = { ...shell.terminal, state: 'open', endedAt: null, exitCode: null, reason: null };
    print(shell, shell.printed === '' ? prompt : `\r\n${prompt}`);
    publish();
  };

  const terminals: SpecboardApi['terminals'] = {
    async open(input) {
      await called('terminals.open', input);
      const { sessionId, cols, rows } = input;
      if (main.options.terminalFails) return { ok: false, error: main.options.terminalFails };
      const session = status.sessions.find(({ id }) => id === sessionId);
      if (!session || isEnded(session)) return refuse('gone', 'This session has ended.');
      const number =
        Math.max(
          0,
          ...[...shells.values()]
            .filter((s) => s.terminal.sessionId === sessionId)
            .map((s) => s.terminal.number),
        ) + 1;
      ids += 1;
      const id = `00000000-0000-4000-9000-${String(ids).padStart(12, '0')}`;
      const common = { openedAt: Date.now(), endedAt: null, exitCode: null, reason: null };
      const terminal: Terminal = { id, sessionId, number, state: 'opening', ...common };
      const shell: Shell = { terminal, size: { cols, rows }, line: '', printed: '', readers: new Set() };
      shells.set(id, shell);
      publish();
      await new Promise((resolve) => setTimeout(resolve, 10));
      start(shell);
      return ok(shell.terminal);
    },
    async write(input) {
      await called('terminals.write', { ...input, data: decoder.decode(input.data) });
      const shell = shells.get(input.terminalId);
      if (shell?.terminal.state !== 'open') return refuse('gone', 'This terminal has ended.');
      type(shell, decoder.decode(input.data));
      return ok(null);
    },
    async resize(input) {
      await called('terminals.resize', input);
      const shell = shells.get(input.terminalId);
      if (shell) shell.size = { cols: input.cols, rows: input.rows };
      return ok(null);
    },
    async close(input) {
      await called('terminals.close', input);
      shells.delete(input.terminalId);
      publish();
      return ok(null);
    },
    async reopen(input) {
      await called('terminals.reopen', input);
      const shell = shells.get(input.terminalId);
      if (!shell) return refuse('not-found', 'This terminal is closed.');
      const { sessionId } = shell.terminal;
      const own = status.sessions.find(({ id }) => id === sessionId);
      if (!own || isEnded(own)) {
        const next = status.sessions.find((s) => s.profileId === own?.profileId && !isEnded(s));
        if (!next) return refuse('gone', 'This session has ended.');
        shell.terminal = { ...shell.terminal, sessionId: next.id };
      }
      start(shell);
      return ok(shell.terminal);
    },
  };

  const terminal = (
    { terminalId }: { terminalId: string },
    observer: StreamObserver<'terminal'>,
  ): StreamHandle<'terminal'> => {
    const { promise: done, resolve } = Promise.withResolvers<Reply<Terminal>>();
    const shell = shells.get(terminalId);
    if (!shell) {
      resolve(refuse('not-found', 'This terminal is closed.'));
      return { done, cancel: () => {}, close: () => {} };
    }
    const reader: Reader = {
      deliver: (event) => void observer.onData(structuredClone(event)),
      end: (value) => void setTimeout(() => resolve({ ok: true, value }), 0),
    };
    setTimeout(() => {
      observer.onOpen?.(structuredClone(shell.terminal));
      reader.deliver({ type: 'screen', ...shell.size });
      if (shell.printed !== '') reader.deliver({ type: 'output', bytes: encoder.encode(shell.printed) });
      if (shell.terminal.state === 'ended') reader.end(shell.terminal);
      else shell.readers.add(reader);
    }, 5);
    return {
      done,
      cancel: () => {},
      close: () => {
        shell.readers.delete(reader);
        resolve(refuse('cancelled', 'Closed.'));
      },
    };
  };
  return { terminals, terminal };
}
