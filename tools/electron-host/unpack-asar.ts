// A packaged app: Node cannot read app.asar, so it is unpacked into a temp folder.
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeTempFolder } from './browser/profile.ts';

/** A node of the archive's header. */
interface AsarNode {
  files?: Record<string, AsarNode>;
  link?: string;
  unpacked?: boolean;
  offset?: string;
  size?: number;
  executable?: boolean;
}

/** Unpacks `file` (and what lies beside it in <file>.unpacked); the folder is removed when this process exits. */
export function unpackAsar(file: string): string {
  const archive = readFileSync(file);
  const headerSize = archive.readUInt32LE(12);
  const header = JSON.parse(archive.subarray(16, 16 + headerSize).toString('utf8')) as AsarNode;
  const start = 8 + archive.readUInt32LE(4);
  const folder = makeTempFolder();
  const write = (node: AsarNode, relative: string): void => {
    const target = path.join(folder, relative);
    if (node.files) {
      mkdirSync(target, { recursive: true });
      for (const [name, child] of Object.entries(node.files)) write(child, path.join(relative, name));
    } else if (node.link !== undefined) symlinkSync(path.join(folder, node.link), target);
    else if (node.unpacked) copyFileSync(path.join(`${file}.unpacked`, relative), target);
    else {
      const from = start + Number(node.offset);
      writeFileSync(target, archive.subarray(from, from + (node.size ?? 0)), {
        mode: node.executable ? 0o755 : 0o644,
      });
    }
  };
  write(header, '.');
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
