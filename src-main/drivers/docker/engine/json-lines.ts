/** Reads a stream of JSON objects, one a line, as they come. */
import { StringDecoder } from 'node:string_decoder';
import { EngineProtocolError } from './engine-failure.ts';

/** Longest line, in characters: more than any event or reading has. */
const lineLimit = 4 * 1024 * 1024;

/** The objects in order. Throws EngineProtocolError for a line that is not JSON (a proxy's error page) or has no end. */
export async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLimit) throw new EngineProtocolError('A line of the stream is too long.');
    for (const line of lines) if (line.trim() !== '') yield parse(line);
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield parse(rest);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new EngineProtocolError(`Not JSON: ${line.slice(0, 200)}`);
  }
}
