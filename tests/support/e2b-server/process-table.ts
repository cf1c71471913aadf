// Which processes of this machine belong to a sandbox, found by a marker in their environment (or, where there is no /proc, by
// their process group), so that also those that left their group with setsid are stopped and ended.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What the processes of a sandbox use together. */
export interface ProcessUsage {
  /** Processor time since their start, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory in bytes. */
  readonly memoryBytes: number;
}

interface ProcessRow {
  readonly pid: number;
  readonly group: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

const TICKS_PER_SECOND = 100;
const PAGE = 4096;

/** The living processes of a sandbox. `groups` are the groups (= pids) of the programs the server started. */
export function sandboxProcesses(sandboxId: string, groups: ReadonlySet<number>): ProcessRow[] {
  return process.platform === 'linux' ? fromProc(sandboxId, groups) : fromPs(groups);
}

/** Send a signal to every process of the sandbox until a pass finds no new one (they may be forking meanwhile). */
export function signalSandbox(sandboxId: string, groups: ReadonlySet<number>, signal: NodeJS.Signals): void {
  const done = new Set<number>();
  for (let pass = 0; pass < 20; pass += 1) {
    const fresh = sandboxProcesses(sandboxId, groups).filter(({ pid }) => !done.has(pid));
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
      memoryBytes: sum.memoryBytes + row.memoryBytes,
    }),
    { cpuSeconds: 0, memoryBytes: 0 },
  );
}

function fromProc(sandboxId: string, groups: ReadonlySet<number>): ProcessRow[] {
  const marker = `\0E2B_SANDBOX_ID=${sandboxId}\0`;
  const found: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const row = readStat(name);
    if (row && (groups.has(row.group) || hasMarker(name, marker))) found.push(row);
  }
  return found;
}

function hasMarker(name: string, marker: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${name}/environ`, 'latin1')}\0`.includes(marker);
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
      group: Number(fields[2]),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryBytes: Number(fields[21]) * PAGE,
    };
  } catch {
    return undefined;
  }
}

function fromPs(groups: ReadonlySet<number>): ProcessRow[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  return rows.flatMap((line) => {
    const [pid = 0, group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number);
    return groups.has(group) ? [{ pid, group, cpuSeconds: 0, memoryBytes: kilobytes * 1024 }] : [];
  });
}
