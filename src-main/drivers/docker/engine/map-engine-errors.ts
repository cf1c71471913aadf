/** Everything that goes wrong with an engine, as one of our errors. The engine's own words only behind "Details". */
import {
  type ErrorCode,
  isSpecboardError,
  type ProblemInfo,
  SpecboardError,
} from '../../../../src-shared/contract/errors.ts';
import { abortError } from '../../base-driver.ts';
import { type EngineLinkError, EngineProtocolError, EngineReplyError, linkError } from './engine-failure.ts';
import { rowOfWords } from './engine-words.ts';

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
    case 'ECONNREFUSED':
      if (isTcp(error)) {
        return problem('unreachable', 'No engine listens at this address.', error, {
          hint: 'Check the address, and that the engine runs there.',
        });
      }
      return notRunning(error);
    case 'ENOENT':
      return notRunning(error);
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

function notRunning(error: EngineLinkError): SpecboardError {
  return problem('engine-missing', 'The Docker engine does not run.', error, {
    hint: 'Start it (Docker Desktop, colima, or "sudo systemctl start docker"), then try again.',
  });
}

/** Errors of TCP carry a port, those of sockets and pipes a path. */
function isTcp(error: EngineLinkError): boolean {
  return typeof (error.cause as { port?: unknown } | undefined)?.port === 'number';
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

function mapReply(status: number, words: string, context: EngineContext, cause: Error): SpecboardError {
  const row = rowOfWords(words, context.subject === 'image');
  if (row) {
    const [, code, message, hint] = row;
    return problem(code, withName(message, context), cause, { hint });
  }
  if (status === 404 || /no such (?:image|container|volume|exec)/i.test(words))
    return missing(words, context, cause);
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
