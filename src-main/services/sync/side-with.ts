/** This computer's side with some of its calls done otherwise; all others go to it as they are. */
import type { LocalSide } from '../../sync/sides.ts';

/** See the file's first line. */
export function sideWith<S extends LocalSide, O extends object>(side: S, others: O): S & O {
  return new Proxy(side, {
    get(target, key) {
      if (Object.hasOwn(others, key)) return Reflect.get(others, key);
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as S & O;
}
