/** A sandbox in which a sync finds no Python, where there is one: for the ways of a driver that has no sandbox without. */
import { expect } from 'vitest';
import type { DriverSession } from '../../src-main/drivers/driver.ts';
import type { SandboxPort } from '../../src-main/sync/remote/sandbox-port.ts';
import type { ConformanceKit } from './kit.ts';

/** All that the shell's way may need; busybox's own where there is one. */
const programs =
  'base64 cat chmod cp cut date dd df env find flock gzip head id ln ls mkdir mv printf readlink rm rmdir sed sh sha256sum sleep sort stat sync tail tar test touch tr uname wc';

/** What to put between: nothing where the sandbox has none by itself. */
export async function hidingPython(
  kit: ConformanceKit,
  session: DriverSession,
): Promise<(port: SandboxPort) => SandboxPort> {
  const look = `for p in python3 python /usr/bin/python3 /usr/local/bin/python3; do command -v "$p"; done
mkdir -p tools && box=$(command -v busybox)
for name in ${programs}; do
  if [ -n "$box" ] && "$box" --list | grep -qx "$name"; then ln -sf "$box" "tools/$name"
  else p=$(command -v "$name") && case $p in /*) ln -sf "$p" "tools/$name";; esac; fi
done
printf 'at %s' "$PWD/tools"`;
  const { stdout } = await kit.shell(look, { session });
  const [found = '', folder = ''] = stdout.split('at ');
  expect(folder).toMatch(/^\//);
  if (found.trim() === '') return (port) => port;
  return (port) => ({
    ...port,
    run: (command, output, signal) => {
      const bare = command.replaceAll(/\/(usr|opt)\/\S*python3/g, '/nowhere');
      return port.run(`PATH='${folder}'; export PATH\n${bare}`, output, signal);
    },
  });
}
