/** What a driver says about itself, tested both ways: what it declares works, what it does not is not there. */
import { expect } from 'vitest';
import type { Driver } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { tarOf } from '../../support/tar-archive.ts';
import { bytesOf, type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

/** The account of the test bed with other credentials. */
export function withCredentials(kit: ConformanceKit, credentials: Record<string, string>) {
  const quiet = { profileName: 'Conformance', onStep: () => {}, onMetadata: () => {} };
  return { ...kit.target.account({}), ...quiet, sessionId: crypto.randomUUID(), credentials };
}

function required({ manifest }: Driver): string[] {
  return manifest.credentials.filter((field) => field.required).map(({ name }) => name);
}

export const capabilityAssertions: readonly Assertion[] = [
  {
    name: 'The form starts with settings that are valid, and knows every one of them',
    async run({ driver: { manifest, settingsSchema } }) {
      const parsed = settingsSchema.parse(manifest.defaults) as Record<string, unknown>;
      expect(parsed).toEqual(manifest.defaults);
      expect(settingsSchema.parse({})).toEqual(manifest.defaults);
      const fields = manifest.fields.map(({ key }) => key);
      expect([...fields].sort()).toEqual(Object.keys(parsed).sort());
    },
  },
  {
    name: 'A setting that is not known, or of the wrong kind, is refused with its name',
    async run({ driver: { manifest, settingsSchema } }) {
      expect(settingsSchema.safeParse({ ...manifest.defaults, notASetting: 1 }).success).toBe(false);
      for (const key of Object.keys(manifest.defaults)) {
        const result = settingsSchema.safeParse({ ...manifest.defaults, [key]: ['wrong'] });
        expect(result.success, key).toBe(false);
        expect(result.error?.issues[0]?.path[0]).toBe(key);
      }
    },
  },
  {
    name: 'What a driver says it cannot do is not there to be called, and what it can do is',
    async run({ driver }) {
      const { capabilities, fields } = driver.manifest;
      const { files, metrics, list, pause, extend, terminal, ports, watch } = capabilities;
      const has = (method: keyof Driver) => driver[method] !== undefined;
      expect({
        files: has('files'),
        metrics: has('metrics'),
        list: has('list'),
        pause: has('pause'),
        extend: has('extend'),
        terminal: has('openTerminal'),
        ports: has('portAddress'),
        watch: has('watch'),
      }).toEqual({ files, metrics, list, pause, extend, terminal, ports, watch });
      for (const method of ['pack', 'unpack'] as const) {
        expect(typeof driver.files?.[method]).toBe(files ? 'function' : 'undefined');
      }
      // A form field that offers values has somebody to ask for them.
      expect(has('suggest')).toBe(fields.some((field) => field.kind === 'text' && field.suggests === true));
      // What was left running or asleep would otherwise never be found again.
      const leaves = capabilities.keep.some((mode) => mode !== 'end');
      expect(has('attach')).toBe(leaves);
      // Whoever lists sandboxes can end them.
      if (list) expect(has('endRemote')).toBe(true);
    },
  },
  {
    name: 'A language that is declared runs, and one that is not is refused as such',
    async run(kit) {
      const { python, shell } = kit.driver.manifest.capabilities;
      for (const [language, declared, code] of [
        ['python', python, 'print("runs")'],
        ['shell', shell, 'echo runs'],
      ] as const) {
        const work = kit.run(code, { language });
        if (declared) expect((await work).stdout).toBe('runs\n');
        else expect((await problemOf(work)).code).toBe('unsupported');
      }
    },
  },
  {
    name: 'Fields that offer values offer some or none, in words that the form takes; nobody to ask is an empty list',
    async run(kit) {
      const { driver, target } = kit;
      const fields = driver.manifest.fields.filter(
        (field) => field.kind === 'text' && field.suggests === true,
      );
      for (const { key } of fields) {
        const account = target.account({});
        const values = await driver.suggest?.(account, key, never);
        expect(Array.isArray(values), key).toBe(true);
        for (const value of values ?? []) {
          const typed = { ...(account.settings as object), [key]: value };
          expect(driver.settingsSchema.safeParse(typed).success, `${key}: ${value}`).toBe(true);
        }
        expect(await driver.suggest?.(account, 'not-a-field', never)).toEqual([]);
        const nobody = await driver
          .suggest?.(target.accountOfNothing(), key, never)
          .catch((error) => error.code);
        expect(nobody).toEqual(expect.anything());
      }
    },
  },
  {
    name: 'The way of leaving that the form starts with is one that the driver offers',
    async run({ driver }) {
      const { keep } = driver.manifest.capabilities;
      expect(keep).toContain('end');
      expect(driver.defaultKeep(driver.manifest.defaults)).toBe(keep[0]);
    },
  },
  {
    name: 'A key that is wrong or missing is said to be so, and nothing is started',
    async run(kit) {
      const { driver, target } = kit;
      const names = required(driver);
      if (names.length === 0) {
        // Then no key may be asked for: connecting without any works.
        const session = await driver.connect(withCredentials(kit, {}), never);
        await driver.disconnect(session, { keep: 'end' }, never);
        return;
      }
      const { credentials: right } = target.account({});
      // Of the same shape as the right ones: what they open is for the vendor to say.
      const wrong = Object.fromEntries(
        names.map((name) => [
          name,
          (right[name] ?? '').replace(/(?<=_|^)[^_]+$/, (rest) => rest.replace(/\w/g, '0')),
        ]),
      );
      for (const [credentials, code] of [
        [wrong, 'auth'],
        [{}, 'credential-missing'],
      ] as const) {
        const request = withCredentials(kit, credentials);
        const problem = await problemOf(driver.connect(request, never));
        expect(problem.code).toBe(code);
        for (const key of Object.values(credentials)) {
          expect(JSON.stringify(problem.problem)).not.toContain(key);
        }
        expect(problem.problem.hint ?? problem.message).not.toBe('');
        expect(await target.leftovers(request.sessionId)).toEqual([]);
        expect((await driver.probe({ ...target.account({}), credentials }, never)).ok).toBe(false);
      }
    },
  },
  {
    name: 'Isolation is told as it is, with a warning where there is none',
    async run(kit) {
      const session = await kit.session();
      if (session.isolation !== 'none') return expect(session.warnings).toEqual([]);
      expect(session.warnings.join(' ')).toMatch(/not isolated/i);
    },
  },
  {
    name: 'After the end everything is refused as gone, and nothing hangs',
    async run(kit) {
      const session = await kit.connect();
      const { driver } = kit;
      await kit.end(session);
      for (const language of ['python', 'shell'] as const) {
        expect((await problemOf(kit.run('1', { session, language }))).code, language).toBe('gone');
      }
      const size = { cols: 80, rows: 24 };
      const nothing = async function* () {};
      const late = {
        list: () => driver.files?.list(session, '.', never),
        stat: () => driver.files?.stat(session, 'x', never),
        read: () => driver.files?.read(session, 'x', never),
        write: () => driver.files?.write(session, 'x', nothing(), never),
        pack: () => driver.files?.pack(session, '.', ['.'], never).then(bytesOf),
        unpack: () => driver.files?.unpack(session, '.', tarOf([]), never),
        metrics: () => driver.metrics?.(session, never),
        reset: () => driver.resetKernel?.(session, never),
        extend: () => driver.extend?.(session, 1000, never),
        terminal: () => driver.openTerminal?.(session, size, {}, never),
        port: () => driver.portAddress?.(session, 8000, never),
        watch: () => driver.watch?.(session, '.', { onChange: () => {}, onEnd: () => {} }, never),
      };
      for (const [name, call] of Object.entries(late)) {
        const work = call();
        if (work) expect((await problemOf(work)).code, name).toBe('gone');
      }
    },
  },
  {
    name: 'Dozens of sessions later there are no more open files, sockets and timers than before',
    async run(kit) {
      const held = () => process.getActiveResourcesInfo().length;
      const once = async () => {
        const session = await kit.connect();
        await kit.run('1', { session });
        await kit.shell('true', { session });
        expect(await kit.end(session)).toEqual([]);
      };
      // The most that are ever open at a time is open once before anything is counted.
      const four = () => Promise.all([once(), once(), once(), once()]);
      await four();
      const before = held();
      // A hundred, or as many as some seconds hold, but not less than two dozen: one thing too many of each would show as well.
      const end = performance.now() + 4000;
      for (let turn = 0; turn < 25 && (turn < 6 || performance.now() < end); turn += 1) await four();
      // A pool of connections keeps a few for seconds; nothing may grow with the sessions.
      await until(`as few as the ${before} before`, () => held() <= before + 6);
    },
  },
];
