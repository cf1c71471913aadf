/**
 * Everything that Daytona's SDK, its servers, the network and our own signals can throw, as an error of the closed set.
 * Looks at status, code and text together: quota has no code of its own, and a stopped sandbox is a plain 400. Vendor text
 * goes redacted behind "Details" and nowhere else.
 */
import { type ErrorCode, type ProblemInfo, SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortError } from '../base-driver.ts';
import { redact } from './redact.ts';

/** What was being done when the error came. */
export interface ErrorContext {
  /** What the call was about: the same status means different things. `toolbox` is the part inside of the sandbox. */
  about: 'account' | 'create' | 'sandbox' | 'toolbox' | 'file';
  /** Our own signal: where it is aborted, that is the reason, whatever the error says. */
  signal?: AbortSignal | undefined;
  secrets?: readonly string[] | undefined;
}

type Found = [code: ErrorCode, message: string, info?: ProblemInfo];

/** What the SDK's errors carry. */
interface VendorError {
  name: string;
  message: string;
  statusCode: number | undefined;
  code: string | undefined;
  headers: unknown;
}

const TIMED_OUT: Found = [
  'timeout',
  'Daytona did not answer in time.',
  { hint: 'Check the network and try again.' },
];
const BROKE: Found = [
  'unreachable',
  'The connection to Daytona broke.',
  { hint: 'Check the network and try again.' },
];
const NO_SPACE: Found = [
  'no-space',
  'The disk of the sandbox is full.',
  { hint: 'Remove files in the sandbox, or use a snapshot with a larger disk.' },
];
const NOT_RUNNING: Found = [
  'unavailable',
  'The sandbox is not running now.',
  { hint: 'Try again in a moment, or connect again.' },
];

const GONE: Found = [
  'gone',
  'The sandbox is no longer there.',
  {
    hint: 'Connect again for a new one.',
    kept: 'Output that reached SpecBoard is kept; files in the sandbox are not.',
  },
];

/** What is said of a sandbox that is not there any more. */
export function goneError(): SpecboardError {
  return new SpecboardError(...GONE);
}

/** The error as a SpecboardError. Never throws. */
export function mapError(error: unknown, context: ErrorContext): SpecboardError {
  if (error instanceof SpecboardError) return error;
  if (context.signal?.aborted) {
    const reason = abortError(context.signal);
    return reason.code === 'timeout' && !(context.signal.reason instanceof SpecboardError)
      ? build(TIMED_OUT, error, context)
      : reason;
  }
  return build(find(error, context), error, context);
}

function build([code, message, info]: Found, error: unknown, context: ErrorContext): SpecboardError {
  const details = redact(describe(error), context.secrets);
  return new SpecboardError(code, message, { ...info, ...(details ? { details } : {}) });
}

function find(error: unknown, context: ErrorContext): Found {
  if (!(error instanceof Error)) return ['internal', 'Daytona failed in an unknown way.'];
  const vendor = vendorError(error);
  const { name, message, code, statusCode } = vendor;
  return (
    byCode(code, context) ??
    quota(message, statusCode) ??
    (statusCode === undefined ? undefined : byStatus(statusCode, vendor, context)) ??
    byNetwork(error, name) ??
    bySystem(message) ?? ['internal', 'Something unexpected went wrong while talking to Daytona.']
  );
}

/** Codes of the part inside of the sandbox. */
function byCode(code: string | undefined, { about }: ErrorContext): Found | undefined {
  switch (code) {
    case 'FILE_NOT_FOUND':
      return ['not-found', 'There is no such file or folder in the sandbox.'];
    case 'FILE_ACCESS_DENIED':
      return ['forbidden', 'The sandbox does not allow this for this file or folder.'];
    case 'INVALID_FILE_PATH':
      return ['invalid', 'The sandbox does not accept this path.'];
    case 'FILE_READ_FAILED':
      return ['unavailable', 'The file could not be read in the sandbox.'];
    case 'PROCESS_EXECUTION_TIMEOUT':
      return ['timeout', 'It took too long in the sandbox.'];
    case 'PROCESS_NOT_FOUND':
    case 'SESSION_ENDED':
      return about === 'file'
        ? undefined
        : ['kernel-died', 'Python in the sandbox is gone.', { hint: 'Connect again.' }];
    default:
      return undefined;
  }
}

