/** The tests' own tar: the system's program reads what it writes, and it reads what the system's program writes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { entriesOf, tarOf, tarOfLarge } from '../support/tar-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'specboard-tar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const long = `${'folder/'.repeat(30)}${'n'.repeat(200)}ä.txt`;

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('what it writes is what tar reads', async () => {
  const archive = await all(
    tarOf([
      { name: 'a b', data: Buffer.from('one'), mode: 0o750, mtime: 1_234_567_890 },
      { name: long, data: Buffer.alloc(1000, 'x') },
      { name: 'link', type: '2', linkname: 'a b' },
    ]),
  );
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
  expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('one');
  expect(readFileSync(join(folder, long)).length).toBe(1000);
  expect(entriesOf(archive).map(({ name }) => name)).toEqual(['a b', long, 'link']);
});

test('it reads what tar writes, in every format that holds long names', () => {
  writeFileSync(join(folder, 'ö'), 'two');
  for (const format of ['gnu', 'pax']) {
    const archive = execFileSync('tar', [`--format=${format}`, '-cf', '-', '-C', folder, '.']);
    const found = new Map(entriesOf(archive).map((entry) => [entry.name.replace('./', ''), entry]));
    expect(found.get('ö')?.data.toString(), format).toBe('two');
    expect(found.get(long)?.data.length, format).toBe(1000);
    expect(found.get('a b'), format).toMatchObject({ type: '0', mode: 0o750, mtime: 1_234_567_890 });
    expect(found.get('link'), format).toMatchObject({ type: '2', linkname: 'a b' });
  }
});

test('a large one is made while it is read, and one that is cut off is refused', async () => {
  const archive = await all(tarOfLarge('large', 1_000_000, Buffer.alloc(300_000, 'y')));
  expect(entriesOf(archive)[0]).toMatchObject({ name: 'large', data: Buffer.alloc(1_000_000, 'y') });
  expect(() => entriesOf(archive.subarray(0, 500_000))).toThrow('cut off');
  expect(() => entriesOf(Buffer.alloc(5000, 'no archive'))).toThrow('Not a tar header');
});
