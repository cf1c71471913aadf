/** Paths in a sandbox: POSIX, relative to the working folder ("." itself) or full ones. Pure. */

/** A name in a folder. */
export function joinPath(folder: string, name: string): string {
  if (folder === '.') return name;
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** The folder that holds a path; of a root itself, the root. */
export function parentOf(path: string): string {
  if (path === '.' || path === '/') return path;
  const at = path.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : path.slice(0, at);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True for `folder` itself and everything below it. */
export function isInside(path: string, folder: string): boolean {
  if (path === folder || folder === '.') return path === folder || !path.startsWith('/');
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** A path after `from` became `to`: that of `from` itself or of something below it. */
export function movedPath(path: string, from: string, to: string): string {
  if (path === from) return to;
  return path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path;
}

/** Every folder from the root down to `path`, each with its name. */
export function crumbsOf(path: string): { path: string; name: string }[] {
  if (path === '.') return [{ path: '.', name: '.' }];
  const isFull = path.startsWith('/');
  const parts = path.split('/').filter(Boolean);
  const start = isFull ? { path: '/', name: '/' } : { path: '.', name: '.' };
  return [
    start,
    ...parts.map((name, index) => ({
      path: `${isFull ? '/' : ''}${parts.slice(0, index + 1).join('/')}`,
      name,
    })),
  ];
}

/** What a person typed as a path: without doubled slashes, "." and "..". An empty text is the working folder. */
export function typedPath(text: string): string {
  const isFull = text.startsWith('/');
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && (isFull || (parts.length > 0 && parts.at(-1) !== '..'))) parts.pop();
    else parts.push(part);
  }
  if (isFull) return `/${parts.join('/')}`;
  return parts.length > 0 ? parts.join('/') : '.';
}

/** `name`, or the first of "name (2).txt", "name (3).txt" that is not taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 2; ; number += 1) {
    const candidate = `${stem} (${number})${end}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Why a name cannot be one, or null. */
export function nameProblem(name: string): 'empty' | 'slash' | 'dots' | 'long' | null {
  if (name === '') return 'empty';
  if (name.includes('/') || name.includes('\0')) return 'slash';
  if (name === '.' || name === '..') return 'dots';
  return new TextEncoder().encode(name).length > 255 ? 'long' : null;
}
