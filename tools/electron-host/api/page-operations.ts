// What the isolated world of a page says (page/messages.ts), carried out for its web contents.
import { pack, unpack } from '../browser/page-link.ts';
import { preventable } from '../host-state.ts';
import type { FromPage } from '../page/messages.ts';
import { pressKey } from './accelerators.ts';
import { nativeTheme } from './native-theme.ts';
import { overlayEvent } from './overlay-host.ts';
import type { WebContents } from './web-contents.ts';

async function invoke(contents: WebContents, message: Extract<FromPage, { op: 'invoke' }>): Promise<void> {
  const { id, channel } = message;
  const reply = (ok: boolean, value: unknown): void => contents.post({ op: 'reply', id, ok, value });
  const handler = contents
    .ipcTargets()
    .map((ipc) => ipc.handlerFor(channel))
    .find((found) => found !== undefined);
  if (!handler) {
    console.error(`Error occurred in handler for '${channel}': No handler registered for '${channel}'`);
    return reply(false, `Error: No handler registered for '${channel}'`);
  }
  try {
    const result = await handler(contents.ipcEvent(), ...message.args.map((value) => unpack(value)));
    reply(true, pack(result));
  } catch (error) {
    console.error(`Error occurred in handler for '${channel}':`, error);
    reply(false, String(error));
  }
}

/** Does what one message asks for. */
export function handleOperation(contents: WebContents, message: FromPage): void {
  const { page, window } = contents;
  if (page.destroyed) return;
  switch (message.op) {
    case 'invoke':
      void invoke(contents, message);
      return;
    case 'send': {
      const event = contents.ipcEvent(contents.link.ports.take(message.ports));
      const args = message.args.map((value) => unpack(value));
      contents.emit('ipc-message', event, message.channel, ...args);
      for (const ipc of contents.ipcTargets()) ipc.emit(message.channel, event, ...args);
      return;
    }
    case 'open': {
      const { op: _, ...request } = message;
      contents.openWindow(request);
      return;
    }
    case 'close':
      window.close();
      return;
    case 'preload-error': {
      const error = unpack(message.error) as Error;
      console.error(`Unable to load preload script of window ${contents.id}: ${error.message}`);
      contents.emit('preload-error', preventable(), contents.preloadPath, error);
      return;
    }
    case 'title': {
      if (message.title === page.title) return;
      page.title = message.title;
      const event = preventable();
      contents.emit('page-title-updated', preventable(), message.title, true);
      window.emit('page-title-updated', event, message.title, true);
      if (!event.defaultPrevented) window.title = message.title;
      return;
    }
    case 'focus':
    case 'blur':
      window.focusChanged(message.op === 'focus');
      return;
    case 'shown':
      window.shownByUser();
      return;
    case 'bounds':
      window.movedByUser(message);
      return;
    case 'scheme':
      nativeTheme.systemSaid(message.dark);
      return;
    case 'key':
      pressKey(message, window);
      return;
    case 'context-menu': {
      const { op: _, ...hit } = message;
      const text = hit.selectionText !== '';
      const editFlags = {
        canCopy: text,
        canCut: text && hit.isEditable,
        canPaste: hit.isEditable,
        canSelectAll: true,
      };
      const rest = { pageURL: page.url, frame: contents.mainFrame, mediaType: hit.srcURL ? 'image' : 'none' };
      contents.emit('context-menu', preventable(), { ...hit, ...rest, editFlags });
      return;
    }
    case 'overlay':
      overlayEvent(contents, message.event);
  }
}
