/** Everything that goes wrong with an engine, as one of our errors. The engine's own words only behind "Details". */
import {
  type ErrorCode,
  isSpecboardError,
  type ProblemInfo,
  SpecboardError,
} from '../../../../src-shared/contract/errors.ts';
import { abortError } from '../../base-driver.ts';
import { type EngineLinkError, EngineProtocolError, EngineReplyError, linkError } from './engine-failure.ts';

/** What was being done when it failed. */
export interface EngineContext {
  /** Completes "The engine could not ...": "start the container". */
  doing: string;
  /** What the call is about; decides what "404" means. */
  subject: 'engine' | 'container' | 'image' | 'volume' | 'exec' | 'file';
  /** The image, the path: named in the message. */
  name?: string;
}

/** Any failure of a call as one of our errors; an abort by its reason. */
export function mapEngineError(error: unknown, context: EngineContext, signal: AbortSignal): SpecboardError {
  if (signal.aborted) return abortError(signal);
  if (isSpecboardError(error)) return error;
  if (error instanceof EngineReplyError) return mapReply(error.status, error.message, context, error);
  if (error instanceof EngineProtocolError) {
    return problem(
      'protocol',
      'The engine answered with something that SpecBoard does not understand.',
      error,
      {
        hint: 'Check that the address is that of a Docker or Podman engine, and update it if it is old.',
      },
    );
  }
  return mapLink(linkError(error, true));
}

/** A pull's error, which comes in the middle of an answer that began well. */
export function mapPullError(words: string, context: EngineContext): SpecboardError {
  return mapReply(500, words, context, new Error(words));
}

/**
 * True where a program was not started because the image has no such program. Engines before 25 say so in the program's own
 * output and end it with 126 or 127; newer ones refuse the exec (`not-found`).
 */
export function isMissingProgram(exitCode: number | null, output: string): boolean {
  return (exitCode === 126 || exitCode === 127) && /OCI runtime exec failed/.test(output);
}

/** Connections that end here or cannot be made. */
function mapLink(error: EngineLinkError): SpecboardError {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return problem('engine-missing', 'The Docker engine does not run.', error, {
        hint: 'Start it (Docker Desktop, colima, or "sudo systemctl start docker"), then try again.',
      });
    case 'EACCES':
    case 'EPERM':
      return problem('engine-denied', 'You may not use this Docker engine.', error, {
        hint: 'Join its group ("sudo usermod -aG docker $USER", then log in again), which is as powerful as root, or use a rootless engine (rootless Docker, Podman).',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return problem('unreachable', "The engine's computer cannot be reached.", error, {
        hint: 'Check the address and the network.',
      });
    case 'TIMEOUT':
      return problem('unavailable', 'The Docker engine takes the connection but does not answer.', error, {
        hint: 'It may be busy or stuck: try again, or restart it.',
      });
    case 'DISPOSED':
      return problem('cancelled', 'The connection to the engine was closed.', error);
    case 'SSH':
      return mapSsh(error);
    default:
      return isTls(error) ? mapTls(error) : broken(error);
  }
}

function broken(error: EngineLinkError): SpecboardError {
  return problem('unavailable', 'The connection to the Docker engine broke.', error, {
    kept: 'Containers that run may go on running.',
    hint: 'Check that the engine runs, then try again.',
  });
}

function isTls({ code, message }: EngineLinkError): boolean {
  const tls = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH)/;
  return tls.test(code) || /TLS|SSL|certificate/i.test(message);
}

function mapTls(error: EngineLinkError): SpecboardError {
  if (/alert|ALERT/.test(`${error.code} ${error.message}`)) {
    return problem('auth', 'The engine refused our certificate.', error, {
      hint: 'Check cert.pem and key.pem: the engine asks for a certificate that its own CA signed.',
    });
  }
  return problem('unreachable', "The engine's certificate could not be verified.", error, {
    hint: 'Check ca.pem, and that the certificate names the host in the address.',
  });
}

