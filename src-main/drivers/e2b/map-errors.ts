/**
 * Everything that E2B's SDK, its servers, the network and our own signals can throw, as an error of the closed set. Looks at
 * the class AND the status AND our own signal: the SDK dresses a user's abort as a timeout, a missing port as a sandbox that
 * reached its end, and a full account as a rate limit. Vendor text goes redacted behind "Details" and nowhere else.
 */
import { type ErrorCode, type ProblemInfo, SpecboardError } from '../../../src-shared/contract/errors.ts';
import { isTimeout } from './abort.ts';
import { HttpStatusError, LinkError, SilenceError } from './http-link.ts';
import { redact } from './redact.ts';

/** What was being done when the error came. */
export interface ErrorContext {
  /** What the call was about: the same status means different things. */
  about: 'account' | 'create' | 'sandbox' | 'file' | 'interpreter';
  /** Our own signal: where it is aborted, that is the reason, whatever the error says. */
  signal?: AbortSignal | undefined;
  secrets?: readonly string[] | undefined;
  /** Retry-After of the last 429, where the transport saw one. */
  retryAfterMs?: number | undefined;
}

type Found = [code: ErrorCode, message: string, info?: ProblemInfo];

const BUSY: Found = [
  'unavailable',
  'E2B is busy and did not take the request.',
  { hint: 'Nothing was changed. Try again in a moment.' },
];
const GONE: Found = [
  'gone',
  'The sandbox is no longer there.',
  {
    hint: 'Connect again for a new one.',
    kept: 'Output that reached SpecBoard is kept; files in the sandbox are not.',
  },
];
const TIMED_OUT: Found = [
  'timeout',
  'E2B did not answer in time.',
  { hint: 'Check the network and try again.' },
];
const NO_SPACE: Found = [
  'no-space',
  'The disk of the sandbox is full.',
  { hint: 'Remove files in the sandbox, or use a template with a larger disk.' },
];

/** The error as a SpecboardError. Never throws. */
export function mapError(error: unknown, context: ErrorContext): SpecboardError {
  if (error instanceof SpecboardError) return error;
  const { signal } = context;
  if (signal?.aborted) {
    if (signal.reason instanceof SpecboardError) return signal.reason;
    if (isTimeout(signal.reason)) return build(TIMED_OUT, error, context);
    return new SpecboardError('cancelled', 'Cancelled.', { retryable: true });
  }
  return build(find(error, context), error, context);
}

function build([code, message, info]: Found, error: unknown, context: ErrorContext): SpecboardError {
  const details = redact(describe(error), context.secrets);
  return new SpecboardError(code, message, { ...info, ...(details ? { details } : {}) });
}

function find(error: unknown, context: ErrorContext): Found {
  if (!(error instanceof Error)) return ['internal', 'E2B failed in an unknown way.'];
  if (error instanceof HttpStatusError) return byStatus(error.status, error.body, context);
  if (error instanceof SilenceError) {
    return ['unreachable', 'The sandbox went silent.', { hint: 'Check the network and try again.' }];
  }
  const network = byNetwork(error);
  if (network) return network;
  switch (error.name) {
    case 'AuthenticationError':
    case 'GitAuthError':
      return authentication(error.message);
    case 'ServiceBusyError':
      return BUSY;
    case 'RateLimitError':
      return limit(error.message, context);
    case 'NotEnoughSpaceError':
      return NO_SPACE;
    case 'SandboxNotFoundError':
      return GONE;
    case 'FileNotFoundError':
    case 'NotFoundError':
      return ['not-found', 'There is no such file or folder in the sandbox.'];
    case 'InvalidArgumentError':
      return invalid(error.message, context);
    case 'TimeoutError':
    case 'AbortError':
      return timedOut(error.message);
    case 'SandboxError':
    case 'TemplateError':
    case 'BuildError':
      return bySandboxError(error);
    default:
      if (error instanceof SyntaxError)
        return ['protocol', 'E2B answered something that SpecBoard does not understand.'];
      return ['internal', 'Something unexpected went wrong while talking to E2B.'];
  }

  function bySandboxError(sandboxError: Error): Found {
    const status =
      (sandboxError as { statusCode?: number }).statusCode ??
      Number(/^(\d{3}): /.exec(sandboxError.message)?.[1] ?? 0);
    if (status > 0) return byStatus(status, sandboxError.message, context);
    return byRpcCode(sandboxError.message, context);
  }
}

