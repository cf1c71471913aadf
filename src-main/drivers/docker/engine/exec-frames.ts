/** Takes the engine's stream of a program apart: eight bytes (stream, length) before every piece; raw with a terminal. */
import type { Readable } from 'node:stream';
import { EngineLinkError, EngineProtocolError, linkError } from './engine-failure.ts';

/** A piece of a program's output, as it was written; may end in the middle of a character. */
export interface ExecChunk {
  stream: 'stdout' | 'stderr';
  bytes: Uint8Array;
}

const headerLength = 8;

/**
 * The pieces in order. Reads no further than it is read (back-pressure reaches the program) and hands on pieces of frames as
 * they come: nothing is gathered or copied. Ends with the stream, also where it was closed on this side; throws
 * EngineLinkError where the connection broke, EngineProtocolError where it is not such a stream. Leaving it destroys the stream.
 */
export async function* framesOf(socket: Readable, head: Uint8Array, tty: boolean): AsyncGenerator<ExecChunk> {
  const header = Buffer.alloc(headerLength);
  let headerBytes = 0;
  let left = 0;
  let stream: ExecChunk['stream'] = 'stdout';
  for await (const chunk of chunksOf(socket, head)) {
    if (tty) {
      yield { stream, bytes: chunk };
      continue;
    }
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const bytes = chunk.subarray(at, at + left);
        at += bytes.length;
        left -= bytes.length;
        yield { stream, bytes };
        continue;
      }
      const taken = Math.min(headerLength - headerBytes, chunk.length - at);
      header.set(chunk.subarray(at, at + taken), headerBytes);
      at += taken;
      headerBytes += taken;
      if (headerBytes < headerLength) break;
      headerBytes = 0;
      stream = streamOf(header);
      left = header.readUInt32BE(4);
    }
  }
  const cut = socket.readableEnded && (left > 0 || headerBytes > 0);
  if (cut) throw new EngineLinkError('CLOSED', 'The output ended in the middle of a frame.', true);
}

function streamOf(header: Buffer): ExecChunk['stream'] {
  const [kind, ...zeros] = header.subarray(0, 4);
  if (kind === undefined || kind > 2 || zeros.some((byte) => byte !== 0)) {
    throw new EngineProtocolError('The output is not in frames.');
  }
  return kind === 2 ? 'stderr' : 'stdout';
}

async function* chunksOf(socket: Readable, head: Uint8Array): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch (error) {
    // Closed on this side: the end. Anything else is the engine's or the network's.
    if ((error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw linkError(error, true);
  }
}