/** ssh's own words, or those of the docker program on the other computer. */
function mapSsh(error: EngineLinkError): SpecboardError {
  const words = error.message;
  const cause = (error.cause as { code?: unknown } | undefined)?.code;
  const rows: [RegExp, ErrorCode, string, string][] = [
    [
      /permission denied while trying to connect|dial unix.*permission denied/i,
      'engine-denied',
      'The engine on the other computer does not let you use it.',
      'Join its docker group there, then try again.',
    ],
    [
      /cannot connect to the docker daemon|is the docker daemon running/i,
      'engine-missing',
      'The Docker engine on the other computer does not run.',
      'Start it there, then try again.',
    ],
    [
      /docker:? (?:command )?not found|docker: not found|not recognized as an internal/i,
      'engine-missing',
      'There is no docker program on the other computer.',
      'Install Docker there, or correct the address.',
    ],
    [
      /host key verification failed|REMOTE HOST IDENTIFICATION/i,
      'unreachable',
      "ssh does not know the other computer's key, or it has changed.",
      'Connect once with ssh in a terminal and check the key, then try again.',
    ],
    [
      /permission denied|too many authentication failures/i,
      'auth',
      'The other computer refused the ssh login.',
      'Check that "ssh" to it works in a terminal without a question (a key in the agent).',
    ],
  ];
  const row = rows.find(([pattern]) => pattern.test(words));
  if (row) return problem(row[1], row[2], error, { hint: row[3] });
  if (cause === 'ENOENT') {
    return problem('unreachable', 'There is no ssh program on this computer.', error, {
      hint: 'Install the OpenSSH client.',
    });
  }
  return problem('unreachable', 'The other computer cannot be reached with ssh.', error, {
    hint: 'Check that "ssh" to it works in a terminal.',
  });
}

/** Words in an engine's answer -> our error; the first that fits. Before the status: engines use 500 for almost everything. */
const byWords: readonly [RegExp, ErrorCode, string, string][] = [
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
    'Wait, or log in to the registry with "docker login" and pull the image yourself.',
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
const pullWords: readonly [RegExp, ErrorCode, string, string][] = [
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
    /pull access denied|requested access to the resource is denied|insufficient_scope/i,
    'image-missing',
    'There is no such image, or it is private.',
    'Correct the name in the profile; pull a private image with "docker login" and "docker pull" yourself.',
  ],
  [
    /unauthorized|authentication required|no basic auth/i,
    'auth',
    'The registry wants a login for this image.',
    'Use "docker login" and "docker pull" yourself, then try again.',
  ],
  [
    /invalid reference format|repository name must|invalid tag/i,
    'invalid',
    'This is not the name of an image.',
    'Write it like python:3.12-slim.',
  ],
];

function mapReply(status: number, words: string, context: EngineContext, cause: Error): SpecboardError {
  const rows = context.subject === 'image' ? [...byWords.slice(0, 4), ...pullWords] : byWords;
  const row = rows.find(([pattern]) => pattern.test(words));
  if (status === 404 || /no such (?:image|container|volume|exec)/i.test(words))
    return missing(words, context, cause);
  if (row) {
    const [, code, message, hint] = row;
    return problem(code, withName(message, context), cause, { hint });
  }
  const could = `The engine could not ${context.doing}`;
  if (status === 409) return mapConflict(words, could, cause);
  if (status === 400) return problem('invalid', `${could}: it does not accept the settings.`, cause);
  if (status === 401 || status === 407) return problem('auth', `${could}: it wants a login.`, cause);
  if (status === 403) return problem('forbidden', `${could}: it is not allowed.`, cause);
  if (status === 429) return problem('rate-limited', `${could}: too many calls.`, cause);
  if (status === 501) return problem('unsupported', `${could}: this engine cannot do that.`, cause);
  return problem('unavailable', `${could}.`, cause, {
    hint: 'Try again; "Details" has the words of the engine.',
  });
}

/** 404 alone says little: the reason text is the same for images and containers. */
function missing(words: string, context: EngineContext, cause: Error): SpecboardError {
  if (/no such image|manifest unknown/i.test(words) || context.subject === 'image') {
    const name = context.name ? ` ${context.name}` : '';
    return problem('image-missing', `The image${name} is not there.`, cause, {
      hint: 'Pull it, or choose another in the profile.',
    });
  }
  if (/no such (?:container|exec)/i.test(words)) {
    return problem('gone', 'The container is no longer there.', cause, {
      kept: 'The output so far and the history are kept.',
      hint: 'Connect again for a new one.',
    });
  }
  const name = context.name ?? 'What was asked for';
  if (context.subject === 'file') return problem('not-found', `${name} is not in the container.`, cause);
  return problem('not-found', `The engine could not ${context.doing}: it is not there.`, cause);
}

function mapConflict(words: string, could: string, cause: Error): SpecboardError {
  if (/is not running|is stopped|not started/i.test(words)) {
    return problem('gone', 'The container does not run any more.', cause, {
      hint: 'Connect again for a new one.',
    });
  }
  if (/paused/i.test(words)) {
    return problem('unavailable', 'The container is paused.', cause, { hint: 'Resume it, then try again.' });
  }
  return problem('conflict', `${could}: something else uses that name or is being done to it.`, cause);
}

function withName(message: string, { name }: EngineContext): string {
  return name === undefined ? message : message.replace(/\.$/, ` (${name}).`);
}

function problem(code: ErrorCode, message: string, cause: Error, info: ProblemInfo = {}): SpecboardError {
  return new SpecboardError(code, message, { ...info, details: cause.message.slice(0, 4_000), cause });
}
