/** Makes small images for the test registry: layers of a few files, in the registry's own format. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** An image as a registry holds it. */
export interface SmallImage {
  manifest: Buffer;
  /** Digest ("sha256:...") -> content: the configuration and the layers. */
  blobs: ReadonlyMap<string, Buffer>;
  /** Digests of the layers, lowest first. */
  layers: readonly string[];
  /** Bytes of all layers as they are transferred. */
  bytes: number;
}

/** Of random bytes, so that it is new to every engine and does not shrink. One number a layer: its size in bytes. */
export function makeSmallImage(sizes: readonly number[]): SmallImage {
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer): { size: number; digest: string } => {
    const digest = digestOf(content);
    blobs.set(digest, content);
    return { size: content.length, digest };
  };
  const tars = sizes.map((size, index) => layerTar(`layer-${index}`, size));
  const layers = tars.map((tar) => put(gzipSync(tar, { level: 1 })));
  const config = put(
    Buffer.from(
      JSON.stringify({
        architecture: arch() === 'arm64' ? 'arm64' : 'amd64',
        os: 'linux',
        config: { Cmd: ['/nothing'] },
        rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
        history: sizes.map(() => ({ created: '2024-01-01T00:00:00Z', created_by: 'a test' })),
      }),
    ),
  );
  const type = 'application/vnd.docker';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.distribution.manifest.v2+json`,
      config: { mediaType: `${type}.container.image.v1+json`, ...config },
      layers: layers.map((layer) => ({ mediaType: `${type}.image.rootfs.diff.tar.gzip`, ...layer })),
    }),
  );
  return {
    manifest,
    blobs,
    layers: layers.map(({ digest }) => digest),
    bytes: layers.reduce((sum, { size }) => sum + size, 0),
  };
}

/** As registries write it. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function layerTar(name: string, size: number): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'sb-layer-'));
  try {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', name), randomBytes(size));
    return execFileSync('tar', ['-C', folder, '-cf', '-', 'data'], { maxBuffer: size + 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
