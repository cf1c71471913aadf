/** Files as the window works with them: over the whole bridge, with the real Local driver behind it. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { createFileStreams } from '../../src-main/app/file-streams.ts';
import { createFileHandlers } from '../../src-main/app/handlers/file-handlers.ts';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import type { SpecboardApi } from '../../src-shared/contract/api.ts';
import { type Reply, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ClashAnswer, FilePreview, FileVersion } from '../../src-shared/domain/file.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import { type Bridge, createBridge } from '../ipc/support/bridge.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let core: Core;
let bridge: Bridge;
let api: SpecboardApi;
let sessionId: string;
let workspace: string;
let close: () => Promise<void>;
let home: ReturnType<typeof temporaryFolder>;
let here: string;
const dialogs = {
  saveAs: null as string | null,
  folder: null as string | null,
  clash: 'cancel' as ClashAnswer,
  asked: [] as string[],
};

beforeAll(async () => {
  home = temporaryFolder();
  ({ core, close } = await openTestCore());
  bridge = createBridge({
    operations: createFileHandlers(core),
    streams: createFileStreams(core, () => ({
      saveFile: async (name) => {
        dialogs.asked.push(`save ${name}`);
        return dialogs.saveAs;
      },
      chooseFolder: async () => dialogs.folder,
      askClash: async (names) => {
        dialogs.asked.push(`clash ${names.join(', ')}`);
        return dialogs.clash;
      },
    })),
    options: { clock: systemClock, checkOutputs: true },
  });
  api = bridge.api;
  sessionId = (await core.connect(core.profiles.default().id, { consent: true })).id;
  workspace = (core.sessions.live(sessionId).connection as LocalSession).folders.workspace;
});
afterAll(async () => {
  bridge.registration.dispose();
  await close();
  home.remove();
});
let folders = 0;
beforeEach(async () => {
  for (const name of readdirSync(workspace)) await core.files.remove(sessionId, name);
  folders += 1;
  here = join(home.path, String(folders));
  mkdirSync(here);
  Object.assign(dialogs, { saveAs: null, folder: here, clash: 'cancel', asked: [] });
});

const inside = (path: string) => join(workspace, path);
const value = <T>(reply: Reply<T>): T => {
  if (!reply.ok) throw SpecboardError.fromProblem(reply.error);
  return reply.value;
};
const codeOf = (reply: Reply<unknown>) => (reply.ok ? 'ok' : reply.error.code);

async function preview(path: string): Promise<FilePreview> {
  return value(await api.files.readText({ sessionId, path }));
}

async function textOf(path: string): Promise<{ text: string; version: FileVersion }> {
  const read = await preview(path);
  if (read.kind !== 'text' || !read.version) throw new Error(`no editable text: ${JSON.stringify(read)}`);
  return { text: read.text, version: read.version };
}

describe('looking', () => {
  test('a listing says where links lead; hostile names come as they are', async () => {
    mkdirSync(inside('folder'));
    writeFileSync(inside('new\nline \u202Etxt.exe'), 'x');
    symlinkSync('folder', inside('to-folder'));
    symlinkSync('nowhere', inside('lost'));
    symlinkSync('loop', inside('loop'));
    symlinkSync('/etc/passwd', inside('out'));
    const { items } = value(await api.files.list({ sessionId, path: '.' }));
    const leads = Object.fromEntries(items.map(({ name, link }) => [name, link?.leadsTo]));
    expect(leads).toMatchObject({
      folder: undefined,
      'to-folder': 'directory',
      lost: 'nothing',
      loop: 'nothing',
    });
    expect(leads.out).not.toBe('file');
    expect(items.map(({ name }) => name)).toContain('new\nline \u202Etxt.exe');
    expect((await preview('new\nline \u202Etxt.exe')).kind).toBe('text');
    expect(await preview('lost')).toEqual({ kind: 'broken-link', target: 'nowhere' });
    expect((await preview('to-folder')).kind).toBe('directory');
    expect(codeOf(await api.files.list({ sessionId, path: 'gone' }))).toBe('not-found');
    expect(codeOf(await api.files.list({ sessionId, path: '../..' }))).toBe('forbidden');
  });

  test('what is text is what its bytes say; what could not be written back unchanged is not editable', async () => {
    writeFileSync(inside('crlf'), '\ufeffa\r\nb\n');
    writeFileSync(inside('latin'), Buffer.from('Stra\xdfe und Gr\xfc\xdfe und so weiter', 'latin1'));
    writeFileSync(inside('utf16'), Buffer.from('\ufeffhi', 'utf16le'));
    writeFileSync(inside('bin.txt'), Buffer.from([1, 2, 0, 4]));
    writeFileSync(inside('long'), 'ä'.repeat(1_500_000));
    writeFileSync(inside('none'), '');
    expect((await textOf('crlf')).text).toBe('\ufeffa\r\nb\n');
    expect(await preview('latin')).toMatchObject({ kind: 'text', valid: false, version: null });
    expect(await preview('utf16')).toMatchObject({ text: '\ufeffhi', encoding: 'utf-16le', version: null });
    expect((await preview('bin.txt')).kind).toBe('binary');
    const long = await preview('long');
    expect(long).toMatchObject({
      kind: 'text',
      truncated: true,
      valid: true,
      version: null,
      size: 3_000_000,
    });
    expect(long.kind === 'text' && long.text.length).toBe(1_048_576);
    expect((await textOf('none')).text).toBe('');
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
    writeFileSync(inside('picture.txt'), png);
    writeFileSync(inside('drawing.svg'), '<?xml version="1.0"?>\n<svg xmlns="x"/>');
    expect(await preview('picture.txt')).toMatchObject({ kind: 'image', mime: 'image/png' });
    const image = value(await api.files.readImage({ sessionId, path: 'picture.txt' }));
    expect(Buffer.from(image.bytes)).toEqual(png);
    expect(value(await api.files.readImage({ sessionId, path: 'drawing.svg' })).mime).toBe('image/svg+xml');
    expect(codeOf(await api.files.readImage({ sessionId, path: 'none' }))).toBe('unsupported');
  });
});

describe('editing', () => {
  test('what nobody changed is saved, with its mode, also through a link', async () => {
    writeFileSync(inside('run.sh'), 'echo one\n');
    chmodSync(inside('run.sh'), 0o750);
    symlinkSync('run.sh', inside('link'));
    const { version } = await textOf('link');
    const saved = value(
      await api.files.write({ sessionId, path: 'link', text: 'echo two\n', expected: version }),
    );
    expect(saved.outcome).toBe('saved');
    expect(readFileSync(inside('run.sh'), 'utf8')).toBe('echo two\n');
    expect(statSync(inside('run.sh')).mode & 0o777).toBe(0o750);
    // The version it gave is the one to go on with.
    const again = {
      sessionId,
      path: 'run.sh',
      text: '3',
      expected: saved.outcome === 'saved' ? saved.version : null,
    };
    expect(value(await api.files.write(again)).outcome).toBe('saved');
  });

  test('what somebody changed, made or removed meanwhile is not overwritten', async () => {
    writeFileSync(inside('a.txt'), 'one');
    const { version } = await textOf('a.txt');
    const { mtime, atime } = statSync(inside('a.txt'));
    writeFileSync(inside('a.txt'), 'two');
    // The same size, and the same time: only the content tells.
    utimesSync(inside('a.txt'), atime, mtime);
    const mine = { sessionId, path: 'a.txt', text: 'mine', expected: version };
    const conflict = value(await api.files.write(mine));
    expect(conflict).toMatchObject({ outcome: 'conflict', theirs: { size: 3 } });
    expect(readFileSync(inside('a.txt'), 'utf8')).toBe('two');
    // Keep theirs as a copy, and overwrite what was seen.
    value(await api.files.copy({ sessionId, from: 'a.txt', to: 'a (theirs).txt' }));
    const theirs = conflict.outcome === 'conflict' ? conflict.theirs : null;
    expect(value(await api.files.write({ ...mine, expected: theirs })).outcome).toBe('saved');
    expect(readFileSync(inside('a (theirs).txt'), 'utf8')).toBe('two');
    expect(readFileSync(inside('a.txt'), 'utf8')).toBe('mine');
    expect(value(await api.files.write({ ...mine, expected: null })).outcome).toBe('conflict');
    await core.files.remove(sessionId, 'a.txt');
    expect(value(await api.files.write(mine))).toEqual({ outcome: 'conflict', theirs: null });
    expect(value(await api.files.write({ ...mine, expected: null })).outcome).toBe('saved');
    expect(codeOf(await api.files.copy({ sessionId, from: 'a.txt', to: 'a (theirs).txt' }))).toBe('conflict');
  });

  test('nothing is made or moved over something that is there', async () => {
    writeFileSync(inside('a'), 'a');
    writeFileSync(inside('b'), 'b');
    expect(codeOf(await api.files.move({ sessionId, from: 'a', to: 'b' }))).toBe('conflict');
    expect(codeOf(await api.files.makeDir({ sessionId, path: 'b' }))).toBe('conflict');
    value(await api.files.makeDir({ sessionId, path: 'made' }));
    value(await api.files.move({ sessionId, from: 'a', to: 'made/a' }));
    expect(readFileSync(inside('made/a'), 'utf8')).toBe('a');
    value(await api.files.remove({ sessionId, path: 'made' }));
    expect(readdirSync(workspace)).toEqual(['b']);
  });
});

type Piece = {
  entry: { path: string; folder: boolean; size: number; modifiedAt: number } | null;
  bytes: Uint8Array<ArrayBuffer>;
};

/** Begins an upload; gives its id and its end. */
async function begin(request: { path: string; size: number; folder?: boolean; replace?: boolean }) {
  const opened = Promise.withResolvers<string>();
  const progress: number[] = [];
  const stream = api.upload(
    { sessionId, folder: false, replace: false, ...request },
    {
      onOpen: ({ uploadId }) => opened.resolve(uploadId),
      onData: ({ bytes }) => void progress.push(bytes),
    },
  );
  void stream.done.then(() => opened.resolve(''));
  const uploadId = await opened.promise;
  const send = async (pieces: Piece[], last: boolean) =>
    value(await api.files.uploadPiece({ uploadId, pieces, last }));
  return { stream, send, progress, uploadId };
}

