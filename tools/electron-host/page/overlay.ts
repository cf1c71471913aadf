// Draws what Electron would draw outside of the page: menu bar, tray, dialogs, notifications. It lives in a closed shadow
// root in the isolated world, so the page cannot see it; Alt or the small button opens it.
// Runs as source text in the isolated world: it must not refer to anything outside of itself.
import type {
  DialogEntry,
  FolderListing,
  MenuEntry,
  OverlayCommand,
  OverlayEvent,
  TrayEntry,
} from './messages.ts';

/** A visible control of the overlay, for tests: what it says and where it is, in CSS pixels. */
export interface OverlayControl {
  label: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The overlay of one page. */
export interface Overlay {
  /** Adds it to the document, once there is one. */
  mount(): void;
  /** Does what the host says. */
  command(command: OverlayCommand): void;
  /** The controls that can be clicked now. */
  controls(): OverlayControl[];
}

/** Makes the overlay; `say` tells the host what the person did, `css` is overlay-style.ts. */
export function makeOverlay(say: (event: OverlayEvent) => void, css: string): Overlay {
  type Props = Record<string, string | boolean | ((event: Event) => void)>;
  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    props: Props = {},
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[K] => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (typeof value === 'function') element.addEventListener(key, value);
      else if (typeof value === 'boolean') element.toggleAttribute(key, value);
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };

  const host = document.createElement('div');
  const shadow = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const root = make('div', { class: 'root' });
  const bar = make('div', {
    class: 'bar',
    popover: 'manual',
    role: 'menubar',
    'aria-label': 'Application menu',
  });
  const toasts = make('div', { class: 'toasts', role: 'status' });
  const toastLayer = make('div', { popover: 'manual' }, toasts);
  const opener = make(
    'button',
    { class: 'opener', title: 'Menu, tray and more (Alt)', 'aria-label': 'Menu', click: () => toggle() },
    '\u2630',
  );
  root.append(opener, bar, toastLayer);
  shadow.append(root);
  let open: { element: HTMLElement; level: number }[] = [];