/** Daytona has no code for "your plan is used up": only words. */
function quota(message: string, status: number | undefined): Found | undefined {
  if (status !== 400 && status !== 403 && status !== 429) return undefined;
  const total = /total (cpu|memory|disk|gpu)[^.]*limit exceeded/i.exec(message)?.[1]?.toLowerCase();
  const names: Record<string, string> = {
    cpu: 'cores',
    memory: 'memory',
    disk: 'disk',
    gpu: 'graphics processors',
  };
  if (total !== undefined) {
    const what = names[total] ?? total;
    const hint =
      total === 'disk'
        ? 'Stopped sandboxes take up disk too: delete or archive some, then try again.'
        : 'Stop a sandbox that is no longer needed, then try again.';
    return ['quota', `Your Daytona account has no ${what} left.`, { hint, retryable: false }];
  }
  if (/exceeds? (the )?maximum allowed per sandbox/i.test(message)) {
    const text = 'Your Daytona account does not allow a sandbox of this size.';
    const field = /memory/i.test(message) ? 'memoryGb' : /disk/i.test(message) ? 'diskGb' : 'cpu';
    return [
      'quota',
      text,
      { hint: 'Enter less in the profile.', retryable: false, fields: { [field]: text } },
    ];
  }
  if (
    /(resource|quota|organi[sz]ation)[^.]*limit (reached|exceeded)|quota exceeded|depleted|suspended/i.test(
      message,
    )
  )
    return [
      'quota',
      'Your Daytona account may not run more sandboxes now.',
      { hint: 'Look at limits and billing at app.daytona.io/dashboard, or end a sandbox.', retryable: false },
    ];
  return undefined;
}

function byStatus(status: number, vendor: VendorError, context: ErrorContext): Found {
  const { message } = vendor;
  switch (status) {
    case 400:
    case 422:
      return invalid(message, context);
    case 401:
      return [
        'auth',
        'Daytona refused the API key.',
        { hint: 'Make a new key at app.daytona.io/dashboard/keys and save it in the profile.' },
      ];
    case 403:
      return [
        'forbidden',
        'Daytona does not allow this with this API key.',
        { hint: 'Make a key that may write and delete sandboxes, or use another account.' },
      ];
    case 404:
      return notFound(message, context);
    case 408:
    case 504:
      return TIMED_OUT;
    case 409:
      return [
        'conflict',
        'The sandbox is changing its state.',
        { hint: 'Try again in a moment.', retryable: true },
      ];
    case 410:
      return GONE;
    case 413:
      return ['no-space', 'Daytona does not take a file of this size.'];
    case 429:
      return rateLimited(vendor.headers);
    case 502:
      return context.about === 'toolbox' || context.about === 'file'
        ? ['unavailable', 'The sandbox does not answer now.', { hint: 'Try again in a moment.' }]
        : trouble();
    case 507:
      return NO_SPACE;
    default:
      if (status >= 500) return bySystem(message) ?? trouble();
      return ['protocol', 'Daytona answered something that SpecBoard does not understand.'];
  }
}

function trouble(): Found {
  return [
    'unavailable',
    'Daytona has a problem of its own.',
    { hint: 'Try again in a moment; status.daytona.io says more.' },
  ];
}

function invalid(message: string, { about }: ErrorContext): Found {
  if (/no IP address found|is the sandbox started|sandbox is not (started|running)/i.test(message))
    return NOT_RUNNING;
  if (about === 'file') return bySystem(message) ?? ['invalid', 'The sandbox does not accept this path.'];
  if (/snapshot/i.test(message)) return badSnapshot(message);
  if (/(domain|network)[^.]*allow ?list|tier/i.test(message)) {
    const text = 'Your Daytona plan does not allow this choice of network.';
    return ['invalid', text, { hint: 'Choose another network in the profile.', fields: { network: text } }];
  }
  if (/image|dockerfile/i.test(message)) {
    const text = 'Daytona does not accept this image.';
    return ['invalid', text, { hint: 'Check the image in the profile.', fields: { image: text } }];
  }
  if (/region|target/i.test(message)) {
    const text = 'Daytona does not know this region, or it is not open to your account.';
    return ['invalid', text, { hint: 'Check the region in the profile.', fields: { target: text } }];
  }
  if (/state|not (stopped|started)|already/i.test(message))
    return ['conflict', 'The sandbox cannot do this in its present state.', { retryable: true }];
  return ['invalid', 'Daytona does not accept these settings.', { hint: 'Check the profile.' }];
}

