/** Compile-time proof that a switch handles every case; at run time it throws, naming the value that got through. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
