// Which processes of this machine belong to a sandbox, found by a marker in their environment (or, where there is no /proc, by
// their process group), so that also those that left their group with setsid are stopped and ended.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** How the processes of one sandbox are recognised. */
export interface SandboxMarker {
  /** Name of an environment variable that every process of a sandbox has. */
  readonly variable: string;
  /** Its value: the sandbox's id. */
  readonly id: string;
  /** The groups (= pids) of the programs that the server started. */
  readonly groups: ReadonlySet<number>;
}

/** What the processes of a sandbox use together. */
export interface ProcessUsage {
  /** Processor time since their start, in seconds. */
  readonly cpuSeconds: number;
  /** Memory in bytes; what several of them share is counted once, as a container's or a machine's is. */
  readonly memoryBytes: number;
}

/** One living process. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

const TICKS_PER_SECOND = 100;
const PAGE = 4096;

/** The living processes of a sandbox. */
export function sandboxProcesses(marker: SandboxMarker): ProcessRow[] {
  const text = `\0${marker.variable}=${marker.id}\0`;
  return allProcesses().filter(
    ({ pid, group }) => marker.groups.has(group) || (process.platform === 'linux' && hasMarker(pid, text)),
  );
}

/** The process itself and everything below it that has not been adopted by another. */
export function processTree(root: number): number[] {
  const rows = allProcesses();
  const found = [root];
  for (const parent of found) {
    for (const row of rows) if (row.parent === parent && !found.includes(row.pid)) found.push(row.pid);
  }
  return found;
}

/** Send a signal to every process of the sandbox until a pass finds no new one (they may be forking meanwhile). */
export function signalSandbox(marker: SandboxMarker, signal: NodeJS.Signals): void {
  const done = new Set<number>();
  for (let pass = 0; pass < 20; pass += 1) {
    const fresh = sandboxProcesses(marker).filter(({ pid }) => !done.has(pid));
    if (fresh.length === 0) return;
    for (const { pid } of fresh) {
      done.add(pid);
      signalPid(pid, signal);
    }
  }
}

/** Send a signal to a process (or, negative, a group) that may be gone. */
export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What these processes use together. */
export function usageOf(rows: readonly ProcessRow[]): ProcessUsage {
  return rows.reduce(
    (sum, row) => ({
      cpuSeconds: sum.cpuSeconds + row.cpuSeconds,
      memoryBytes: sum.memoryBytes + (proportional(row.pid) ?? row.memoryBytes),
    }),
    { cpuSeconds: 0, memoryBytes: 0 },
  );
}

/** Memory of a process with its part of what it shares (Linux); undefined where that is not told. */
function proportional(pid: number): number | undefined {
  try {
    const kilobytes = /^Pss:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

function allProcesses(): ProcessRow[] {
  if (process.platform !== 'linux') return fromPs();
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(name) ?? []) : []));
}

function hasMarker(pid: number, marker: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`.includes(marker);
  } catch {
    return false; // gone, or another user's
  }
}

function readStat(name: string): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    // The program's name is in brackets and may hold spaces; the fields after it are plain.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return {
      pid: Number(name),
      parent: Number(fields[1]),
      group: Number(fields[2]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryBytes: Number(fields[21]) * PAGE,
    };
  } catch {
    return undefined;
  }
}

function fromPs(): ProcessRow[] {
  const columns = ['-A', '-o', 'pid=,ppid=,pgid=,rss='];
  return execFileSync('ps', columns, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = 0, parent = 0, group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
      return { pid, parent, group, cpuSeconds: 0, memoryBytes: kilobytes * 1024 };
    });
}
