/** Words of engines and registries, and which of our errors they mean. Looked at before the status: engines use 500 for almost everything. */
import type { ErrorCode } from '../../../../src-shared/contract/errors.ts';

/** Words, and our code, message and hint. */
export type Row = readonly [pattern: RegExp, code: ErrorCode, message: string, hint: string];

/** What an engine says of everything. */
const everywhere: readonly Row[] = [
  [
    /no space left on device/i,
    'no-space',
    "The engine's disk is full.",
    'Free space where Docker keeps its data ("docker system df" shows what uses it).',
  ],
  [
    /toomanyrequests|too many requests|rate limit/i,
    'rate-limited',
    'The registry lets you pull no more images for now.',
    'Wait, or log in to the registry with "docker login", then try again.',
  ],
  [
    /client version .* is too (?:old|new)|minimum supported API version|Maximum supported API version/i,
    'unsupported',
    'This engine speaks no version of the API that SpecBoard does.',
    'Update Docker, or SpecBoard.',
  ],
  [
    /HTTP request to an HTTPS server/i,
    'unreachable',
    'The engine at this address wants TLS.',
    'Set up its certificates: a docker context, or DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.',
  ],
];

/** What it says of containers, programs and mounts. */
const containerRows: readonly Row[] = [
  [
    /unable to find (?:user|group)|no matching entries in (?:passwd|group)|invalid user/i,
    'invalid',
    'The image has no such user.',
    'Correct the user in the profile, for example "1000:1000".',
  ],
  [
    /bind source path does not exist|invalid mount config.*source path|error while creating mount source path/i,
    'not-found',
    'A folder that the profile mounts is not there, or the engine may not see it.',
    'Correct the mounts in the profile; with Docker Desktop also its file sharing settings.',
  ],
  [
    /mounts denied|is not shared from the host/i,
    'forbidden',
    'Docker Desktop does not share that folder with containers.',
    'Add it in Docker Desktop under Settings, Resources, File sharing.',
  ],
  [
    /executable file not found|no such file or directory: unknown|exec: "[^"]*":/i,
    'not-found',
    'The image has no such program.',
    'Choose an image that has it.',
  ],
  [
    /port is already allocated|address already in use/i,
    'conflict',
    'A port that the profile publishes is in use.',
    'Choose another port, or end what uses it.',
  ],
  [
    /cgroup|NanoCPUs|Minimum memory limit|Range of CPUs/i,
    'invalid',
    'The engine does not accept these limits.',
    'Correct memory, processors and processes in the profile.',
  ],
];

/** What a registry's words mean; only looked at where an image is concerned. */
const registryRows: readonly Row[] = [
  [
    /no such host|i\/o timeout|TLS handshake|connection refused|network is unreachable|no route to host|server misbehaving|request canceled while waiting|context deadline exceeded|unexpected EOF|connection reset|proxyconnect|EOF$/i,
    'unreachable',
    'The registry of the image cannot be reached.',
    'Check the network of the engine; an image that is there already needs none.',
  ],
  [
    /manifest unknown|manifest for .* not found|not found: manifest|name unknown|repository .* not found/i,
    'image-missing',
    'There is no such image.',
    'Correct the name or the tag in the profile.',
  ],
  [
    /no matching manifest/i,
    'image-missing',
    "The image does not exist for the engine's processor.",
    'Choose an image that is made for it.',
  ],
  [
    /pull access denied|^denied\b|denied: |requested access to the resource is denied|insufficient_scope/i,
    'image-missing',
    'There is no such image, or it is private.',
    'Correct the name in the profile; for a private image log in with "docker login", then try again.',
  ],
  [
    /unauthorized|authentication required|no basic auth/i,
    'auth',
    'The registry wants a login for this image.',
    'Log in to it with "docker login", then try again.',
  ],
  [
    /invalid reference format|repository name must|invalid tag/i,
    'invalid',
    'This is not the name of an image.',
    'Write it like python:3.12-slim.',
  ],
];

/** The first row that fits; `image`: the words are about an image and may be a registry's. */
export function rowOfWords(words: string, image: boolean): Row | undefined {
  const rows = [...everywhere, ...(image ? registryRows : containerRows)];
  return rows.find(([pattern]) => pattern.test(words));
}
