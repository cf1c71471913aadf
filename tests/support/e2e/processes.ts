/** Which processes an app started, and which of them are still there. Reads /proc: Linux only, elsewhere nothing is found. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process as far as a test cares. */
export interface FoundProcess {
  pid: number;
  /** Its start in clock ticks: a pid may be given again, the pair is not. */
  startedAt: string;
  command: string;
}

/** All descendants of `pid`, and every other process whose command line names `text`. */
export function processesOf(pid: number, text: string): FoundProcess[] {
  const all = everyProcess();
  const found = new Map<number, FoundProcess>();
  const parents = new Set([pid]);
  // Children are listed after their parents only by chance: go round until nothing new is found.
  for (let size = -1; size !== parents.size; ) {
    size = parents.size;
    for (const each of all) {
      if (!parents.has(each.parent)) continue;
      parents.add(each.pid);
      found.set(each.pid, each);
    }
  }
  for (const each of all) if (each.command.includes(text)) found.set(each.pid, each);
  found.delete(process.pid);
  return [...found.values()];
}

/** Those of `processes` that still run, and every process whose command line names `text`. */
export function survivorsOf(processes: readonly FoundProcess[], text: string): FoundProcess[] {
  const known = new Set(processes.map(({ pid, startedAt }) => `${pid} ${startedAt}`));
  return everyProcess().filter(
    (each) =>
      each.pid !== process.pid && (known.has(`${each.pid} ${each.startedAt}`) || each.command.includes(text)),
  );
}

function everyProcess(): (FoundProcess & { parent: number })[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        // Its name is in parentheses and may hold anything.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [state = '', parent = ''] = fields;
        // Ended, only not collected by its parent.
        if (state === 'Z' || state === 'X') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(name), parent: Number(parent), startedAt: fields[19] ?? '', command }];
      } catch {
        return []; // ended meanwhile
      }
    });
}
