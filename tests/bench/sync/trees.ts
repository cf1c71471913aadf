/** Trees and edits to sync: the same bytes for the same seed, so that every program gets the same work. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seededRandom } from '../../support/random.ts';

const keywords =
  'const let return function if else await async import from export class new => = ( ) { } ; //'.split(' ');

/** Writes `count` files of 1-8 KB that look like sources, in 20 times 20 folders. */
export function makeTree(root: string, count: number): void {
  const random = seededRandom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const words = Array.from({ length: 3000 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 9) }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join(''),
  );
  let folder = '';
  for (let file = 0; file < count; file++) {
    const path = join(root, treeFile(file));
    if (dirname(path) !== folder) {
      folder = dirname(path);
      mkdirSync(folder, { recursive: true });
    }
    const size = 1024 + Math.floor(random() * 7168);
    let text = '';
    while (text.length < size) {
      const line = Array.from({ length: 2 + Math.floor(random() * 10) }, () =>
        pick(random() < 0.35 ? keywords : words),
      );
      text += `${'  '.repeat(Math.floor(random() * 5))}${line.join(' ')}\n`;
    }
    writeFileSync(path, text.slice(0, size));
  }
}

/** The name of a tree's file. */
export function treeFile(file: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `pkg${two(file % 20)}/mod${two(Math.floor(file / 20) % 20)}/f${String(file).padStart(6, '0')}.ts`;
}

/** Changes ten bytes in each of `edits` different files of a tree of `count`; other ones for another round. */
export function editTree(root: string, count: number, edits: number, round: number): void {
  const random = seededRandom(1000 + round);
  const chosen = new Set<number>();
  while (chosen.size < edits) chosen.add(Math.floor(random() * count));
  for (const file of chosen) {
    const path = join(root, treeFile(file));
    const bytes = readFileSync(path);
    bytes.write(
      `EDIT${String(round * 1000 + chosen.size).padStart(6, '0')}`,
      Math.floor(random() * (bytes.length - 20)),
    );
    writeFileSync(path, bytes);
  }
}

/** Bytes that no program can make smaller. */
export function noise(bytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = (seed + 1) | 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer, 0, bytes);
}

/** What is done to the large file: 1 KB each. */
export type BigEdit = 'middle' | 'start' | 'end';

/** Edits a file in place of the old one, as an editor or a program that writes it anew. */
export function editBig(path: string, edit: BigEdit, round: number, size: number): void {
  const piece = noise(1024, 5000 + round);
  if (edit === 'start') {
    writeFileSync(path, Buffer.concat([piece, readFileSync(path)]));
    return;
  }
  const descriptor = openSync(path, edit === 'end' ? 'a' : 'r+');
  // Another place in each round, so that no program can remember it.
  writeSync(
    descriptor,
    piece,
    0,
    piece.length,
    edit === 'end' ? null : Math.floor(size / 2 / 2 ** 20 + round) * 2 ** 20,
  );
  closeSync(descriptor);
}
