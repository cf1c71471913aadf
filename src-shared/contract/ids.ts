/** The shapes of ids on the bridge. */
import { z } from 'zod';

/** Ids are made by the main process; anything else is refused before a handler sees it. */
export const idSchema = z.uuid();
/** A vendor's id: opaque, and the driver's to check. */
export const sandboxIdSchema = z.string().min(1).max(256);
