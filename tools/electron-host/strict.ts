// "An API that the host lacks throws by its name": the end of every prototype chain is a guard that knows the names of
// Electron's members. Members that exist are found before the guard is asked, so they cost nothing.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const table: Record<string, string> = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'electron-members.json'), 'utf8'),
);

/** The member names that Electron's types give to `type` ("App", "BrowserWindow.static", "exports"). */
export function electronMembers(type: string): ReadonlySet<string> {
  return new Set(table[type]?.split(' '));
}

/** The error for an API that the host lacks; `api` is written as the caller would write it: "dialog.showX". */
export function notImplemented(api: string): Error {
  return new Error(`electron-host: ${api} is not implemented`);
}

function guard(target: object, label: string, names: ReadonlySet<string>): object {
  const missing = (property: string | symbol): property is string =>
    typeof property === 'string' && names.has(property);
  return new Proxy(target, {
    get(inner, property, receiver) {
      if (Reflect.has(inner, property) || !missing(property)) return Reflect.get(inner, property, receiver);
      throw notImplemented(`${label}.${property}`);
    },
    set(inner, property, value, receiver) {
      if (Reflect.has(inner, property) || !missing(property))
        return Reflect.set(inner, property, value, receiver);
      throw notImplemented(`${label}.${property}`);
    },
  });
}

/** A base class without events whose missing members of Electron's `type` throw. */
export function strictClass(type: string): new () => object {
  class Base {}
  Object.setPrototypeOf(Base.prototype, guard(Object.prototype, type, electronMembers(type)));
  Object.setPrototypeOf(Base, guard(Function.prototype, type, electronMembers(`${type}.static`)));
  return Base;
}

/** The same for a class that emits events; it has no limit for listeners, as an app may add many. */
export function strictEmitter(type: string): typeof EventEmitter {
  class Base extends EventEmitter {
    constructor() {
      super();
      this.setMaxListeners(0);
    }
  }
  Object.setPrototypeOf(Base.prototype, guard(EventEmitter.prototype, type, electronMembers(type)));
  Object.setPrototypeOf(Base, guard(EventEmitter, type, electronMembers(`${type}.static`)));
  return Base as unknown as typeof EventEmitter;
}

/** Makes the plain object `members` the module `label` (such as "dialog"), whose other members of `type` throw. */
export function strictModule<T extends object>(label: string, type: string, members: T): T {
  const end = Object.getPrototypeOf(members) as object;
  return Object.setPrototypeOf(members, guard(end, label, electronMembers(type))) as T;
}

/** Stands for an export of Electron that the host lacks as a whole: any use of it throws. */
export function missingExport(name: string): unknown {
  const quiet = new Set([
    'then',
    'toJSON',
    'constructor',
    'prototype',
    'name',
    'length',
    '__esModule',
    'default',
  ]);
  return new Proxy(class {}, {
    get(inner, property) {
      if (typeof property === 'symbol' || quiet.has(property)) return Reflect.get(inner, property);
      throw notImplemented(`${name}.${property}`);
    },
    construct() {
      throw notImplemented(`new ${name}()`);
    },
    apply() {
      throw notImplemented(`${name}()`);
    },
  });
}
