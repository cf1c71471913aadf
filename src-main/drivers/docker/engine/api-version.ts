/** Which version of the engine's API is spoken: the newest that both sides know. */
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';

/** The newest we were tried with. */
const newest = [1, 52] as const;
/** The oldest that has what we need. */
const oldest = [1, 41] as const;

/** Versions are pairs: 1.9 is older than 1.41. */
export type ApiVersion = readonly [number, number];

/** The version to speak with a server of these. Throws `unsupported` where there is none. `minimum` may be "". */
export function agreeOnVersion(server: string, minimum: string): ApiVersion {
  const theirs = parse(server);
  if (!theirs) {
    throw new SpecboardError('protocol', 'The engine does not say which version of the API it speaks.', {
      hint: 'Check that the address is that of a Docker or Podman engine.',
    });
  }
  if (compare(theirs, oldest) < 0) {
    throw new SpecboardError(
      'unsupported',
      `This engine is too old: it speaks version ${server} of the API.`,
      {
        hint: `Update it: SpecBoard needs version ${oldest.join('.')} (Docker 20.10, Podman 3.0) or newer.`,
      },
    );
  }
  const least = parse(minimum);
  if (least && compare(least, newest) > 0) {
    throw new SpecboardError(
      'unsupported',
      `This engine is too new: it needs version ${minimum} of the API.`,
      {
        hint: 'Update SpecBoard.',
      },
    );
  }
  return compare(theirs, newest) < 0 ? theirs : newest;
}

function parse(text: string): ApiVersion | null {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor)];
}

function compare(a: ApiVersion, b: ApiVersion): number {
  return a[0] - b[0] || a[1] - b[1];
}
