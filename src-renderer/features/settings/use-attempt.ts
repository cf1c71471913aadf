/** Operations whose problem is shown where they were asked for: the sheet lies over the window's own place for problems. */
import { useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type {
  OperationInput,
  OperationName,
  OperationOutput,
} from '../../../src-shared/contract/operations.ts';
import { useApp } from '../../app/app-context.tsx';

/** `attempt` gives undefined where it failed; `problem` is why. */
export function useAttempt() {
  const { bridge } = useApp();
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async <N extends OperationName>(
    name: N,
    input: OperationInput<N>,
  ): Promise<OperationOutput<N> | undefined> => {
    setProblem(null);
    try {
      return await bridge.call(name, input);
    } catch (error) {
      setProblem(toProblem(error));
      return undefined;
    }
  };
  return { attempt, problem };
}
