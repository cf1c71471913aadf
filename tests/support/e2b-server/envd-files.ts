// envd's HTTP side for file contents: download with ranges, upload as multipart or plain bytes, composing parts.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { list, parseObject, text } from '../vendor-server/json.ts';
import type { Exchange } from './exchange.ts';
import type { Sandbox } from './sandbox.ts';

const USERS = new Set(['', 'user', 'root']);

/** Whether the signature in the query allows this request on that sandbox. A reason when it does not. */
export function checkSignature(
  exchange: Pick<Exchange, 'url' | 'method'>,
  token: string,
  nowMs: number,
): string | undefined {
  const query = exchange.url.searchParams;
  const given = query.get('signature');
  if (!given) return 'missing signature query parameter';
  const expiry = query.get('signature_expiration');
  const operation = exchange.method === 'GET' ? 'read' : 'write';
  const parts = [
    query.get('path') ?? '',
    operation,
    query.get('username') ?? '',
    token,
    ...(expiry ? [expiry] : []),
  ];
  const digest = createHash('sha256').update(parts.join(':')).digest('base64').replace(/=+$/, '');
  if (given !== `v1_${digest}`) return 'invalid signature';
  return expiry && Number(expiry) < nowMs / 1000 ? 'signature is already expired' : undefined;
}

/** Serve /files and /files/compose; the caller has checked token or signature. */
export async function serveFiles(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const query = exchange.url.searchParams;
  const user = query.get('username') ?? '';
  if (!USERS.has(user))
    return exchange.fail(401, `error looking up user '${user}': user: unknown user ${user}`);
  if (exchange.url.pathname === '/files/compose') return compose(sandbox, exchange);
  const target = query.get('path') ?? '';
  if (exchange.method === 'GET') return download(sandbox, exchange, target);
  if (exchange.method === 'POST') return upload(sandbox, exchange, target);
  exchange.fail(405, 'method not allowed');
}

async function download(sandbox: Sandbox, exchange: Exchange, target: string): Promise<void> {
  const host = sandbox.jail.hostFollowed(target);
  const shown = sandbox.jail.absolute(target);
  const stats = statSync(host, { throwIfNoEntry: false });
  if (!stats) return exchange.fail(404, `path '${shown}' does not exist`);
  if (stats.isDirectory()) return exchange.fail(400, `path '${shown}' is a directory`);
  const since = Date.parse(exchange.header('if-modified-since') ?? '');
  if (Math.floor(stats.mtimeMs / 1000) * 1000 <= since) return exchange.reply(304, undefined, {});
  const common = {
    'accept-ranges': 'bytes',
    'last-modified': stats.mtime.toUTCString(),
    vary: 'Accept-Encoding',
  };
  const range = /^bytes=(\d*)-(\d*)$/.exec(exchange.header('range') ?? '');
  if (range) {
    const [, from = '', to = ''] = range;
    const start = from === '' ? Math.max(stats.size - Number(to), 0) : Number(from);
    const end = from === '' || to === '' ? stats.size - 1 : Math.min(Number(to), stats.size - 1);
    if (start > end) return exchange.reply(416, undefined, { 'content-range': `bytes */${stats.size}` });
    const part = {
      'content-range': `bytes ${start}-${end}/${stats.size}`,
      'content-length': end - start + 1,
    };
    exchange.head(206, { ...common, ...part, 'content-type': 'application/octet-stream' });
    return send(exchange, createReadStream(host, { start, end }));
  }
  const type = { 'content-type': 'application/octet-stream' };
  if (exchange.header('accept-encoding')?.trim() === 'gzip') {
    exchange.head(200, { ...common, ...type, 'content-encoding': 'gzip' });
    return send(exchange, createReadStream(host).pipe(createGzip()));
  }
  exchange.head(200, { ...common, ...type, 'content-length': stats.size });
  return send(exchange, createReadStream(host));
}

async function send(exchange: Exchange, source: Readable): Promise<void> {
  exchange.onClose(() => source.destroy());
  try {
    for await (const chunk of source) {
      await exchange.event('bytes', chunk as Buffer);
      if (exchange.res.destroyed) return;
    }
  } catch (error) {
    if (!exchange.res.destroyed) throw error;
    return;
  }
  exchange.end();
}

async function upload(sandbox: Sandbox, exchange: Exchange, target: string): Promise<void> {
  const type = exchange.header('content-type') ?? '';
  const metadata = uploadMetadata(exchange);
  if (type.startsWith('multipart/')) {
    const form = await new Response(new Uint8Array(await exchange.body()), {
      headers: { 'content-type': type },
    }).formData();
    const written: unknown[] = [];
    for (const part of form.getAll('file')) {
      if (typeof part === 'string') return exchange.fail(400, "the field 'file' must be a file");
      const place = prepare(sandbox, target || part.name);
      if (!place) return exchange.fail(400, `path '${target || part.name}' is a directory`);
      writeFileSync(place, Buffer.from(await part.arrayBuffer()));
      written.push(describe(sandbox, target || part.name, metadata));
    }
    return exchange.json(200, written);
  }
  const place = prepare(sandbox, target);
  if (!target || !place) return exchange.fail(400, `path '${target}' is not a file`);
  const unpack = exchange.header('content-encoding') === 'gzip' ? [createGunzip()] : [];
  try {
    await pipeline([exchange.req, ...unpack, createWriteStream(place)]);
  } catch (error) {
    if (exchange.req.destroyed) return; // the client went: what came so far stays, as with envd
    return exchange.fail(
      400,
      `error writing file: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  exchange.json(200, [describe(sandbox, target, metadata)]);
}

/** The place to write to, with its parents made; undefined when it is a folder. */
function prepare(sandbox: Sandbox, target: string): string | undefined {
  const host = sandbox.jail.hostFollowed(target);
  if (statSync(host, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  mkdirSync(path.dirname(host), { recursive: true });
  return host;
}

function describe(sandbox: Sandbox, target: string, metadata: Record<string, string>): unknown {
  const place = sandbox.jail.absolute(target);
  const given = Object.keys(metadata).length > 0 ? { metadata } : {};
  if (given.metadata) sandbox.files.metadata.set(place, metadata);
  else sandbox.files.metadata.delete(place);
  return { path: place, name: path.posix.basename(place), type: 'file', ...given };
}

function uploadMetadata(exchange: Exchange): Record<string, string> {
  const prefix = 'x-metadata-';
  const names = Object.keys(exchange.req.headers).filter((name) => name.startsWith(prefix));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length), exchange.header(name) ?? '']));
}

async function compose(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const body = parseObject(await exchange.body());
  const destination = text(body.destination);
  const parts = list(body.source_paths).map((part) => sandbox.jail.hostFollowed(part));
  const missing = parts.find((part) => !statSync(part, { throwIfNoEntry: false })?.isFile());
  const place = destination ? prepare(sandbox, destination) : undefined;
  if (!destination || !place || parts.length === 0)
    return exchange.fail(400, 'source_paths and destination are required');
  if (missing) return exchange.fail(404, `path '${missing.slice(sandbox.jail.root.length)}' does not exist`);
  writeFileSync(place, '');
  for (const part of parts) appendFileSync(place, readFileSync(part));
  for (const part of parts) rmSync(part);
  exchange.json(200, describe(sandbox, destination, {}));
}
