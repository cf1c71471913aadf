/** What becomes of everything that Daytona and the network can say: the errors of the SDK itself, made by the SDK. */
import {
  DaytonaConnectionError,
  DaytonaConnectionTimeoutError,
  DaytonaError,
  DaytonaTimeoutError,
} from '@daytona/sdk';
import { expect, test } from 'vitest';
import { type ErrorContext, mapError } from '../../src-main/drivers/daytona/map-errors.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

type VendorHeaders = ConstructorParameters<typeof DaytonaError>[2];

const key = 'dtn_0123456789abcdef';
const vendor = (status: number, message = '', code?: string, headers: Record<string, string> = {}) =>
  new DaytonaError(message, status, headers as unknown as VendorHeaders, code, 'DAYTONA_DAEMON');
const codeOf = (error: unknown, about: ErrorContext['about'] = 'sandbox') => mapError(error, { about }).code;

test.each<[number, string, ErrorContext['about'], string]>([
  [401, 'Unauthorized', 'account', 'auth'],
  [401, 'unauthorized: bearer token is missing', 'toolbox', 'auth'],
  [403, 'Forbidden resource', 'create', 'forbidden'],
  [403, 'Total CPU limit exceeded. Maximum allowed: 10.', 'create', 'quota'],
  [400, 'Total memory limit exceeded. Maximum allowed: 10.', 'create', 'quota'],
  [400, 'Total disk limit exceeded. Maximum allowed: 30.', 'create', 'quota'],
  [403, 'CPU request 64 exceeds maximum allowed per sandbox (4)', 'create', 'quota'],
  [403, 'Organization is suspended: Credits depleted', 'create', 'quota'],
  [429, 'Too many requests', 'create', 'rate-limited'],
  [400, 'Snapshot x not found', 'create', 'invalid'],
  [404, 'Snapshot x not found', 'create', 'invalid'],
  [400, 'Domain allow list requires tier 3', 'create', 'invalid'],
  [400, 'Region mars is not available', 'create', 'invalid'],
  [404, 'Sandbox with ID or name x not found', 'sandbox', 'gone'],
  [404, 'sandbox not found', 'toolbox', 'gone'],
  [404, 'Cannot GET /sandbox', 'account', 'unsupported'],
  [404, 'stat /x: no such file', 'file', 'not-found'],
  [410, 'gone', 'sandbox', 'gone'],
  [408, 'timeout', 'sandbox', 'timeout'],
  [504, '', 'sandbox', 'timeout'],
  [409, 'Sandbox state change in progress', 'sandbox', 'conflict'],
  [400, 'bad request: no IP address found. Is the Sandbox started?', 'toolbox', 'unavailable'],
  [502, '', 'toolbox', 'unavailable'],
  [500, 'write /tmp/x: no space left on device', 'file', 'no-space'],
  [500, '{"errors":["open /etc/x: permission denied"]}', 'file', 'forbidden'],
  [400, 'open /tmp: is a directory', 'file', 'invalid'],
  [507, '', 'file', 'no-space'],
  [500, 'boom', 'sandbox', 'unavailable'],
  [503, 'no runners', 'sandbox', 'unavailable'],
  [418, 'teapot', 'sandbox', 'protocol'],
])('HTTP %i "%s" about a %s is %s', (status, message, about, code) => {
  const error = mapError(vendor(status, message), { about });
  expect(error.code).toBe(code);
  expect(error.message).not.toContain(message || 'undefined');
});

test.each([
  ['FILE_NOT_FOUND', 'not-found'],
  ['FILE_ACCESS_DENIED', 'forbidden'],
  ['INVALID_FILE_PATH', 'invalid'],
  ['FILE_READ_FAILED', 'unavailable'],
  ['PROCESS_EXECUTION_TIMEOUT', 'timeout'],
])('the code %s counts before the status', (code, expected) => {
  expect(codeOf(vendor(400, 'x', code), 'file')).toBe(expected);
});

test.each([
  ['connect ECONNREFUSED 127.0.0.1:9', 'unreachable', 'refused'],
  ['getaddrinfo ENOTFOUND app.daytona.io', 'unreachable', 'found'],
  ['self-signed certificate in certificate chain', 'unreachable', 'certificate'],
  ['connect ETIMEDOUT 1.2.3.4:443', 'unreachable', 'reached'],
  ['socket hang up', 'unreachable', 'broke'],
  ['WebSocket connection error', 'unreachable', 'broke'],
  ['[object Object]', 'unreachable', 'broke'],
])('no connection, "%s": %s', (message, code, word) => {
  const error = mapError(new DaytonaConnectionError(message), { about: 'account' });
  expect(error.code).toBe(code);
  expect(error.message).toContain(word);
});

test('the SDK’s own deadlines are timeouts; ours and the person’s abort come before everything', () => {
  expect(codeOf(new DaytonaConnectionTimeoutError('HTTP request timed out after 5ms'))).toBe('timeout');
  expect(codeOf(new DaytonaTimeoutError('PTY connection timeout'))).toBe('timeout');
  const signal = AbortSignal.abort(new SpecboardError('cancelled', 'Stopped by you.'));
  expect(mapError(vendor(401), { about: 'account', signal }).message).toBe('Stopped by you.');
  const late = AbortSignal.abort(new DOMException('x', 'TimeoutError'));
  expect(mapError(vendor(401), { about: 'account', signal: late }).code).toBe('timeout');
});

test('a pause that Daytona asks for, in either header, in ms', () => {
  for (const headers of [{ 'retry-after': '3' }, { 'Retry-After-sandbox-create': '7' }]) {
    const error = mapError(vendor(429, '', undefined, headers as Record<string, string>), {
      about: 'create',
    });
    expect(error.problem.retryAfterMs).toBe(Number(Object.values(headers)[0]) * 1000);
  }
});

test('fields of the form are named where one is to blame', () => {
  const fields = (message: string, status = 400) =>
    Object.keys(mapError(vendor(status, message), { about: 'create' }).problem.fields ?? {});
  expect(fields('Snapshot x not found')).toEqual(['snapshot']);
  expect(fields('memory request exceeds the maximum allowed per sandbox', 403)).toEqual(['memoryGb']);
  expect(fields('networkAllowList needs tier 3: network allow list')).toEqual(['network']);
  expect(fields('invalid image name')).toEqual(['image']);
});

test('never a key in any word, wherever the vendor repeats it', () => {
  const error = mapError(vendor(401, `Bad key: Bearer ${key} and ${encodeURIComponent(key)}`), {
    about: 'account',
    secrets: [key],
  });
  expect(JSON.stringify(error.problem)).not.toContain(key);
  expect(error.problem.details).toContain('***');
  expect(
    JSON.stringify(mapError(new Error('odd dtn_abcdef0123456'), { about: 'account' }).problem),
  ).not.toContain('dtn_abc');
});

test('anything else is ours to explain', () => {
  expect(codeOf('a string')).toBe('internal');
  expect(codeOf(new TypeError('x is not a function'))).toBe('internal');
  const own = new SpecboardError('quota', 'x');
  expect(mapError(own, { about: 'account' })).toBe(own);
});
