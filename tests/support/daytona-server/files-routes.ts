// The toolbox's routes below /files.
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { badRequest, DaemonError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { attempt, fileInfo, listFolder } from './files-info.ts';
import { findText, replaceText, searchNames } from './files-search.ts';
import { bulkDownload, bulkUpload, downloadFile, uploadBody } from './files-transfer.ts';
import type { Sandbox } from './sandbox.ts';

type Route = (sandbox: Sandbox, exchange: Exchange) => Promise<void> | void;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': (sandbox, exchange) =>
    exchange.json(
      200,
      listFolder(sandbox, exchange.query('path') ?? '.', Number(exchange.query('depth') ?? 1)),
    ),
  'DELETE ': removeFile,
  'GET /info': (sandbox, exchange) => exchange.json(200, fileInfo(sandbox, wanted(exchange, 'path'))),
  'POST /folder': makeFolder,
  'POST /move': moveFile,
  'POST /permissions': setPermissions,
  'GET /search': searchNames,
  'GET /find': findText,
  'POST /replace': replaceText,
  'POST /bulk-upload': bulkUpload,
  'POST /bulk-download': bulkDownload,
  'GET /download': downloadFile,
  'POST /upload-v2': uploadBody,
};

/** Serve one request below /files. Throws DaemonError. */
export async function serveFiles(sandbox: Sandbox, exchange: Exchange, rest: string): Promise<void> {
  const route = ROUTES[`${exchange.method} ${rest}`];
  if (!route) throw new DaemonError(404, 'NOT_FOUND', `404 page not found: /files${rest}`);
  await route(sandbox, exchange);
}

function removeFile(sandbox: Sandbox, exchange: Exchange): void {
  const given = wanted(exchange, 'path');
  const recursive = exchange.query('recursive') === 'true';
  const host = attempt(given, () => sandbox.jail.host(given));
  const folder = attempt(given, () => statSync(sandbox.jail.hostFollowed(given))).isDirectory();
  if (folder && !recursive) throw badRequest('cannot delete directory without recursive flag');
  attempt(given, () =>
    recursive ? rmSync(host, { recursive: true }) : folder ? rmdirSync(host) : unlinkSync(host),
  );
  exchange.reply(204, undefined, {});
}

function makeFolder(sandbox: Sandbox, exchange: Exchange): void {
  const given = wanted(exchange, 'path');
  const mode = Number.parseInt(exchange.query('mode') || '755', 8);
  if (Number.isNaN(mode)) throw badRequest('invalid mode format');
  attempt(given, () => mkdirSync(sandbox.jail.hostFollowed(given), { recursive: true, mode }));
  exchange.reply(201, undefined, {});
}

function moveFile(sandbox: Sandbox, exchange: Exchange): void {
  const [source, target] = [wanted(exchange, 'source'), wanted(exchange, 'destination')];
  attempt(source, () => renameSync(sandbox.jail.host(source), sandbox.jail.host(target)));
  exchange.reply(200, undefined, {});
}

function setPermissions(sandbox: Sandbox, exchange: Exchange): void {
  const given = wanted(exchange, 'path');
  const host = attempt(given, () => sandbox.jail.hostFollowed(given));
  const mode = exchange.query('mode');
  if (mode) attempt(given, () => chmodSync(host, Number.parseInt(mode, 8)));
  const [owner, group] = [exchange.query('owner'), exchange.query('group')];
  if (owner || group) {
    const now = attempt(given, () => statSync(host));
    // Names of users are those of this machine, so only numbers mean the same inside.
    const [uid, gid] = [Number(owner ?? now.uid), Number(group ?? now.gid)];
    if (Number.isNaN(uid) || Number.isNaN(gid)) throw badRequest('invalid owner or group');
    attempt(given, () => chownSync(host, uid, gid));
  }
  exchange.reply(200, undefined, {});
}

function wanted(exchange: Exchange, name: string): string {
  const found = exchange.query(name);
  if (!found) throw badRequest(`${name} is required`);
  return found;
}