const fill = (size: number, byte: number) => new Uint8Array(size).fill(byte);

describe('uploads', () => {
  test('a file comes in pieces that the sandbox holds back, and is there whole or not at all', async () => {
    const { stream, send } = await begin({ path: 'deep/big.bin', size: 3_000_000 });
    for (let n = 0; n < 3; n += 1) {
      expect(await send([{ entry: null, bytes: fill(1_000_000, n) }], n === 2)).toBe(true);
      if (n < 2) expect(readdirSync(inside('deep')).filter((name) => name === 'big.bin')).toEqual([]);
    }
    expect(value(await stream.done)).toMatchObject({ files: 1, bytes: 3_000_000, place: 'deep/big.bin' });
    expect(readFileSync(inside('deep/big.bin')).at(-1)).toBe(2);
    expect(readdirSync(inside('deep'))).toEqual(['big.bin']);
    const nothing = await begin({ path: 'empty', size: 0 });
    await nothing.send([], true);
    expect(value(await nothing.stream.done).bytes).toBe(0);
  });

  test('cancelled, cut short or with too much, it leaves nothing; what was there stays', async () => {
    writeFileSync(inside('a'), 'before');
    const cancelled = await begin({ path: 'a', size: 10, replace: true });
    await cancelled.send([{ entry: null, bytes: fill(4, 1) }], false);
    cancelled.stream.cancel(false);
    expect(codeOf(await cancelled.stream.done)).toBe('cancelled');
    expect(await cancelled.send([], true)).toBe(false);
    const short = await begin({ path: 'b', size: 10 });
    await short.send([{ entry: null, bytes: fill(4, 1) }], true).catch(() => {});
    expect(codeOf(await short.stream.done)).toBe('conflict');
    const long = await begin({ path: 'b', size: 2 });
    await long.send([{ entry: null, bytes: fill(4, 1) }], true).catch(() => {});
    expect(codeOf(await long.stream.done)).toBe('conflict');
    // The window reloads: its ports close.
    const folder = await begin({ path: 'tree', folder: true, size: 20 });
    await folder.send(
      [{ entry: { path: 'x', folder: false, size: 20, modifiedAt: 0 }, bytes: fill(4, 1) }],
      false,
    );
    folder.stream.close();
    await eventually('nothing but what was there', () => readdirSync(workspace).join() === 'a');
    expect(readFileSync(inside('a'), 'utf8')).toBe('before');
  });

  test('a folder keeps its tree, and what is replaced is what was agreed to', async () => {
    const odd = 'Übergröße/new\nline.txt';
    const pieces: Piece[] = [
      { entry: { path: 'empty', folder: true, size: 0, modifiedAt: 1e12 }, bytes: fill(0, 0) },
      { entry: { path: odd, folder: false, size: 700, modifiedAt: 1e12 }, bytes: fill(700, 65) },
      { entry: { path: 'none', folder: false, size: 0, modifiedAt: 1e12 }, bytes: fill(0, 0) },
      { entry: { path: 'b', folder: false, size: 2, modifiedAt: 1e12 }, bytes: fill(1, 66) },
    ];
    const { stream, send } = await begin({ path: 'tree', folder: true, size: 702 });
    await send(pieces, false);
    await send([{ entry: null, bytes: fill(1, 66) }], true);
    expect(value(await stream.done)).toMatchObject({ files: 3, bytes: 702 });
    expect(readdirSync(inside('tree')).sort()).toEqual(['b', 'empty', 'none', 'Übergröße'].sort());
    expect(readFileSync(inside(`tree/${odd}`), 'utf8')).toBe('A'.repeat(700));
    expect(statSync(inside('tree/b')).mtimeMs).toBe(1e12);
    expect(readdirSync(workspace)).toEqual(['tree']);
    const refused = await begin({ path: 'tree', folder: true, size: 0 });
    expect(codeOf(await refused.stream.done)).toBe('conflict');
    const merged = await begin({ path: 'tree', folder: true, size: 1, replace: true });
    await merged.send(
      [{ entry: { path: 'b', folder: false, size: 1, modifiedAt: 0 }, bytes: fill(1, 67) }],
      true,
    );
    value(await merged.stream.done);
    expect(readFileSync(inside('tree/b'), 'utf8')).toBe('C');
    expect(readdirSync(inside('tree'))).toHaveLength(4);
    const wrong = await begin({ path: 'tree', size: 1, replace: true });
    expect(codeOf(await wrong.stream.done)).toBe('conflict');
  });

  test('paths that lead out, pieces that are too large, and uploads of nobody are refused', async () => {
    const { stream, send, uploadId } = await begin({ path: 'tree', folder: true, size: 20 });
    for (const path of ['../out', '/etc/x', 'a//b', 'a/../../b', '.']) {
      const entry = { path, folder: false, size: 1, modifiedAt: 0 };
      const reply = await api.files.uploadPiece({
        uploadId,
        pieces: [{ entry, bytes: fill(1, 1) }],
        last: false,
      });
      expect(codeOf(reply)).toBe('invalid-request');
    }
    const large = { uploadId, pieces: [{ entry: null, bytes: fill(1_048_577, 1) }], last: false };
    expect(codeOf(await api.files.uploadPiece(large))).toBe('invalid-request');
    expect(await core.fileUploads.take(uploadId, -1, [], true)).toBe(false);
    expect(await send([], true)).toBe(true);
    value(await stream.done);
  });
});

