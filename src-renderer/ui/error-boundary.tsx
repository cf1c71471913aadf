/** Keeps what a part of the window throws, or cannot load, from taking the rest along. */
import { Component, type ReactNode } from 'react';
import { retryLoads } from './lazy-part.tsx';

/** Draws `children`; once they threw, `fallback` with the error and the way to try again. A new `key` starts afresh, too. */
export class ErrorBoundary extends Component<
  { children: ReactNode; fallback: (error: Error, retry: () => void) => ReactNode },
  { error: Error | null }
> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  readonly #retry = (): void => {
    retryLoads();
    this.setState({ error: null });
  };

  override render(): ReactNode {
    const { error } = this.state;
    return error ? this.props.fallback(error, this.#retry) : this.props.children;
  }
}
