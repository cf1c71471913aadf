/** Resources, isolation, secrets. */
import { expect } from 'vitest';
import { until } from '../../support/runner.ts';
import { never } from '../kit.ts';
import type { Assertion } from '../target.ts';

export const lifeAssertions: readonly Assertion[] = [
  {
    name: 'A busy loop shows as about one busy core, and memory that is taken shows',
    needs: ['metrics'],
    async run(kit) {
      const session = await kit.session();
      const measure = async () => {
        const sample = await kit.driver.metrics?.(session, never);
        if (!sample) throw new Error('no metrics');
        return sample;
      };
      const before = await measure();
      const running = await kit.started(
        'block = bytearray(150_000_000)\nprint("on", flush=True)\nwhile True: pass',
      );
      const busy = await until('a busy core', async () => {
        const sample = await measure();
        return (sample.cpuPercent ?? 0) > 30 ? sample : null;
      });
      expect(busy.cpuPercent).toBeLessThan(100 * (busy.cpuCount ?? 1) + 50);
      expect((busy.memoryUsed ?? 0) - (before.memoryUsed ?? 0)).toBeGreaterThan(100_000_000);
      running.cancel();
      await running.done;
      await kit.run('del block');
    },
  },
  {
    name: 'The secrets and variables of this computer are invisible to code',
    async run(kit) {
      const { hostSecret } = kit.target;
      expect(Object.values(process.env).join('\n') + hostSecret).toContain(hostSecret);
      expect((await kit.run('import os\nprint(dict(os.environ))')).stdout).not.toContain(hostSecret);
      expect((await kit.shell('env; cat /proc/self/environ; true')).stdout).not.toContain(hostSecret);
      expect(
        (
          await kit.run(
            'import os\nprint({k: v for k, v in os.environ.items() if "E2B" in k or "API" in k or "TOKEN" in k})',
          )
        ).stdout.trim(),
      ).not.toContain(hostSecret);
    },
  },
  {
    name: 'The files of this computer are invisible to code',
    needs: ['isolated'],
    async run(kit) {
      const file = import.meta.filename;
      expect((await kit.run(`import os\nos.path.exists(${JSON.stringify(file)})`)).value).toBe('False');
    },
  },
  {
    name: 'Switched off, the network is off: TCP, UDP and names',
    needs: ['networkOff'],
    async run(kit) {
      const code = `import socket
def tries(what):
    try: what(); return "reached"
    except OSError: return "not reached"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
[tries(lambda: socket.create_connection(("192.0.2.1", 80), 3)), tries(lambda: udp.sendto(b"x", ("192.0.2.1", 53))), tries(lambda: socket.getaddrinfo("example.org", 80))]`;
      expect((await kit.run(code)).value).toBe("['not reached', 'not reached', 'not reached']");
    },
  },
];
