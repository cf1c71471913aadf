/** The logger: one JSON object a line, with time, level, scope and message; redacted before it leaves this file. */
import { redact, redactText, type TextRedactor } from './redact.ts';

/** From the least to the most important. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
/** One of `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** Where lines go. `FileSink` is one. */
export interface LogSink {
  /** Takes one line, without its newline. Must not throw and must not wait. */
  write(line: string): void;
}

/** What a logger is made of. */
export interface LoggerOptions {
  sink: LogSink;
  /** Knows the secrets in memory: `LiveSecrets`. */
  secrets: TextRedactor;
  /** ms since the epoch. */
  now: () => number;
  /** Lines below this are dropped; default `info`. */
  level?: LogLevel;
  /** Which process this is, in every line: a window and some terminals may write to the same file. */
  pid?: number;
}

/** Logs for one part of the app. `fields` may hold anything, errors too; secrets in it are taken out. */
export class Logger {
  readonly #options: LoggerOptions;
  readonly #scope: string;

  constructor(options: LoggerOptions, scope = 'app') {
    this.#options = options;
    this.#scope = scope;
  }

  /** The same log under another name: `logger.child('sessions')`. */
  child(scope: string): Logger {
    return new Logger(this.#options, scope);
  }

  /** Bound, so that it can be handed to a service as its `log`. Never throws. */
  readonly log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void => {
    const { sink, secrets, now, level: lowest = 'info', pid = process.pid } = this.#options;
    if (logLevels.indexOf(level) < logLevels.indexOf(lowest)) return;
    const line = {
      at: new Date(now()).toISOString(),
      level,
      pid,
      scope: this.#scope,
      message: redactText(message, secrets),
      ...(fields === undefined ? {} : { fields: redact(fields, secrets) }),
    };
    sink.write(JSON.stringify(line));
  };

  /** What only a developer wants to know. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.log('debug', message, fields);
  }

  /** Something happened as it should. */
  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.log('info', message, fields);
  }

  /** Something is wrong and was dealt with. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.log('warn', message, fields);
  }

  /** Something failed. */
  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.log('error', message, fields);
  }
}
