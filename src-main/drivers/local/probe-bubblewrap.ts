/** Whether bubblewrap works on this computer, found by running it; and if not, why, and the way out. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What was found. `disableUserns`: this version can also forbid nested namespaces. */
export type BubblewrapFinding =
  | { works: true; program: string; disableUserns: boolean }
  | { works: false; message: string; hint: string };

/** Runs it once for real: installed does not mean allowed. Never throws; an abort gives `works: false`. */
export async function probeBubblewrap(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<BubblewrapFinding> {
  // An app started from a dock may have a short PATH.
  const program = [...(env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'bwrap'))
    .find((path) => existsSync(path));
  if (program === undefined) {
    return {
      works: false,
      message: 'bubblewrap is not installed, so this system does not isolate code.',
      hint: 'Install it: "sudo apt install bubblewrap" (Debian, Ubuntu), "sudo dnf install bubblewrap" (Fedora), "sudo pacman -S bubblewrap" (Arch).',
    };
  }
  let said = '';
  for (const disableUserns of [true, false]) {
    const complaint = await tryBubblewrap(program, disableUserns, signal);
    if (complaint === null) return { works: true, program, disableUserns };
    said = complaint;
    if (!/unknown option|disable-userns|max_user_namespaces/i.test(said)) break;
  }
  return { works: false, ...explainComplaint(said, boxOf(env)) };
}

/** Null where it worked; else what it said. */
function tryBubblewrap(program: string, disableUserns: boolean, signal: AbortSignal): Promise<string | null> {
  const args = [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
    ...(disableUserns ? ['--disable-userns'] : []),
    ...['--die-with-parent', '--cap-drop', 'ALL', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'],
    ...['/bin/sh', '-c', ':'],
  ];
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {},
      signal,
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-2000);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killed) =>
      resolve(code === 0 ? null : text || `it ended with ${killed ?? code}`),
    );
  });
}

/** What SpecBoard itself is packed in, where that forbids sandboxes of its own. */
export type Box = 'flatpak' | 'snap' | 'container' | null;

function boxOf(env: Readonly<Record<string, string | undefined>>): Box {
  if (existsSync('/.flatpak-info')) return 'flatpak';
  if (env.SNAP) return 'snap';
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return 'container';
  try {
    return /docker|kubepods|containerd|lxc/.test(readFileSync('/proc/1/cgroup', 'utf8')) ? 'container' : null;
  } catch {
    return null;
  }
}

/** Why bubblewrap refuses, in words for a person. Pure. */
export function explainComplaint(said: string, box: Box): { message: string; hint: string } {
  if (box === 'flatpak' || box === 'snap') {
    return {
      message: `SpecBoard runs inside ${box === 'snap' ? 'a snap' : 'Flatpak'}, which does not let it isolate code.`,
      hint: 'Install SpecBoard from its AppImage, deb or rpm package.',
    };
  }
  const refused =
    /uid map|RTM_NEWADDR|operation not permitted|permission denied|no permissions|user namespace|creating new namespace|max_user_namespaces/i;
  if (!refused.test(said)) {
    return {
      message: `bubblewrap does not work here: ${said.trim().slice(0, 200)}`,
      hint: 'Run "bwrap --ro-bind / / true" in a terminal to see more.',
    };
  }
  if (box === 'container') {
    return {
      message: 'SpecBoard runs inside a container that does not allow it to isolate code.',
      hint: 'Start the container so that it may make user namespaces (for Docker: a seccomp profile that allows them).',
    };
  }
  return {
    message: 'bubblewrap is installed, but this system does not allow it to make user namespaces.',
    hint: 'On Ubuntu 23.10 and newer: "sudo apt install apparmor-profiles" and then "sudo ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload apparmor". Elsewhere: "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000".',
  };
}
