/** Names of images as a person writes them: "python", "python:3.12-slim", "ghcr.io/a/b@sha256:...". */
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';

/** An image's name in its parts, as the engine's pull wants them. */
export interface ImageReference {
  /** With the registry where one is named: "ghcr.io/a/b". */
  repository: string;
  /** "3.12-slim"; null with a digest. */
  tag: string | null;
  /** "sha256:...". */
  digest: string | null;
  /** All of it, with the tag that is meant: "python:latest". */
  full: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host =
  '(?:localhost|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+(?=:)|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?';
const pattern = new RegExp(
  `^((?:${host}/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}))?$`,
);

/** Reads the name; the default tag is "latest". Throws `invalid` with what to write. */
export function parseImageReference(text: string): ImageReference {
  const [, repository, tag, digest] = pattern.exec(text.trim()) ?? [];
  if (repository === undefined || repository.length > 255) {
    throw new SpecboardError('invalid', `"${text}" is not the name of an image.`, {
      hint: /[A-Z]/.test(text)
        ? 'Names of images have small letters only, for example python:3.12-slim.'
        : 'Write it like python:3.12-slim.',
    });
  }
  if (digest !== undefined) return { repository, tag: null, digest, full: `${repository}@${digest}` };
  const meant = tag ?? 'latest';
  return { repository, tag: meant, digest: null, full: `${repository}:${meant}` };
}
