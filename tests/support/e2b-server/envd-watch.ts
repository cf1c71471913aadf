// envd's WatchDir stream. Node's watcher stands in for inotify: kinds are the same, order and doubles may differ.
import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import path from 'node:path';
import { type JsonRecord, text } from '../vendor-server/json.ts';
import { ConnectStream } from './connect-protocol.ts';
import type { FilesystemService } from './envd-filesystem.ts';
import type { Exchange } from './exchange.ts';

/** Serve one WatchDir call until the client goes. Throws ConnectError when the folder cannot be watched. */
export function watchDir(
  files: FilesystemService,
  message: JsonRecord,
  exchange: Exchange,
  keepaliveMs: number | undefined,
): void {
  const target = text(message.path) ?? '';
  const host = files.folder(target);
  const recursive = message.recursive === true;
  const known = new Set(readdirSync(host, { recursive, encoding: 'utf8' }));
  const watcher: FSWatcher = watch(host, { recursive });
  const stream = new ConnectStream(exchange, { keepalive: {} }, keepaliveMs);
  stream.onClose(() => watcher.close());
  void stream.send('start', { start: {} });
  watcher.on('error', () => stream.end());
  watcher.on('change', (kind, given) => {
    const name = given?.toString();
    if (!name) return;
    const there = existsSync(path.join(host, name));
    const type = kind === 'change' ? 'WRITE' : !there ? 'REMOVE' : known.has(name) ? 'WRITE' : 'CREATE';
    if (there) known.add(name);
    else known.delete(name);
    const entry =
      message.includeEntry === true && there ? { entry: files.entry(path.posix.join(target, name)) } : {};
    void stream.send('filesystem', { filesystem: { name, type: `EVENT_TYPE_${type}`, ...entry } });
  });
}
