/** Images: what is there, and getting what is not. */
import { z } from 'zod';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import type { EngineCalls } from './engine-calls.ts';
import { EngineProtocolError } from './engine-failure.ts';
import { type ImageDetails, type ImageSummary, imageSchema, imageSummarySchema } from './engine-replies.ts';
import type { EngineFilters, PullProgress } from './engine-types.ts';
import { parseImageReference } from './image-reference.ts';
import { type EngineContext, mapEngineError, mapPullError } from './map-engine-errors.ts';
import { PullTally, pullLineSchema } from './pull-progress.ts';
import { type FindLogin, type FoundLogin, loginHeader } from './registry-login.ts';

/** Until the registry has said something: the engine tries it a while, in ms. */
const firstWordMs = 120_000;

/** See the file's first line. Failures are SpecboardErrors. */
export class EngineImages {
  readonly #calls: EngineCalls;
  readonly #findLogin: FindLogin;

  constructor(calls: EngineCalls, findLogin: FindLogin) {
    this.#calls = calls;
    this.#findLogin = findLogin;
  }

  /** Images that fit all filters. */
  list(filters: EngineFilters, signal: AbortSignal): Promise<ImageSummary[]> {
    const query = { filters: JSON.stringify(filters) };
    const request = { method: 'GET', path: '/images/json', query, signal } as const;
    return this.#calls.json(z.array(imageSummarySchema), request, {
      doing: 'list the images',
      subject: 'engine',
    });
  }

  /** An image by name or id; `image-missing` where it is not there. */
  inspect(name: string, signal: AbortSignal): Promise<ImageDetails> {
    const request = { method: 'GET', path: `/images/${nameInPath(name)}/json`, signal } as const;
    return this.#calls.json(imageSchema, request, doing('look at the image', name));
  }

  /**
   * Gets an image from its registry, with the person's login to it where there is one. Aborting ends the pull in the engine too; layers that are complete stay. Errors:
   * `image-missing` for a name or tag that is not there, `unreachable`, `rate-limited`, `no-space`, `auth`, `invalid`.
   */
  async pull(name: string, onProgress: (progress: PullProgress) => void, signal: AbortSignal): Promise<void> {
    const { repository, tag, digest, full } = parseImageReference(name);
    const context = doing('get the image', full);
    const query = { fromImage: repository, tag: digest ?? tag ?? 'latest' };
    const found = await this.#login(repository, context, signal);
    const headers = found.kind === 'login' ? { 'X-Registry-Auth': loginHeader(found.login) } : {};
    const request = {
      method: 'POST',
      path: '/images/create',
      query,
      headers,
      signal,
      headMs: firstWordMs,
    } as const;
    const tally = new PullTally(full);
    onProgress(tally.progress);
    try {
      for await (const line of this.#calls.lines(request, context)) {
        const parsed = pullLineSchema.safeParse(line);
        if (!parsed.success)
          throw mapEngineError(new EngineProtocolError(parsed.error.message), context, signal);
        // The answer began with 200: an error is a line like any other.
        const words = parsed.data.errorDetail?.message ?? parsed.data.error;
        if (words) throw mapPullError(words, context);
        if (tally.add(parsed.data)) onProgress(tally.progress);
      }
    } catch (error) {
      throw withLogin(error, found);
    }
  }

  async #login(repository: string, context: EngineContext, signal: AbortSignal): Promise<FoundLogin> {
    try {
      signal.throwIfAborted();
      return await this.#findLogin(repository, signal);
    } catch (error) {
      throw mapEngineError(error, context, signal);
    }
  }

  /** Makes an image of a tar of a root file system. */
  async import(
    name: string,
    tar: AsyncIterable<Uint8Array>,
    changes: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { repository, tag } = parseImageReference(name);
    const context = doing('import the image', name);
    const query = new URLSearchParams({ fromSrc: '-', repo: repository, tag: tag ?? 'latest' });
    for (const change of changes) query.append('changes', change);
    const request = { method: 'POST', path: `/images/create?${query}`, stream: tar, signal } as const;
    for await (const line of this.#calls.lines(request, context)) {
      const { error } = pullLineSchema.parse(line);
      if (error) throw mapPullError(error, context);
    }
  }

  /** Removes it, by name or id; fine where it is not there. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const request = {
      method: 'DELETE',
      path: `/images/${nameInPath(name)}`,
      query: { force: '1' },
      signal,
    } as const;
    try {
      await this.#calls.done(request, doing('remove the image', name));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'image-missing') throw error;
    }
  }
}

/** Where a registry wants a login: what became of the person's. */
function withLogin(error: unknown, found: FoundLogin): unknown {
  if (!(error instanceof SpecboardError) || found.kind === 'none') return error;
  if (error.code !== 'auth' && error.code !== 'image-missing') return error;
  const { message, problem, code } = error;
  const hint =
    found.kind === 'failed'
      ? `Your login to the registry was not used. ${found.why}`
      : `${problem.hint ?? ''} Your login to the registry was used: "docker login" renews it.`.trim();
  return new SpecboardError(code, message, { ...problem, hint, cause: error });
}

/** Slashes are part of the path; whatever else a person typed is not. */
function nameInPath(name: string): string {
  return encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

function doing(words: string, name: string): EngineContext {
  return { doing: words, subject: 'image', name };
}
