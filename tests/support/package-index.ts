/** A Python package index on loopback, with wheels made on the spot: what pip and uv need to install something for real. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A package of the index. */
export interface TestPackage {
  /** Distribution name in its normal form. */
  name: string;
  version?: string;
  /** Files of the wheel: path -> content. */
  files?: Record<string, string>;
  /** Requirements, as in `Requires-Dist`. */
  requires?: string[];
  /** `wheel` (default); `source`: only a source archive; `foreign`: only a wheel for another system. */
  kind?: 'wheel' | 'source' | 'foreign';
}

/** A running index. */
export interface PackageIndex {
  /** For --index-url. */
  url: string;
  /** Names that were asked for, in order. */
  asked: string[];
  add(item: TestPackage): void;
  /** From now on answers never come, as with a dead proxy. */
  stall(): void;
  close(): Promise<void>;
}

const builder = `
import sys, json, zipfile, hashlib, base64
spec = json.load(sys.stdin)
records = []
with zipfile.ZipFile(spec["path"], "w") as z:
    for name, text in spec["files"].items():
        data = text.encode()
        z.writestr(name, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        records.append("%s,sha256=%s,%d" % (name, digest, len(data)))
    z.writestr(spec["info"] + "/RECORD", "\\n".join(records + [spec["info"] + "/RECORD,,"]) + "\\n")
`;

/** Starts an index on a free port of the loopback interface. `python` builds the wheels. */
export async function startPackageIndex(python: string): Promise<PackageIndex> {
  const folder = mkdtempSync(join(tmpdir(), 'sb-index-'));
  const files = new Map<string, { file: string; hash: string }[]>();
  const asked: string[] = [];
  let stalled = false;

  const server = createServer((request, response) => {
    if (stalled) return;
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://index').pathname);
    const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    if (project !== undefined) {
      asked.push(project);
      const links = files.get(project);
      if (!links) return answer(response, 404, 'no such project');
      const anchors = links.map(({ file, hash }) => `<a href="/files/${file}#sha256=${hash}">${file}</a>`);
      return answer(
        response,
        200,
        `<!DOCTYPE html><html><body>${anchors.join('<br>')}</body></html>`,
        'text/html',
      );
    }
    const file = /^\/files\/([\w.+-]+)$/.exec(path)?.[1];
    const known = [...files.values()].flat().some((entry) => entry.file === file);
    if (file === undefined || !known) return answer(response, 404, 'no such file');
    answer(response, 200, readFileSync(join(folder, file)), 'application/octet-stream');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/simple/`,
    asked,
    add(item) {
      const file = build(python, folder, item);
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex');
      files.set(item.name, [...(files.get(item.name) ?? []), { file, hash }]);
    },
    stall() {
      stalled = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function build(python: string, folder: string, item: TestPackage): string {
  const version = item.version ?? '1.0';
  const stem = `${item.name.replaceAll('-', '_')}-${version}`;
  const metadata = ['Metadata-Version: 2.1', `Name: ${item.name}`, `Version: ${version}`];
  for (const requirement of item.requires ?? []) metadata.push(`Requires-Dist: ${requirement}`);
  if (item.kind === 'source') {
    const script =
      'import sys, tarfile, io\nt = tarfile.open(sys.argv[1], "w:gz")\n' +
      'd = b"raise SystemExit(\'built\')"\ni = tarfile.TarInfo(sys.argv[2] + "/setup.py"); i.size = len(d)\nt.addfile(i, io.BytesIO(d)); t.close()';
    execFileSync(python, ['-c', script, join(folder, `${stem}.tar.gz`), stem]);
    return `${stem}.tar.gz`;
  }
  const tag = item.kind === 'foreign' ? 'cp27-cp27m-win32' : 'py3-none-any';
  const info = `${stem}.dist-info`;
  const files = {
    ...item.files,
    [`${info}/METADATA`]: `${metadata.join('\n')}\n`,
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
  };
  const file = `${stem}-${tag}.whl`;
  const input = JSON.stringify({ path: join(folder, file), info, files });
  execFileSync(python, ['-c', builder], { input });
  return file;
}

function answer(response: ServerResponse, status: number, body: string | Buffer, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
