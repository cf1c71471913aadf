// Finding files by name and by content, and replacing in them.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { list, text } from '../vendor-server/json.ts';
import { badRequest } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { attempt } from './files-info.ts';
import type { Sandbox } from './sandbox.ts';

/** Serve GET /files/search: files whose path below the folder matches a pattern with * ** ? and {a,b}. */
export function searchNames(sandbox: Sandbox, exchange: Exchange): void {
  const { folder, pattern } = asked(exchange);
  const match = globPattern(pattern);
  const files = filesBelow(sandbox, folder).filter((file) => match.test(path.posix.relative(folder, file)));
  exchange.json(200, { files });
}

/** Serve GET /files/find: lines that contain a text. */
export function findText(sandbox: Sandbox, exchange: Exchange): void {
  const { folder, pattern } = asked(exchange);
  const found = filesBelow(sandbox, folder).flatMap((file) => {
    const content = readFileSync(sandbox.jail.hostFollowed(file), 'utf8');
    if (content.includes('\0')) return [];
    return content
      .split('\n')
      .flatMap((line, at) => (line.includes(pattern) ? [{ file, line: at + 1, content: line }] : []));
  });
  exchange.json(200, found);
}

/** Serve POST /files/replace: a text by another in the files named. */
export async function replaceText(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const body = await exchange.jsonBody();
  const pattern = text(body.pattern);
  if (!pattern) throw badRequest('pattern is required');
  const results = list(body.files).map((file) => {
    try {
      const host = sandbox.jail.hostFollowed(file);
      writeFileSync(
        host,
        readFileSync(host, 'utf8').replaceAll(pattern, () => text(body.newValue) ?? ''),
      );
      return { file, success: true };
    } catch (error) {
      return { file, success: false, error: error instanceof Error ? error.message : String(error) };
    }
  });
  exchange.json(200, results);
}

function asked(exchange: Exchange): { folder: string; pattern: string } {
  const [folder, pattern] = [exchange.query('path'), exchange.query('pattern')];
  if (!folder || !pattern) throw badRequest('path and pattern are required');
  return { folder, pattern };
}

/** Files below a folder, named as the folder was; links are not followed. */
function filesBelow(sandbox: Sandbox, folder: string): string[] {
  const host = attempt(folder, () => sandbox.jail.hostFollowed(folder));
  if (attempt(folder, () => statSync(host)).isFile()) return [folder];
  return readdirSync(host, { withFileTypes: true }).flatMap((entry) => {
    const place = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(sandbox, place);
    return entry.isFile() ? [place] : [];
  });
}

function globPattern(pattern: string): RegExp {
  const words: Readonly<Record<string, string>> = {
    '**/': '(?:.*/)?',
    '**': '.*',
    '*': '[^/]*',
    '?': '[^/]',
    '{': '(?:',
    '}': ')',
    ',': '|',
  };
  const escaped = pattern.replace(
    /\*\*\/|\*\*|\*|\?|[{},]|[.+^$()|[\]\\]/g,
    (part) => words[part] ?? `\\${part}`,
  );
  return new RegExp(`^${escaped}$`);
}
