// Contents of files, in and out.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { list } from '../vendor-server/json.ts';
import { badRequest, DaemonError, fileError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { readMultipart } from './multipart-reader.ts';
import type { Sandbox } from './sandbox.ts';

const BOUNDARY = 'DAYTONA-FILE-BOUNDARY';

/** Serve POST /files/bulk-upload. Every file is complete or not there; what fails is listed, the others are kept. */
export async function bulkUpload(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const places = new Map<string, string>();
  const errors: string[] = [];
  const files: { path: string; bytes: number }[] = [];
  try {
    for await (const part of readMultipart(exchange.req, exchange.header('content-type') ?? '')) {
      const [, index = '', kind] = /^files\[(.*)\]\.(path|file)$/.exec(part.name) ?? [];
      if (kind === 'path') {
        const pieces: Buffer[] = [];
        for await (const piece of part.content()) pieces.push(piece);
        places.set(index, Buffer.concat(pieces).toString('utf8').trim());
      } else if (kind === 'file') {
        const place = places.get(index);
        if (place) {
          const result = await store(sandbox, place, part.content());
          if (typeof result === 'number') files.push({ path: place, bytes: result });
          else errors.push(`${place}: ${result.message}`);
        } else errors.push(`file[${index}]: missing .path metadata`);
      }
    }
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    errors.push(`reading part: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (exchange.res.destroyed) return;
  if (errors.length > 0) exchange.json(400, { errors, files });
  else exchange.json(200, { files });
}

/** Serve POST /files/upload-v2: the body is the file. */
export async function uploadBody(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const place = exchange.query('path');
  if (!place) throw badRequest('path is required');
  const result = await store(sandbox, place, exchange.req);
  if (typeof result !== 'number') throw result;
  exchange.json(200, { path: place, bytes: result });
}

/** Serve POST /files/bulk-download: one part a file, or a part that says why not. */
export async function bulkDownload(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const paths = list((await exchange.jsonBody()).paths);
  if (paths.length === 0) throw badRequest('request body must be {"paths": [ ... ]} and non-empty');
  exchange.head(200, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` });
  for (const given of paths) {
    const size = await sizeOf(sandbox, given);
    if (typeof size === 'number') {
      const length = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(size) };
      await exchange.write(partHead('file', given, length));
      const source = createReadStream(sandbox.jail.hostFollowed(given), { end: Math.max(size - 1, 0) });
      if (!(await send(exchange, size === 0 ? [] : source))) return;
    } else {
      const error = {
        statusCode: size.status,
        message: size.message,
        code: size.code,
        source: 'DAYTONA_DAEMON',
      };
      await exchange.write(partHead('error', given, { 'Content-Type': 'application/json' }));
      await exchange.write(Buffer.from(JSON.stringify(error)));
    }
    await exchange.write(Buffer.from('\r\n'));
  }
  exchange.res.end(`--${BOUNDARY}--\r\n`);
}

/** Serve GET /files/download. */
export async function downloadFile(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const given = exchange.query('path');
  if (!given) throw badRequest('path is required');
  const size = await sizeOf(sandbox, given);
  if (typeof size !== 'number') throw size;
  exchange.head(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  if (await send(exchange, createReadStream(sandbox.jail.hostFollowed(given)))) exchange.res.end();
}

/** Whether the query carries a valid signature of this request (a link made by downloadUrl or uploadUrl). */
export function isSigned(sandbox: Sandbox, exchange: Exchange, nowMs: number): boolean {
  const [given, expires] = [exchange.query('signature'), exchange.query('expires')];
  if (!given || expires === undefined) return false;
  const text = `v1:files:${exchange.method}:${exchange.query('path') ?? ''}:${expires}`;
  const wanted = `v1_${createHmac('sha256', sandbox.signingKey).update(text).digest('base64url')}`;
  const same = given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
  return same && (expires === '0' || Number(expires) * 1000 > nowMs);
}

/** Write beside the place and rename; the bytes written, or why not. The content is read to its end in any case. */
async function store(
  sandbox: Sandbox,
  given: string,
  content: AsyncIterable<Buffer>,
): Promise<number | DaemonError> {
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      bytes += piece.length;
      yield piece;
    }
  }
  const source = counted();
  let beside: string | undefined;
  try {
    const host = sandbox.jail.hostFollowed(given);
    await mkdir(path.dirname(host), { recursive: true });
    beside = path.join(path.dirname(host), `.daytona-upload-${randomBytes(5).toString('hex')}`);
    await pipeline(source, createWriteStream(beside));
    await chmod(beside, 0o644);
    await rename(beside, host);
    return bytes;
  } catch (error) {
    if (beside) await rm(beside, { force: true });
    for await (const _ of content);
    return fileError(error, given);
  }
}

async function sizeOf(sandbox: Sandbox, given: string): Promise<number | DaemonError> {
  try {
    const found = await stat(sandbox.jail.hostFollowed(given));
    if (found.isDirectory())
      return new DaemonError(400, 'INVALID_FILE_PATH', `path is a directory: ${given}`);
    if (!found.isFile()) return new DaemonError(400, 'INVALID_FILE_PATH', `not a regular file: ${given}`);
    return found.size;
  } catch (error) {
    return fileError(error, given);
  }
}

function partHead(name: string, filename: string, headers: Readonly<Record<string, string>>): Buffer {
  // Twice: plain for old clients, and as RFC 5987 has it for any name.
  const plain = filename.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, '_');
  const exact = encodeURIComponent(filename).replace(/['()*]/g, percent);
  const disposition = `form-data; name="${name}"; filename="${plain}"; filename*=utf-8''${exact}`;
  const lines = Object.entries({ 'Content-Disposition': disposition, ...headers }).map(
    ([field, value]) => `${field}: ${value}\r\n`,
  );
  return Buffer.from(`--${BOUNDARY}\r\n${lines.join('')}\r\n`);
}

function percent(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** False when the client went or the file could not be read to its end; the connection is cut then. */
async function send(exchange: Exchange, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<boolean> {
  try {
    for await (const piece of source) {
      if (exchange.res.destroyed) return false;
      await exchange.write(piece);
    }
    return true;
  } catch {
    exchange.cut();
    return false;
  }
}