function badSnapshot(message: string): Found {
  const text = /not found|does not exist/i.test(message)
    ? 'Daytona does not know this snapshot, or it belongs to another account.'
    : 'This snapshot cannot be used now.';
  return ['invalid', text, { hint: 'Choose another snapshot in the profile.', fields: { snapshot: text } }];
}

function notFound(message: string, { about }: ErrorContext): Found {
  switch (about) {
    case 'create':
      return badSnapshot('not found');
    case 'account':
      return [
        'unsupported',
        'This address does not speak the current Daytona API.',
        { hint: 'Check the API address in the profile; a Daytona of your own may be too old.' },
      ];
    case 'file':
      if (/sandbox/i.test(message)) return GONE;
      return ['not-found', 'There is no such file or folder in the sandbox.'];
    default:
      return GONE;
  }
}

function rateLimited(headers: unknown): Found {
  const seconds = retryAfter(headers);
  return [
    'rate-limited',
    'Daytona asks for a pause: there were too many requests.',
    { hint: 'Try again in a moment.', ...(seconds === null ? {} : { retryAfterMs: seconds * 1000 }) },
  ];
}

/** `Retry-After`, or one of Daytona's own: `Retry-After-sandbox-create`. Seconds. */
function retryAfter(headers: unknown): number | null {
  if (typeof headers !== 'object' || headers === null) return null;
  const found = Object.entries(headers)
    .filter(([name]) => /^retry-after(-|$)/i.test(name))
    .map(([, value]) => Number(value))
    .filter((value) => Number.isFinite(value) && value >= 0);
  return found.length === 0 ? null : Math.max(...found);
}

/** Errors of files in a sandbox come as the operating system's words. */
function bySystem(message: string): Found | undefined {
  if (/no space left|disk quota/i.test(message)) return NO_SPACE;
  if (/permission denied|operation not permitted|read-only file system/i.test(message))
    return ['forbidden', 'The sandbox does not allow this for this file or folder.'];
  if (/is a directory/i.test(message)) return ['invalid', 'This is a folder, not a file.'];
  if (/not a directory/i.test(message)) return ['invalid', 'This is a file, not a folder.'];
  if (/no such file/i.test(message)) return ['not-found', 'There is no such file or folder in the sandbox.'];
  if (/file name too long|invalid argument/i.test(message))
    return ['invalid', 'The sandbox does not accept this path.'];
  return undefined;
}

/** The SDK keeps of a failed connection only its words. */
function byNetwork(error: Error, name: string): Found | undefined {
  if (name === 'DaytonaConnectionTimeoutError') return TIMED_OUT;
  const text = describe(error);
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) {
    return [
      'unreachable',
      'The address of Daytona could not be found.',
      { hint: 'Check the internet connection, and the API address in the profile.' },
    ];
  }
  if (/ECONNREFUSED/.test(text))
    return [
      'unreachable',
      'Daytona refused the connection.',
      { hint: 'Check the API address in the profile.' },
    ];
  if (/certificate|self.signed|CERT_|UNABLE_TO_|ERR_TLS|EPROTO|wrong version number/i.test(text)) {
    return [
      'unreachable',
      'The certificate of the server is not trusted.',
      { hint: 'A proxy may be in between, or the address is wrong.' },
    ];
  }
  if (/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(text))
    return ['unreachable', 'Daytona cannot be reached.', { hint: 'Check the internet connection.' }];
  if (
    /ECONNRESET|EPIPE|socket hang up|aborted|premature close|terminated|WebSocket|not connected/i.test(text)
  )
    return BROKE;
  if (name === 'DaytonaTimeoutError') return TIMED_OUT;
  return name === 'DaytonaConnectionError' ? BROKE : undefined;
}

function vendorError(error: Error): VendorError {
  const { statusCode, code, headers } = error as { statusCode?: unknown; code?: unknown; headers?: unknown };
  return {
    name: error.name,
    message: error.message,
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    code: typeof code === 'string' ? code : undefined,
    headers,
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, statusCode } = vendorError(error);
  const more = [statusCode === undefined ? '' : `HTTP ${statusCode}`, code ?? ''].filter(
    (part) => part !== '',
  );
  const cause = error.cause instanceof Error ? ` (${describe(error.cause)})` : '';
  return `${error.name}${more.length > 0 ? ` ${more.join(' ')}` : ''}: ${error.message}${cause}`;
}
