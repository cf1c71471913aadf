/** Resources, isolation, secrets. */
import { expect } from 'vitest';
import type { DriverSession } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { type ConformanceKit, never } from '../kit.ts';
import type { Assertion } from '../target.ts';

async function measured(kit: ConformanceKit, session?: DriverSession) {
  const sample = await kit.driver.metrics?.(session ?? (await kit.session()), never);
  if (!sample) throw new Error('metrics is missing');
  return sample;
}

function isNear(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= expected * 0.1;
}

export const lifeAssertions: readonly Assertion[] = [
  {
    name: 'A busy loop shows as one busy core, and memory that is taken shows',
    needs: ['metrics'],
    async run(kit) {
      const before = await measured(kit);
      const running = await kit.started(
        'block = bytearray(150_000_000)\nprint("on", flush=True)\nwhile True: pass',
      );
      const busy = await until('a busy core', async () => {
        const sample = await measured(kit);
        return (sample.cpuPercent ?? 0) > 30 ? sample : null;
      });
      expect(busy.cpuPercent).toBeLessThan(150);
      expect((busy.memoryUsed ?? 0) - (before.memoryUsed ?? 0)).toBeGreaterThan(100_000_000);
      expect((busy.memoryUsed ?? 0) - (before.memoryUsed ?? 0)).toBeLessThan(250_000_000);
      running.cancel();
      await running.done;
      await kit.run('del block');
    },
  },
  {
    name: 'Processor and memory are within ten per cent of what the system itself says',
    needs: ['metrics', 'measurable'],
    async run(kit) {
      const session = await kit.connect();
      const system = async () => {
        const usage = await kit.target.systemUsage?.(session);
        if (!usage) throw new Error('systemUsage is missing');
        return { ...usage, at: performance.now() };
      };
      const running = await kit.started(
        'block = bytearray(300_000_000)\nfor at in range(0, len(block), 4096): block[at] = 1\nprint("on", flush=True)\nwhile True: pass',
        { session },
      );
      await measured(kit, session);
      // A reading is of the time since the one before. While others take this machine's cores one may be off by more: again.
      await until(
        'a reading that fits',
        async () => {
          const before = await system();
          await until(
            'a second of processor time',
            async () => (await system()).cpuSeconds - before.cpuSeconds > 1,
          );
          const sample = await measured(kit, session);
          const after = await system();
          const percent = ((after.cpuSeconds - before.cpuSeconds) / (after.at - before.at)) * 100_000;
          return isNear(sample.cpuPercent ?? 0, percent) && isNear(sample.memoryUsed ?? 0, after.memoryBytes);
        },
        60_000,
      );
      running.cancel();
      await running.done;
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Looking at resources changes nothing: not the end of the sandbox, not what runs',
    needs: ['metrics'],
    async run(kit) {
      const session = await kit.connect();
      const running = await kit.started('import time\nprint("on", flush=True)\ntime.sleep(600)', { session });
      // Where use moves the end, starting the cell did.
      const told: unknown[] = [];
      session.onEndsAt((at) => told.push(at));
      const endsAt = session.endsAt;
      for (let turn = 0; turn < 5; turn += 1) await measured(kit, session);
      expect(session.endsAt).toBe(endsAt);
      expect(told).toEqual([]);
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
      expect(await kit.end(session)).toEqual([]);
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
    name: 'The agents, sockets and processes of this computer are invisible to code',
    needs: ['isolated'],
    async run(kit) {
      const code = `import os, glob
agents = [name for name in os.environ if name in ("SSH_AUTH_SOCK", "DOCKER_HOST", "DBUS_SESSION_BUS_ADDRESS", "GPG_AGENT_INFO")]
sockets = [path for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket") if os.path.exists(path)]
others = []
for file in glob.glob("/proc/[0-9]*/cmdline"):
    try: others += [file] if b"vitest" in open(file, "rb").read() else []
    except OSError: pass
agents, sockets, others`;
      expect((await kit.run(code)).value).toBe('([], [], [])');
      // A process of this computer cannot be signalled by its number either.
      const signal = `import os, signal\ntry:\n    os.kill(${process.pid}, 0); comm = open("/proc/${process.pid}/comm").read()\nexcept OSError: comm = ""\n"node" in comm`;
      expect((await kit.run(signal)).value).toBe('False');
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
