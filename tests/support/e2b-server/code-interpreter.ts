// The code interpreter (port 49999): /execute, /contexts, /health.
import { randomUUID } from 'node:crypto';
import { parseObject, strings, text } from '../vendor-server/json.ts';
import { CodeContext } from './code-context.ts';
import type { Exchange } from './exchange.ts';
import { HOME } from './jail.ts';
import type { Sandbox } from './sandbox.ts';

const ALIASES: Readonly<Record<string, string>> = { js: 'javascript', ts: 'typescript' };
const LANGUAGES = new Set(['python', 'javascript', 'typescript', 'r', 'java', 'bash']);

/** The contexts of one sandbox and the server in front of them. */
export class CodeInterpreter {
  readonly #sandbox: Sandbox;
  readonly #contexts = new Map<string, CodeContext>();
  /** Default context of each language, by language. */
  readonly #defaults = new Map<string, CodeContext>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    // These two exist from the start; the others with their first use.
    for (const language of ['python', 'javascript']) this.#defaultContext(language);
  }

  /** Process groups of the kernels that run. */
  groups(): number[] {
    return [...this.#contexts.values()]
      .map((context) => context.group())
      .filter((group) => group !== undefined);
  }

  dispose(): void {
    for (const context of this.#contexts.values()) context.dispose();
  }

  async serve(exchange: Exchange): Promise<void> {
    const { pathname } = exchange.url;
    if (pathname === '/health') return exchange.json(200, 'OK');
    if (pathname === '/execute' && exchange.method === 'POST') return this.#execute(exchange);
    const named = /^\/contexts(?:\/([^/]+))?(\/restart)?$/.exec(pathname);
    if (!named) return exchange.json(404, { detail: 'Not Found' });
    const [, id, restart] = named;
    if (id !== undefined) return this.#serveContext(exchange, decodeURIComponent(id), restart !== undefined);
    if (exchange.method === 'GET') return exchange.json(200, [...this.#contexts.values()].map(describe));
    if (exchange.method === 'POST') return this.#create(exchange);
    exchange.json(405, { detail: 'Method Not Allowed' });
  }

  async #execute(exchange: Exchange): Promise<void> {
    const body = parseObject(await exchange.body());
    const code = text(body.code);
    if (code === undefined)
      return exchange.json(422, { detail: [{ loc: ['body', 'code'], msg: 'Field required' }] });
    const id = text(body.context_id);
    const language = text(body.language);
    if (id && language) return exchange.text(400, 'Only one of context_id or language can be provided');
    const context = id ? this.#contexts.get(id) : this.#byLanguage(language ?? 'python');
    if (!context)
      return id ? exchange.text(404, `Context ${id} not found`) : unknownLanguage(exchange, language);
    await context.execute({ code, envVars: strings(body.env_vars) }, exchange);
  }

  #serveContext(exchange: Exchange, id: string, restart: boolean): void {
    const context = this.#contexts.get(id);
    if (!context) {
      exchange.text(404, `Context ${id} not found`);
      return;
    }
    if (restart) {
      context.restart();
      exchange.reply(200, undefined, {});
      return;
    }
    if (exchange.method !== 'DELETE') {
      exchange.json(405, { detail: 'Method Not Allowed' });
      return;
    }
    context.dispose();
    this.#contexts.delete(id);
    if (this.#defaults.get(context.language) === context) this.#defaults.delete(context.language);
    exchange.reply(200, undefined, {});
  }

  async #create(exchange: Exchange): Promise<void> {
    const body = parseObject(await exchange.body());
    const language = normal(text(body.language) ?? 'python');
    if (!LANGUAGES.has(language)) return unknownLanguage(exchange, language);
    // A folder that is not there is answered with 200 as well, like the real server.
    exchange.json(200, describe(this.#add(language, text(body.cwd) ?? HOME)));
  }

  #byLanguage(language: string): CodeContext | undefined {
    const name = normal(language);
    return LANGUAGES.has(name) ? this.#defaultContext(name) : undefined;
  }

  #defaultContext(language: string): CodeContext {
    const found = this.#defaults.get(language) ?? this.#add(language, HOME);
    this.#defaults.set(language, found);
    return found;
  }

  #add(language: string, cwd: string): CodeContext {
    const context = new CodeContext(this.#sandbox, randomUUID(), language, cwd);
    this.#contexts.set(context.id, context);
    return context;
  }
}

function normal(language: string): string {
  const name = language.toLowerCase();
  return ALIASES[name] ?? name;
}

function describe({ id, language, cwd }: CodeContext): unknown {
  return { id, language, cwd };
}

function unknownLanguage(exchange: Exchange, language: string | undefined): void {
  exchange.text(500, `Language ${language ?? ''} is not supported`);
}
