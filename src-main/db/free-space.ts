/**
 * Gives the disk back what was deleted. New databases do it in small steps; one that was made before SpecBoard knew that is
 * rewritten once, which also teaches it.
 */
import type { Orm } from './orm.ts';

/** See the file's first lines. */
export interface FreeSpace {
  /** Bytes of the file that hold nothing. */
  bytes(): number;
  /**
   * Frees at most `pages` (a step of 250 takes some 20 ms). `rewriteBelow`: a database that cannot free in steps is rewritten
   * where what it holds is less than this; that takes about a second for 100 MB. Gives whether there is more to do.
   */
  step(pages: number, rewriteBelow: number): boolean;
}

const incremental = 2;

/** Makes it over an open connection. */
export function createFreeSpace(orm: Orm): FreeSpace {
  const { $client: client } = orm;
  const pragma = (name: string): number => Number(client.pragma(name, { simple: true }));
  const bytes = () => pragma('freelist_count') * pragma('page_size');
  return {
    bytes,
    step: (pages, rewriteBelow) => {
      const free = pragma('freelist_count');
      if (free === 0) return false;
      if (pragma('auto_vacuum') === incremental) {
        client.pragma(`incremental_vacuum(${Math.trunc(pages)})`);
        const left = pragma('freelist_count');
        // The file itself shrinks when its log is folded in.
        if (left === 0) client.pragma('wal_checkpoint(PASSIVE)');
        return left > 0 && left < free;
      }
      const held = (pragma('page_count') - free) * pragma('page_size');
      const isWorthIt = free * pragma('page_size') > Math.max(held / 4, 1_048_576);
      if (held > rewriteBelow || !isWorthIt) return false;
      client.pragma('auto_vacuum = INCREMENTAL');
      client.exec('VACUUM');
      client.pragma('wal_checkpoint(PASSIVE)');
      return false;
    },
  };
}
