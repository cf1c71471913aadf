/** Table `sync_signature`: block signatures by content. A cache: it may be emptied at any time. */
import { type Orm, transact } from '../orm.ts';

/** See the file's first line. */
export interface SyncSignaturesRepository {
  get(checksum: string, blockSize: number, at: number): Uint8Array | undefined;
  /** Stores one, and forgets those that were not used for longest beyond `maxBytes` in all. */
  put(checksum: string, blockSize: number, data: Uint8Array, at: number, maxBytes: number): void;
}

/** Makes the repository over an open connection. */
export function createSyncSignatures(orm: Orm): SyncSignaturesRepository {
  const { $client: client } = orm;
  const one = client
    .prepare<[string, number], Buffer>(
      'SELECT data FROM sync_signature WHERE checksum = ? AND block_size = ?',
    )
    .pluck();
  const used = client.prepare('UPDATE sync_signature SET used_at = ? WHERE checksum = ? AND block_size = ?');
  const insert = client.prepare(
    'INSERT OR REPLACE INTO sync_signature (checksum, block_size, data, used_at) VALUES (?, ?, ?, ?)',
  );
  const total = client
    .prepare<[], number>('SELECT coalesce(sum(length(data)), 0) FROM sync_signature')
    .pluck();
  const oldest = client.prepare<[], { rowid: number; bytes: number }>(
    'SELECT rowid, length(data) AS bytes FROM sync_signature ORDER BY used_at',
  );
  const drop = client.prepare('DELETE FROM sync_signature WHERE rowid = ?');
  return {
    get: (checksum, blockSize, at) => {
      const data = one.get(checksum, blockSize);
      if (data) used.run(at, checksum, blockSize);
      return data;
    },
    put: (checksum, blockSize, data, at, maxBytes) =>
      transact(orm, () => {
        insert.run(checksum, blockSize, data, at);
        let over = (total.get() ?? 0) - maxBytes;
        if (over <= 0) return;
        for (const { rowid, bytes } of oldest.all()) {
          drop.run(rowid);
          over -= bytes;
          if (over <= 0) return;
        }
      }),
  };
}
