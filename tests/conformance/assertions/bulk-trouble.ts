/** Many files at once that are hostile, or break off. */
import { expect } from 'vitest';
import { type TarEntry, tarOf } from '../../support/tar-archive.ts';
import { bytesOf, chunksOf, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { needs, packed } from './bulk.ts';

export const bulkTroubleAssertions: readonly Assertion[] = [
  {
    name: 'An archive that would land outside of its folder is refused: by dots, by full paths, through links',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.shell('mkdir -p hostile outside && echo safe > outside/file');
      const outside = `${(await kit.shell('pwd -P')).stdout.trim()}/outside`;
      const data = Buffer.from('evil');
      const archives: TarEntry[][] = [
        [{ name: '../outside/evil', data }],
        [{ name: 'a/../../outside/evil', data }],
        [{ name: `${outside}/evil`, data }],
        [
          { name: 'way', type: '2', linkname: '../outside' },
          { name: 'way/evil', data },
        ],
        [
          { name: 'full', type: '2', linkname: outside },
          { name: 'full/evil', data },
        ],
        [
          { name: 'file', type: '2', linkname: '../outside/file' },
          { name: 'file', data },
        ],
        [
          { name: 'hard', type: '1', linkname: '../outside/file' },
          { name: 'hard', data },
        ],
      ];
      for (const [index, archive] of archives.entries()) {
        const work = kit.files.unpack(session, `hostile/${index}`, tarOf(archive), never).then(
          () => 'unpacked',
          (error: { code?: string }) => error.code ?? String(error),
        );
        const said = await work;
        // A link may be replaced by the file that comes after it; all else has no harmless meaning.
        expect(said, `archive ${index}`).toMatch(index === 5 ? /^(?:forbidden|unpacked)$/ : /^forbidden$/);
        const there = await kit.shell('ls outside; cat outside/file');
        expect(there.stdout, `archive ${index}`).toBe('file\nsafe\n');
      }
    },
  },
  {
    name: 'Devices and pipes in an archive are not made',
    needs,
    async run(kit) {
      const session = await kit.session();
      const entries: TarEntry[] = [
        { name: 'device', type: '3' },
        { name: 'pipe', type: '6' },
      ];
      for (const entry of entries) {
        await kit.files.unpack(session, 'special', tarOf([entry]), never).catch(() => {});
      }
      expect((await kit.shell('ls special 2>/dev/null; true')).stdout).toBe('');
    },
  },
  {
    name: 'An upload in bulk that breaks off leaves no half file, and the next one works',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.write('broken/old.bin', 'as it was');
      const whole = await bytesOf(tarOf([{ name: 'old.bin', data: Buffer.alloc(3_000_000, 'x') }]));
      const controller = new AbortController();
      const aborted = async function* () {
        for (let at = 0; at < 2_000_000; at += 65_536) yield whole.subarray(at, at + 65_536);
        controller.abort();
        yield whole.subarray(2_031_616);
      };
      const problem = await problemOf(kit.files.unpack(session, 'broken', aborted(), controller.signal));
      expect(problem.code).toBe('cancelled');
      const cut = async function* () {
        for (let at = 0; at < 2_000_000; at += 65_536) yield whole.subarray(at, at + 65_536);
      };
      await problemOf(kit.files.unpack(session, 'broken', cut(), never));
      const failing = async function* () {
        yield whole.subarray(0, 1_000_000);
        throw new Error('the disk it comes from broke');
      };
      await expect(kit.files.unpack(session, 'broken', failing(), never)).rejects.toThrow();
      const rubbish = async function* () {
        yield Buffer.alloc(100_000, 'this is no archive');
      };
      expect((await problemOf(kit.files.unpack(session, 'broken', rubbish(), never))).code).toMatch(
        /^(?:invalid|protocol)$/,
      );
      expect(await kit.read('broken/old.bin')).toBe('as it was');
      const names = (await kit.files.list(session, 'broken', never)).map(({ name }) => name);
      expect(names).toEqual(['old.bin']);
      await kit.files.unpack(session, 'broken', chunksOf(whole), never);
      expect((await kit.files.stat(session, 'broken/old.bin', never)).size).toBe(3_000_000);
    },
  },
  {
    name: 'A download in bulk can be left in the middle, and cancelled',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.run(
        'import os\nos.makedirs("half", exist_ok=True)\nfor n in range(3): open(f"half/{n}.bin", "wb").write(os.urandom(8_000_000))',
      );
      for await (const chunk of await kit.files.pack(session, 'half', ['.'], never)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      const controller = new AbortController();
      const reading = (async () => {
        for await (const _ of await kit.files.pack(session, 'half', ['.'], controller.signal)) {
          controller.abort();
        }
      })();
      expect((await problemOf(reading)).code).toBe('cancelled');
      expect((await packed(kit, 'half')).filter(({ type }) => type === '0')).toHaveLength(3);
      await kit.files.remove(session, 'half', never);
    },
  },
];
