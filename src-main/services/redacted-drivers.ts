/**
 * The last net between a vendor's words and everything that keeps or shows them: whatever a driver throws or reports is
 * searched for the secrets that are in memory, in all their encodings (LiveSecrets), and leaves without them. Drivers redact
 * what they know of their own vendor first; this holds for all of them, also where one forgets.
 */
import {
  isSpecboardError,
  type Problem,
  SpecboardError,
  toProblem,
} from '../../src-shared/contract/errors.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { LiveSecrets } from '../secrets/live-secrets.ts';

/** Results of these hold words of the vendor; the others give data that is the person's own. */
const reporting: ReadonlySet<PropertyKey> = new Set(['probe', 'execute']);

/** The same registry, whose drivers tell no secret in an error, a probe or the reason of a result. */
export function redactedRegistry(registry: DriverRegistry, secrets: LiveSecrets): DriverRegistry {
  return {
    manifests: () => registry.manifests(),
    settingsSchema: (type) => registry.settingsSchema(type),
    get: async (type) => redactedCalls(await registry.get(type), secrets),
  };
}

/** An error that may be stored and shown: the same one where it holds no secret, else one without it, and without a cause. */
export function withoutSecrets(error: unknown, secrets: LiveSecrets): unknown {
  if (!isSpecboardError(error)) {
    const holds = secrets.redact(textOf(error)) !== textOf(error);
    return holds ? SpecboardError.fromProblem(redactTexts(toProblem(error), secrets)) : error;
  }
  const problem = redactTexts(error.problem, secrets);
  const isClean = JSON.stringify(problem) === JSON.stringify(error.problem);
  // A cause is the vendor's own object, with whatever hangs on it.
  return isClean && error.cause === undefined ? error : SpecboardError.fromProblem(problem);
}

/** Every function of the object, and of the objects in it, with its errors redacted. */
function redactedCalls<T extends object>(target: T, secrets: LiveSecrets): T {
  return new Proxy(target, {
    get(_target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'function') {
        return (...args: unknown[]) => call(target, value as Callable, args, secrets, reporting.has(name));
      }
      if (name === 'files' && typeof value === 'object' && value !== null)
        return redactedCalls(value, secrets);
      return name === 'output' && isStream(value) ? guardedStream(value, secrets) : value;
    },
  });
}

type Callable = (...args: unknown[]) => unknown;

function call(
  target: object,
  method: Callable,
  args: unknown[],
  secrets: LiveSecrets,
  reports: boolean,
): unknown {
  const rethrow = (error: unknown): never => {
    throw withoutSecrets(error, secrets);
  };
  try {
    const result = Reflect.apply(method, target, args);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value) => (reports ? redactReport(value, secrets) : guarded(value, secrets)),
      rethrow,
    );
  } catch (error) {
    return rethrow(error);
  }
}

/** A stream or a terminal goes on after its call has answered: what it throws later is redacted too. */
function guarded(value: unknown, secrets: LiveSecrets): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isStream(value)) return guardedStream(value, secrets);
  return 'output' in value && isStream(value.output) ? redactedCalls(value, secrets) : value;
}

/** Not a generator: one that was never begun would not end the stream in it. */
function guardedStream(stream: AsyncIterable<unknown>, secrets: LiveSecrets): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => {
      const inner = stream[Symbol.asyncIterator]();
      const guard = <T>(work: Promise<T>): Promise<T> =>
        work.catch((error: unknown) => {
          throw withoutSecrets(error, secrets);
        });
      return {
        next: () => guard(inner.next()),
        return: async () => {
          if (inner.return) await guard(inner.return());
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** What a report says in words; an error of the person's own code stays as it is, it is their output. */
function redactReport(report: unknown, secrets: LiveSecrets): unknown {
  if (typeof report !== 'object' || report === null) return report;
  const { error, ...words } = report as Record<string, unknown>;
  return { ...redactTexts(words, secrets), ...(error === undefined ? {} : { error }) };
}

function redactTexts<T extends Problem | Record<string, unknown>>(value: T, secrets: LiveSecrets): T {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? secrets.redact(item) : item,
  );
  return JSON.parse(text) as T;
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