function authentication(message: string): Found {
  if (/API key is required/i.test(message)) {
    return [
      'credential-missing',
      'No API key is set for this profile.',
      { hint: 'Add the key to the profile.' },
    ];
  }
  return [
    'auth',
    'E2B refused the API key.',
    { hint: 'Copy the key again from e2b.dev/dashboard and save it in the profile.' },
  ];
}

/** E2B answers 429 for two different things: too many requests, and too many sandboxes at once. */
function limit(message: string, { retryAfterMs }: ErrorContext): Found {
  const most = /concurrent[^()]*\((\d+)\)/i.exec(message)?.[1];
  if (most !== undefined || /maximum number of (concurrent )?(E2B )?sandboxes/i.test(message)) {
    return [
      'quota',
      most
        ? `Your E2B account may run ${most} sandboxes at once, and all of them are in use.`
        : 'Your E2B account runs as many sandboxes as it may.',
      { hint: 'End a sandbox that is no longer needed, then try again.', retryable: false },
    ];
  }
  return [
    'rate-limited',
    'E2B asks for a pause: there were too many requests.',
    { hint: 'Try again in a moment.', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  ];
}

function invalid(message: string, { about }: ErrorContext): Found {
  if (about === 'file') {
    if (/already exists/i.test(message)) return ['conflict', 'There is already something with this name.'];
    if (/is a directory|is not a file/i.test(message)) return ['invalid', 'This is a folder, not a file.'];
    if (/not a directory/i.test(message)) return ['invalid', 'This is a file, not a folder.'];
    return ['invalid', 'The sandbox does not accept this path.'];
  }
  if (/timeout/i.test(message)) return badLifetime(message);
  return ['invalid', 'E2B does not accept these settings.', { hint: 'Check the profile.' }];
}

function badLifetime(message: string): Found {
  const hours = /(\d+(?:\.\d+)?)\s*h(?:ours?)?\b/i.exec(message)?.[1];
  const text = hours
    ? `Your E2B plan allows at most ${hours} ${hours === '1' ? 'hour' : 'hours'}.`
    : 'Your E2B plan does not allow a sandbox to live this long.';
  return ['invalid', text, { hint: 'Enter fewer minutes in the profile.', fields: { timeoutMinutes: text } }];
}

function timedOut(message: string): Found {
  if (/end of (its )?life|was killed|not running|sandbox was not found|sandbox timeout/i.test(message))
    return GONE;
  if (/\[canceled\]/i.test(message)) return ['cancelled', 'Cancelled.', { retryable: true }];
  if (/\[unavailable\]/i.test(message)) return ['unavailable', 'The sandbox does not answer now.'];
  return TIMED_OUT;
}

function byStatus(status: number, text: string, context: ErrorContext): Found {
  const { about } = context;
  switch (status) {
    case 400:
    case 422:
      return invalid(text, context);
    case 401:
      // envd refuses its own token, not the account's key, when a sandbox was replaced under us.
      return about === 'account' || about === 'create'
        ? authentication(text)
        : ['forbidden', 'The sandbox refused access.'];
    case 403:
      return ['forbidden', 'Your E2B account may not do this.', { hint: 'The plan may lack this feature.' }];
    case 404:
      return notFound(context);
    case 409:
      return [
        'conflict',
        'The sandbox is changing its state.',
        { hint: 'Try again in a moment.', retryable: true },
      ];
    case 429:
      return limit(text, context);
    case 502:
      if (/port is not open/i.test(text)) return noInterpreter();
      return GONE;
    case 503:
      return BUSY;
    case 504:
      return [
        'unavailable',
        'E2B found no place for the sandbox in time.',
        { hint: 'Try again in a moment.' },
      ];
    case 507:
      return NO_SPACE;
    default:
      return status >= 500
        ? [
            'unavailable',
            'E2B has a problem of its own.',
            { hint: 'Try again in a moment; status.e2b.dev says more.' },
          ]
        : ['protocol', 'E2B answered something that SpecBoard does not understand.'];
  }
}

function notFound({ about }: ErrorContext): Found {
  switch (about) {
    case 'create': {
      const text = 'E2B does not know this template, or it belongs to another account.';
      return ['invalid', text, { hint: 'Check the template in the profile.', fields: { template: text } }];
    }
    case 'account':
      return [
        'unsupported',
        'This address does not speak the current E2B API.',
        { hint: 'Check the API address; a self-hosted E2B may be too old.' },
      ];
    case 'file':
      return ['not-found', 'There is no such file or folder in the sandbox.'];
    case 'interpreter':
      return [
        'kernel-died',
        'Python in the sandbox was removed.',
        { hint: 'Reset Python, or connect again.' },
      ];
    case 'sandbox':
      return GONE;
  }
}

/** The template was not made from code-interpreter-v1: nothing listens on port 49999. */
export function noInterpreter(): Found {
  const text = 'This template has no code interpreter.';
  return [
    'invalid',
    text,
    { hint: 'Use code-interpreter-v1, or a template made from it.', fields: { template: text } },
  ];
}

/** Errors of envd come as "<number>: [<code>] text". */
function byRpcCode(message: string, context: ErrorContext): Found {
  const code = /\[([a-z_]+)\]/.exec(message)?.[1];
  switch (code) {
    case 'unauthenticated':
    case 'permission_denied':
      return ['forbidden', 'The sandbox refused access.'];
    case 'not_found':
      return notFound({ ...context, about: context.about === 'file' ? 'file' : 'sandbox' });
    case 'already_exists':
      return ['conflict', 'There is already something with this name.'];
    case 'invalid_argument':
      return invalid(message, context);
    case 'failed_precondition':
    case 'aborted':
      return ['conflict', 'The sandbox cannot do this in its present state.'];
    case 'resource_exhausted':
      return limit(message, context);
    case 'unimplemented':
      return ['unsupported', 'This sandbox is too old for that.'];
    case 'unavailable':
      return ['unavailable', 'The sandbox does not answer now.'];
    case 'deadline_exceeded':
      return TIMED_OUT;
    case 'canceled':
      return ['cancelled', 'Cancelled.', { retryable: true }];
    case 'internal':
    case 'data_loss':
      return ['unavailable', 'Something failed inside the sandbox.'];
    default:
      if (/fetch failed|terminated|socket|network/i.test(message)) return linkBroke();
      return ['unavailable', 'Something failed inside the sandbox.'];
  }
}

/** True where a connection broke, as opposed to one that could not be made: worth asking again what may be asked twice. */
export function isBrokenLink(error: unknown): boolean {
  return error instanceof Error && byNetwork(error)?.[1] === linkBroke()[1];
}

function linkBroke(): Found {
  return ['unreachable', 'The connection to E2B broke.', { hint: 'Check the network and try again.' }];
}

function proxyRefused(): Found {
  return [
    'unreachable',
    'The proxy did not let the connection through.',
    { hint: 'Check the proxy in the profile.' },
  ];
}

/** Errors of the network, told apart by the innermost code: name, refusal, certificate, proxy, silence. */
function byNetwork(error: Error): Found | undefined {
  if (/proxy response|proxy connection|http tunnel/i.test(describe(error))) return proxyRefused();
  const code = networkCode(error);
  if (!code) {
    const isFetch = error instanceof TypeError && /fetch failed|terminated/i.test(error.message);
    return isFetch || error instanceof LinkError ? linkBroke() : undefined;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return [
      'unreachable',
      'The address of E2B could not be found.',
      { hint: 'Check the internet connection, and the domain in the profile.' },
    ];
  }
  if (code === 'ECONNREFUSED') {
    return ['unreachable', 'E2B refused the connection.', { hint: 'Check the addresses in the profile.' }];
  }
  if (code === 'ENOSPC') return undefined;
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    return [
      'unreachable',
      'The certificate of the server is not trusted.',
      { hint: 'A proxy may be in between, or the address is wrong.' },
    ];
  }
  if (/PROXY|TUNNEL/.test(code)) return proxyRefused();
  if (/HEADERS_TIMEOUT|BODY_TIMEOUT/.test(code)) return TIMED_OUT;
  if (
    code === 'ETIMEDOUT' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'EHOSTUNREACH' ||
    code === 'ENETUNREACH'
  ) {
    return ['unreachable', 'E2B cannot be reached.', { hint: 'Check the internet connection.' }];
  }
  return linkBroke();
}

/** Codes of Node, undici and TLS; other libraries use `code` for their own things. */
const NETWORK_CODE =
  /^(E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PROTO|ADDRNOTAVAIL)|UND_ERR_\w+|CERT_\w+|DEPTH_ZERO\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|ERR_(TLS|SSL|PROXY|HTTP2)\w*)$/;

function networkCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner =
    networkCode(cause, depth + 1) ?? (Array.isArray(errors) ? networkCode(errors[0], depth + 1) : undefined);
  return inner ?? (typeof code === 'string' && NETWORK_CODE.test(code) ? code : undefined);
}

function describe(error: unknown): string {
  if (error instanceof HttpStatusError) return `HTTP ${error.status}: ${error.body}`;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${describe(error.cause)})` : '';
  return `${error.name}: ${error.message}${cause}`;
}