async function download(...paths: string[]) {
  return api.download({ sessionId, paths }, { onData: () => undefined }).done;
}

describe('downloads', () => {
  test('one file to the place that was chosen, with a name that this computer can hold', async () => {
    writeFileSync(inside('user\u202Etxt.exe'), 'x');
    dialogs.saveAs = join(here, 'mine.exe');
    writeFileSync(dialogs.saveAs, 'old');
    expect(value(await download('user\u202Etxt.exe'))).toMatchObject({
      files: 1,
      bytes: 1,
      place: dialogs.saveAs,
    });
    expect(dialogs.asked).toEqual(['save user_txt.exe']);
    expect(readFileSync(dialogs.saveAs, 'utf8')).toBe('x');
    dialogs.saveAs = null;
    expect(value(await download('user\u202Etxt.exe'))).toBeNull();
    expect(codeOf(await download('gone'))).toBe('not-found');
  });

  test('several and folders into a folder; what is there is asked about once', async () => {
    mkdirSync(inside('tree/deep'), { recursive: true });
    writeFileSync(inside('tree/deep/a'), 'a');
    writeFileSync(inside('b.txt'), 'new');
    symlinkSync('b.txt', inside('link'));
    expect(value(await download('tree', 'b.txt', 'link'))).toMatchObject({ files: 3, place: here });
    expect(readFileSync(join(here, 'tree/deep/a'), 'utf8')).toBe('a');
    expect(readFileSync(join(here, 'link'), 'utf8')).toBe('new');
    writeFileSync(join(here, 'b.txt'), 'old');
    writeFileSync(join(here, 'tree/mine'), 'mine');
    expect(value(await download('tree', 'b.txt'))).toBeNull();
    expect(dialogs.asked).toEqual(['clash tree, b.txt']);
    dialogs.clash = 'skip';
    expect(value(await download('tree', 'b.txt'))).toMatchObject({ files: 0, skipped: 2 });
    expect(readFileSync(join(here, 'b.txt'), 'utf8')).toBe('old');
    dialogs.clash = 'keep-both';
    value(await download('tree', 'b.txt'));
    expect(readdirSync(here).sort()).toEqual(['b (2).txt', 'b.txt', 'link', 'tree', 'tree (2)']);
    dialogs.clash = 'replace';
    value(await download('tree', 'b.txt'));
    expect(readFileSync(join(here, 'b.txt'), 'utf8')).toBe('new');
    expect(readdirSync(join(here, 'tree')).sort()).toEqual(['deep', 'mine']);
  });

  test('cancelled, it leaves nothing here', async () => {
    writeFileSync(inside('big'), '');
    truncateSync(inside('big'), 150_000_000);
    dialogs.saveAs = join(here, 'big');
    const stream = api.download(
      { sessionId, paths: ['big'] },
      {
        onData: () => {
          stream.cancel(false);
          return undefined;
        },
      },
    );
    await eventually('it has begun', () => readdirSync(here).length > 0);
    stream.cancel(false);
    expect(codeOf(await stream.done)).toBe('cancelled');
    expect(readdirSync(here)).toEqual([]);
  });
});
