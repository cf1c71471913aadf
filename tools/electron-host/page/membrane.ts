// The synchronous bridge between two JavaScript worlds of a page that share one detached element. CustomEvent.detail is
// structured-cloned by Blink when the other world reads it, so only data crosses; functions and promises become ids.
// As in Electron's contextBridge an error keeps only its message and a function gets a fresh proxy at every crossing.
// Runs as source text in both worlds: it must not refer to anything outside of itself.

/** One end of the bridge. */
export interface Membrane {
  /** Calls operation `name` of the other end with a value and returns its result, or throws its error. */
  request(name: string, value?: unknown): unknown;
}

/** Operations that an end offers to the other; each gets one decoded value. */
export type MembraneOperations = Record<string, (value: never) => unknown>;

/** Makes an end that hears events named `hear` on `element` and speaks with events named `say`. */
export function makeMembrane(
  element: Element,
  hear: string,
  say: string,
  operations: MembraneOperations,
): Membrane {
  type Message = readonly [string, ...unknown[]];
  // Everything that is used later is captured here, before the page's scripts can tamper with it.
  const SafeEvent = CustomEvent;
  const SafeError = Error;
  const SafeTypeError = TypeError;
  const SafePromise = Promise;
  const SafeBuffer = ArrayBuffer;
  const isArray = Array.isArray;
  const isView = ArrayBuffer.isView;
  const { entries, values, fromEntries, hasOwn } = Object;
  const apply = Reflect.apply;
  const text = String;
  const unbind = Function.prototype.call.bind(Function.prototype.bind) as (
    f: unknown,
    self: unknown,
  ) => never;
  const uncurry = (f: unknown): ((self: unknown, ...args: unknown[]) => unknown) =>
    unbind(Function.prototype.call, f);
  const tagOf = uncurry(Object.prototype.toString);
  const then = uncurry(SafePromise.prototype.then);
  const fire = element.dispatchEvent.bind(element);
  const detailOf = uncurry(Object.getOwnPropertyDescriptor(CustomEvent.prototype, 'detail')?.get);
  const table = <T>() => {
    const map = new Map<number, T>();
    return { get: map.get.bind(map), set: map.set.bind(map), delete: map.delete.bind(map) };
  };
  const mapList = <A, B>(list: ArrayLike<A>, f: (item: A) => B): B[] => {
    const out: B[] = [];
    for (let i = 0; i < list.length; i++) out[i] = f(list[i] as A);
    return out;
  };
  const everyItem = (list: ArrayLike<unknown>, f: (item: unknown) => boolean): boolean => {
    for (let i = 0; i < list.length; i++) if (!f(list[i])) return false;
    return true;
  };

  const mine = table<unknown>();
  const pending = table<readonly [(value: unknown) => void, (error: unknown) => void]>();
  let lastId = 0;
  let reply: Message | undefined;
  const post = (message: Message): Message => {
    reply = undefined;
    fire(new SafeEvent(say, { detail: message }));
    const answer = reply as Message | undefined;
    reply = undefined;
    if (!answer) throw new SafeError('An object could not be cloned.');
    return answer;
  };
  const collected = new FinalizationRegistry<number>((id) => {
    try {
      post(['drop', id]);
    } catch {}
  });
  const watch = collected.register.bind(collected);
  const isPlain = (value: unknown): value is Record<string, unknown> => tagOf(value) === '[object Object]';
  /** True if structured clone alone carries the value. */
  const isSimple = (value: unknown, depth: number): boolean => {
    if (typeof value === 'function' || typeof value === 'symbol') return false;
    if (typeof value !== 'object' || value === null) return true;
    if (depth > 1000) {
      throw new SafeTypeError(
        'Electron contextBridge recursion depth exceeded.  Nested objects deeper than 1000 are not supported.',
      );
    }
    if (isView(value) || value instanceof SafeBuffer) return true;
    if (value instanceof SafePromise || value instanceof SafeError) return false;
    if (isArray(value)) return everyItem(value, (item) => isSimple(item, depth + 1));
    return isPlain(value) ? everyItem(values(value), (item) => isSimple(item, depth + 1)) : true;
  };
  const settle = (id: number, how: 0 | 1) => (value: unknown) => {
    let message: unknown;
    let outcome = how;
    try {
      message = encode(value);
    } catch (error) {
      message = encode(error);
      outcome = 1;
    }
    try {
      post(['settle', id, outcome, message]);
    } catch (error) {
      post(['settle', id, 1, encode(error)]);
    }
  };
  const encode = (value: unknown): Message => {
    if (typeof value === 'function') {
      const id = ++lastId;
      mine.set(id, value);
      return ['f', id];
    }
    if (value instanceof SafePromise) {
      const id = ++lastId;
      then(value, settle(id, 0), settle(id, 1));
      return ['p', id];
    }
    if (value instanceof SafeError) return ['e', text(value.message)];
    if (isSimple(value, 0)) return ['v', value];
    if (isArray(value)) return ['a', mapList(value, encode)];
    if (isPlain(value)) return ['o', mapList(entries(value), (pair) => [pair[0], encode(pair[1])])];
    throw new SafeError('An object could not be cloned.');
  };
  const decode = (message: Message): unknown => {
    const value = message[1];
    switch (message[0]) {
      case 'v':
        return value;
      case 'f': {
        const id = value as number;
        const proxy = (...args: unknown[]) => result(post(['call', id, mapList(args, encode)]));
        watch(proxy, id);
        return proxy;
      }
      case 'p':
        return new SafePromise((resolve, reject) => pending.set(value as number, [resolve, reject]));
      case 'e':
        return new SafeError(value as string);
      case 'a':
        return mapList(value as Message[], decode);
      case 'o':
        return fromEntries(mapList(value as [string, Message][], (pair) => [pair[0], decode(pair[1])]));
    }
    return undefined;
  };
  const result = (message: Message): unknown => {
    if (message[1]) throw decode(message[2] as Message);
    return decode(message[2] as Message);
  };
  const handle = (message: Message): unknown => {
    switch (message[0]) {
      case 'call': {
        const f = mine.get(message[1] as number);
        if (!f) throw new SafeError('Cannot call a function whose context is gone');
        return apply(f as () => unknown, undefined, mapList(message[2] as Message[], decode));
      }
      case 'settle': {
        const waiting = pending.get(message[1] as number);
        pending.delete(message[1] as number);
        waiting?.[message[2] as 0 | 1](decode(message[3] as Message));
        return undefined;
      }
      case 'drop':
        mine.delete(message[1] as number);
        return undefined;
    }
    const operation = hasOwn(operations, message[0]) ? operations[message[0]] : undefined;
    if (!operation) throw new SafeError(`electron-host: no operation ${message[0]}`);
    return apply(operation, undefined, [decode(message[1] as Message)]);
  };
  element.addEventListener(hear, (event) => {
    const message = detailOf(event) as Message | null; // the structured clone happens here; null: not cloneable
    if (!message) return;
    if (message[0] === 'ret') {
      reply = message;
      return;
    }
    let answer: Message;
    try {
      answer = ['ret', 0, encode(handle(message))];
    } catch (error) {
      const known = (error as Error | undefined)?.message;
      const unknown =
        'An unknown exception occurred in the isolated context, an error occurred but a valid exception was not thrown.';
      answer = ['ret', 1, ['e', typeof known === 'string' ? known : unknown]];
    }
    fire(new SafeEvent(say, { detail: answer }));
  });
  return { request: (name, value) => result(post([name, encode(value)])) };
}
