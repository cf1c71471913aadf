/** The application's own settings: one typed object; what is missing takes its default. */
import { z } from 'zod';

/** Every setting without its default. */
const shape = {
  theme: z.enum(['system', 'light', 'dark']),
  /** `more`: stronger borders and text, whatever the system says. */
  contrast: z.enum(['system', 'more']),
  density: z.enum(['compact', 'default', 'comfortable']),
  /** px of the interface's text. */
  fontSize: z.number().int().min(11).max(20),
  /** px of code and output. */
  codeFontSize: z.number().int().min(10).max(24),
  /** `reduce`: nothing moves, whatever the system says. */
  motion: z.enum(['system', 'reduce']),
  wrapOutput: z.boolean(),

  terminalFontSize: z.number().int().min(8).max(32),
  /** Lines kept above the screen. */
  terminalScrollback: z.number().int().min(100).max(100_000),
  terminalCursor: z.enum(['block', 'bar', 'underline']),
  terminalBlink: z.boolean(),
  /** Selecting text puts it on the clipboard. */
  terminalCopyOnSelect: z.boolean(),
  /** The terminal keeps a text twin for screen readers. `auto`: while one runs. */
  terminalReader: z.enum(['auto', 'on', 'off']),

  /** Tell the person when an execution longer than this ends while the window is not in focus. */
  notifyAfterSeconds: z.number().int().min(1).max(86_400),
  notifyFinished: z.boolean(),
  /** A session or its sandbox was lost. */
  notifyLost: z.boolean(),
  /** Something that runs asks a question. */
  notifyQuestion: z.boolean(),
  /** A sandbox reaches its end time in five minutes. */
  notifyEnding: z.boolean(),
  /** A sync found a conflict, or asks something. */
  notifySync: z.boolean(),

  /** On quit: what happens to sessions. `profile`: as each profile says. */
  quitSessions: z.enum(['profile', 'end', 'leave']),
  /** Closing the window keeps SpecBoard in the tray (where a tray is shown). */
  closeToTray: z.boolean(),
  /** How much of a running execution a screen reader hears. */
  announce: z.enum(['off', 'summary', 'everything']),

  /** Keys that the person chose for actions, by action id; an empty text takes the key away. */
  shortcuts: z.record(z.string().max(64), z.string().max(64)),
  /** Actions that were chosen in the command palette last, the latest first. */
  recentActions: z.array(z.string().max(64)).max(8),
  /** Sizes of the window's parts that the person dragged, by the part's name. */
  layout: z.record(z.string().max(64), z.number()),
};

/** Schema with defaults of every setting. */
export const settingsSchema = z.strictObject({
  theme: shape.theme.default('system'),
  contrast: shape.contrast.default('system'),
  density: shape.density.default('default'),
  fontSize: shape.fontSize.default(13),
  codeFontSize: shape.codeFontSize.default(13),
  motion: shape.motion.default('system'),
  wrapOutput: shape.wrapOutput.default(true),
  terminalFontSize: shape.terminalFontSize.default(13),
  terminalScrollback: shape.terminalScrollback.default(5_000),
  terminalCursor: shape.terminalCursor.default('block'),
  terminalBlink: shape.terminalBlink.default(false),
  terminalCopyOnSelect: shape.terminalCopyOnSelect.default(false),
  terminalReader: shape.terminalReader.default('auto'),
  notifyAfterSeconds: shape.notifyAfterSeconds.default(10),
  notifyFinished: shape.notifyFinished.default(true),
  notifyLost: shape.notifyLost.default(true),
  notifyQuestion: shape.notifyQuestion.default(true),
  notifyEnding: shape.notifyEnding.default(true),
  notifySync: shape.notifySync.default(true),
  quitSessions: shape.quitSessions.default('profile'),
  closeToTray: shape.closeToTray.default(false),
  announce: shape.announce.default('summary'),
  shortcuts: shape.shortcuts.default({}),
  recentActions: shape.recentActions.default([]),
  layout: shape.layout.default({}),
});
/** See `settingsSchema`. */
export type Settings = z.infer<typeof settingsSchema>;

/** A change of some settings. */
export const settingsPatchSchema = z.strictObject(shape).partial();
/** See `settingsPatchSchema`. */
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