  const closeMenus = (fromLevel = 0): void => {
    for (const menu of open.filter((item) => item.level >= fromLevel)) menu.element.remove();
    open = open.filter((item) => item.level < fromLevel);
  };
  let waiting: (() => void) | undefined; // a change that came while menus were open
  const hide = (): void => {
    closeMenus();
    waiting?.();
    waiting = undefined;
    if (bar.matches(':popover-open')) bar.hidePopover();
  };
  const toggle = (): void => {
    if (bar.matches(':popover-open')) {
      hide();
      return;
    }
    bar.showPopover();
    bar.querySelector('button')?.focus();
  };
  const choose = (id: number): void => {
    hide();
    say({ kind: 'menu', id });
  };
  const openMenu = (items: MenuEntry[], x: number, y: number, level: number): void => {
    closeMenus(level);
    const menu = make('div', { class: 'menu', role: 'menu', popover: 'manual' });
    for (const item of items) {
      if (item.type === 'separator') {
        menu.append(make('hr', { role: 'separator' }));
        continue;
      }
      const mark = item.checked ? (item.type === 'radio' ? '\u25CF' : '\u2713') : '';
      const keys = item.type === 'submenu' ? '\u203A' : item.accelerator;
      const row: HTMLButtonElement = make(
        'button',
        {
          role: item.type === 'normal' || item.type === 'submenu' ? 'menuitem' : `menuitem${item.type}`,
          'aria-checked': String(item.checked),
          disabled: !item.enabled,
          mouseenter: () => {
            const box = row.getBoundingClientRect();
            if (item.type === 'submenu') openMenu(item.items, box.right + 2, box.top - 5, level + 1);
            else closeMenus(level + 1);
          },
          click: () => {
            const box = row.getBoundingClientRect();
            if (item.type === 'submenu') openMenu(item.items, box.right + 2, box.top - 5, level + 1);
            else choose(item.id);
          },
        },
        make('span', { class: 'mark' }, mark),
        item.label,
        make('span', { class: 'keys' }, keys),
      );
      menu.append(row);
    }
    root.append(menu);
    menu.showPopover();
    const box = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(0, Math.min(x, innerWidth - box.width - 4))}px`;
    menu.style.top = `${Math.max(0, Math.min(y, innerHeight - box.height - 4))}px`;
    open.push({ element: menu, level });
    menu.querySelector<HTMLElement>('button:not(:disabled)')?.focus();
  };
  const drop = (items: MenuEntry[]) => (event: Event) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    openMenu(items, box.left, box.bottom + 2, 0);
  };

  const drawBar = (menu: MenuEntry[], trays: TrayEntry[]): void => {
    const trayButton = (tray: TrayEntry): HTMLElement => {
      const label = tray.toolTip || tray.title || 'Tray';
      const click = tray.items.length > 0 ? drop(tray.items) : () => say({ kind: 'tray', id: tray.id });
      const icon = tray.icon ? [make('img', { src: tray.icon, alt: '' })] : [];
      return make('button', { class: 'tray', title: 'Tray icon', click }, ...icon, label);
    };
    if (open.length > 0) {
      waiting = () => drawBar(menu, trays);
      return;
    }
    bar.replaceChildren(
      ...menu.map((item) =>
        make(
          'button',
          {
            role: 'menuitem',
            disabled: !item.enabled,
            click: item.items.length > 0 ? drop(item.items) : () => choose(item.id),
          },
          item.label,
        ),
      ),
      make('span', { class: 'space' }),
      ...trays.map(trayButton),
      make('button', { 'aria-label': 'Close menu', click: hide }, '\u2715'),
    );
  };

  let folderShown: ((listing: FolderListing) => void) | undefined;
  const dialogFor = (entry: DialogEntry): void => {
    const dialog = make('dialog', { 'aria-label': entry.title || entry.message });
    const box = make('input', { type: 'checkbox', checked: entry.checkboxChecked });
    const pathField = make('input', { type: 'text', value: entry.path, 'aria-label': 'Path' });
    let picked: string[] = [];
    const answer = (button: number): void => {
      folderShown = undefined;
      dialog.remove();
      const paths = picked.length > 0 ? picked : [pathField.value];
      say({ kind: 'answer', id: entry.id, button, checked: box.checked, paths });
    };
    if (entry.title) dialog.append(make('h2', {}, entry.title));
    if (entry.message) dialog.append(make(entry.title ? 'p' : 'h2', {}, entry.message));
    if (entry.detail) dialog.append(make('p', {}, entry.detail));
    if (entry.checkbox) dialog.append(make('label', {}, box, entry.checkbox));
    if (entry.kind === 'open' || entry.kind === 'save') {
      const files = make('div', { class: 'files' });
      folderShown = (listing) => {
        if (listing.id !== entry.id) return;
        picked = [];
        const up = make('button', { click: () => list(listing.parent) }, '\u2191 ..');
        const rows = listing.entries.map((file) => {
          const row: HTMLButtonElement = make(
            'button',
            {
              click: (event) => {
                if (file.folder) return list(file.path);
                const several = entry.multiple && (event as MouseEvent).ctrlKey;
                picked = several ? [...picked, file.path] : [file.path];
                if (!several) for (const other of files.children) other.classList.remove('picked');
                row.classList.add('picked');
                pathField.value = file.path;
                if (entry.kind === 'save') picked = [];
              },
            },
            `${file.name}${file.folder ? '/' : ''}`,
          );
          return row;
        });
        files.replaceChildren(up, ...rows);
      };
      const list = (folder: string): void => {
        if (entry.kind === 'open') pathField.value = folder;
        say({ kind: 'list', id: entry.id, folder });
      };
      pathField.addEventListener('input', () => {
        picked = [];
      });
      dialog.append(pathField, files);
      say({ kind: 'list', id: entry.id, folder: entry.path });
    }
    const buttons = entry.buttons.map((label, index) =>
      make(
        'button',
        { class: index === entry.defaultId ? 'default' : '', click: () => answer(index) },
        label,
      ),
    );
    dialog.append(make('div', { class: 'buttons' }, ...buttons));
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      answer(entry.cancelId);
    });
    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === pathField) answer(entry.defaultId);
    });
    root.append(dialog);
    dialog.showModal();
    buttons[entry.defaultId]?.focus();
  };

  const toast = (id: number, title: string, body: string): void => {
    const element: HTMLButtonElement = make(
      'button',
      {
        click: () => {
          element.remove();
          say({ kind: 'toast', id });
        },
      },
      make('strong', {}, title),
      body,
    );
    toasts.append(element);
    if (!toastLayer.matches(':popover-open')) toastLayer.showPopover();
    setTimeout(() => {
      if (!element.isConnected) return;
      element.remove();
      say({ kind: 'toast-closed', id });
    }, 8000);
  };

  let altAlone = false;
  window.addEventListener(
    'keydown',
    (event) => {
      altAlone = event.key === 'Alt';
      if (event.key === 'Escape' && (open.length > 0 || bar.matches(':popover-open'))) {
        event.stopImmediatePropagation();
        hide();
      }
      const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const group = open.at(-1)?.element ?? (bar.matches(':popover-open') ? bar : undefined);
      const across = event.key === 'ArrowRight' || event.key === 'ArrowLeft';
      if (step === undefined || !group || across !== (group === bar)) return;
      event.preventDefault();
      const all = [...group.querySelectorAll<HTMLElement>('button:not(:disabled)')];
      const at = all.indexOf(shadow.activeElement as HTMLElement);
      all[(at + step + all.length) % all.length]?.focus();
    },
    true,
  );
  window.addEventListener('keyup', (event) => {
    if (event.key === 'Alt' && altAlone) toggle();
    altAlone = false;
  });
  window.addEventListener(
    'pointerdown',
    (event) => {
      altAlone = false;
      if (event.target !== host) hide();
    },
    true,
  );

  let pointer = { x: 0, y: 0 };
  window.addEventListener(
    'contextmenu',
    (event) => {
      pointer = { x: event.clientX, y: event.clientY };
    },
    true,
  );

  return {
    mount() {
      document.documentElement.append(host);
      say({ kind: 'ready' });
    },
    command(command) {
      switch (command.kind) {
        case 'state':
          return drawBar(command.menu, command.trays);
        case 'popup':
          return openMenu(command.items, command.x ?? pointer.x, command.y ?? pointer.y, 0);
        case 'close-popup':
          return closeMenus();
        case 'dialog':
          return dialogFor(command.dialog);
        case 'folder':
          return folderShown?.(command.listing);
        case 'toast':
          return toast(command.id, command.title, command.body);
      }
    },
    controls() {
      const seen = [...root.querySelectorAll<HTMLElement>('button, input')].filter((item) =>
        item.checkVisibility(),
      );
      return seen.map((item) => {
        const { x, y, width, height } = item.getBoundingClientRect();
        const label =
          item.textContent?.trim() || item.getAttribute('aria-label') || item.getAttribute('type') || '';
        return { label, x, y, width, height };
      });
    },
  };
}
