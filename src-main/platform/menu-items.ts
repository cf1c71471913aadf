/** Menu items of actions: their keys, and whether they can be done, from the same table that the window uses. Pure. */
import {
  type ActionFacts,
  type ActionId,
  actionFacts,
  type Showing,
  whyNot,
} from '../../src-shared/domain/action.ts';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import { acceleratorOf, type KeySystem, keySystem, keysOf } from '../../src-shared/domain/shortcuts.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { MenuNode } from './menu-node.ts';
import type { StatusActions } from './status-actions.ts';

/** Where the menu is shown, and what the window shows. */
export interface AppMenuContext {
  platform: NodeJS.Platform;
  /** An installed app has no Reload and no developer tools: Ctrl+R in a terminal must never throw the window away. */
  packaged: boolean;
  drivers: readonly DriverManifest[];
  showing: Showing | null;
}

/** Makes the items of one menu. */
export class MenuItems {
  readonly facts: ActionFacts;
  readonly system: KeySystem;
  readonly #status: Status;
  readonly #actions: StatusActions;

  constructor(status: Status, context: AppMenuContext, actions: StatusActions) {
    this.#status = status;
    this.#actions = actions;
    this.system = keySystem(context.platform);
    this.facts = actionFacts(status, context.drivers, context.showing);
  }

  /** The item of an action, disabled where it cannot be done now; none where it makes no sense here. */
  action(id: ActionId, label: string, more: Partial<MenuNode> = {}): MenuNode[] {
    const refusal = whyNot(id, this.facts);
    if (refusal === 'absent') return [];
    // A key of what cannot be done now belongs to whoever else has it.
    const accelerator = refusal === null || id !== 'close-terminal' ? this.keys(id) : undefined;
    return [
      {
        id,
        label,
        ...(accelerator === undefined ? {} : { accelerator }),
        ...(refusal === null ? {} : { enabled: false }),
        click: () => this.#actions.command(id),
        ...more,
      },
    ];
  }

  /** True where it can be done now. */
  canDo(id: ActionId): boolean {
    return whyNot(id, this.facts) === null;
  }

  /** A radio item of an action that chooses a value. */
  radio(id: ActionId, label: string, checked: boolean): MenuNode[] {
    return this.action(id, label, { type: 'radio', checked });
  }

  /** The accelerator of an action, as the person has it. */
  keys(id: ActionId): string | undefined {
    return acceleratorOf(keysOf(id, this.system, this.#status.settings.shortcuts), this.system);
  }
}
