/** The drawings of SpecBoard's icons as SVG: a box (the sandbox) with a prompt in it. States differ by shape, then colour. */
import type { IconState } from '../../src-main/platform/status-summary.ts';

/** Colours of a tray image. */
export interface TrayColours {
  body: string;
  busy: string;
  needsYou: string;
  failed: string;
  /** Drawn around everything, where the background is not known. */
  outline: string | null;
}

/** macOS colours template images itself: black and alpha only. */
export const templateColours: TrayColours = {
  body: '#000000',
  busy: '#000000',
  needsYou: '#000000',
  failed: '#000000',
  outline: null,
};

/** Windows, by the taskbar's theme. */
export const windowsColours: Record<'light' | 'dark', TrayColours> = {
  light: { body: '#1b1f24', busy: '#0a5bc4', needsYou: '#a86400', failed: '#c0222b', outline: null },
  dark: { body: '#ffffff', busy: '#6cb0ff', needsYou: '#e6b450', failed: '#ff8078', outline: null },
};

/** Linux: seen on dark and on light panels. */
export const linuxColours: TrayColours = {
  body: '#2f7fe0',
  busy: '#0b3f86',
  needsYou: '#d98200',
  failed: '#d3222d',
  outline: '#ffffff',
};

const box = 'x="1.75" y="1.75" width="14.5" height="14.5" rx="3.5"';
const prompt = 'M5.4 5.8 L8.8 9 L5.4 12.2';
const cursor = 'M10 12.2 H13';

/** The tray image of a state, on an 18 x 18 grid. */
export function traySvg(state: IconState, colours: TrayColours): string {
  const shape = trayShape(state, colours);
  const outlined =
    colours.outline === null
      ? shape
      : `<filter id="o" x="-20%" y="-20%" width="140%" height="140%">
           <feMorphology in="SourceAlpha" operator="dilate" radius="0.7" result="d"/>
           <feFlood flood-color="${colours.outline}"/><feComposite in2="d" operator="in" result="f"/>
           <feMerge><feMergeNode in="f"/><feMergeNode in="SourceGraphic"/></feMerge>
         </filter><g filter="url(#o)" transform="translate(0.9 0.9) scale(0.9)">${shape}</g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18">${outlined}</svg>`;
}

/** none: outline. ready: filled. busy: filled with a dot. needs-you: filled with a triangle. failed: struck through. */
function trayShape(state: IconState, c: TrayColours): string {
  const line = (colour: string, path: string, width = 1.7): string =>
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
  if (state === 'none') {
    return `<rect ${box} fill="none" stroke="${c.body}" stroke-width="1.5"/>${line(c.body, prompt, 1.5)}`;
  }
  const inner = line('black', prompt) + (state === 'ready' ? line('black', cursor) : '');
  const badges: Record<Exclude<IconState, 'none'>, { cut: string; badge: string }> = {
    ready: { cut: '', badge: '' },
    busy: {
      cut: '<circle cx="13.6" cy="13.6" r="5.3" fill="black"/>',
      badge: `<circle cx="13.6" cy="13.6" r="3.6" fill="${c.busy}"/>`,
    },
    'needs-you': {
      cut: '<path d="M13 5.2 L19.8 18.6 H6.2 Z" fill="black" stroke="black" stroke-width="1.6" stroke-linejoin="round"/>',
      badge: `<path d="M13 8.4 L17.2 16.9 H8.8 Z" fill="${c.needsYou}" stroke="${c.needsYou}" stroke-width="1" stroke-linejoin="round"/>`,
    },
    failed: {
      cut: line('black', 'M2 16 L16 2', 5),
      badge: line(c.failed, 'M2 16 L16 2', 2),
    },
  };
  const { cut, badge } = badges[state];
  return `<mask id="m"><rect width="18" height="18" fill="white"/>${inner}${cut}</mask>
    <rect ${box} fill="${c.body}" stroke="${c.body}" stroke-width="1.5" mask="url(#m)"/>${badge}`;
}

/**
 * The app's icon on a 1024 grid. `small` (below 48 px) has less in it and thicker lines. `margin` keeps the clear space that
 * macOS wants around an icon.
 */
export function appSvg(options: { small: boolean; margin: number }): string {
  const scale = (1024 - 2 * options.margin) / 1024;
  const width = options.small ? 108 : 72;
  const light = (x: number, colour: string): string => `<circle cx="${x}" cy="262" r="34" fill="${colour}"/>`;
  const panel = options.small
    ? ''
    : `<rect x="168" y="168" width="688" height="688" rx="96" fill="#16181b"/>
       <path d="M168 352 H856" stroke="#2a2e34" stroke-width="16"/>
       ${light(272, '#56d38b')}${light(376, '#6cb0ff')}${light(480, '#7a838f')}`;
  const path = options.small
    ? 'M292 312 L502 512 L292 712 M560 712 H748'
    : 'M300 474 L440 604 L300 734 M512 734 H724';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">
    <g transform="translate(${options.margin} ${options.margin}) scale(${scale})">
      <rect width="1024" height="1024" rx="224" fill="#0a5bc4"/>${panel}
      <path d="${path}" fill="none" stroke="#ffffff" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>
    </g></svg>`;
}
