/** Starts the interface: bridge, app, React. Loaded by main.tsx after the nonce is in place. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppWindow } from './app/app.tsx';
import { AppProvider } from './app/app-context.tsx';
import { createApp } from './app/create-app.ts';
import { createBridge } from './bridge/client.ts';
import { ViewBoundary } from './features/problem/view-boundary.tsx';
import { shellMessages } from './messages/shell.ts';
import { Notice } from './ui/notice.tsx';

/** Draws the interface into `root`. */
export function start(root: HTMLElement): void {
  const react = createRoot(root);
  if (!window.specboard) {
    react.render(
      <Notice level="error" title={shellMessages.noBridge}>
        {shellMessages.noBridgeHint}
      </Notice>,
    );
    return;
  }
  const { app, dispose } = createApp(createBridge(window.specboard));
  window.addEventListener('pagehide', dispose, { once: true });
  react.render(
    <StrictMode>
      <AppProvider value={app}>
        <ViewBoundary>
          <AppWindow />
        </ViewBoundary>
      </AppProvider>
    </StrictMode>,
  );
}
