/** The person's theme, contrast, density, text sizes and motion as attributes and variables of the document; tokens do the rest. */
import { useEffect } from 'react';
import { useStatus } from './app-context.tsx';

/** See the head of the file. */
export function useAppearance(): void {
  const [theme, contrast, density, motion, fontSize, codeFontSize] = useStatus(({ status }) => {
    const { settings } = status ?? {};
    return [
      settings?.theme,
      settings?.contrast,
      settings?.density,
      settings?.motion,
      settings?.fontSize,
      settings?.codeFontSize,
    ] as const;
  });
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'light' || theme === 'dark') dataset.theme = theme;
    else delete dataset.theme;
    dataset.density = density ?? 'default';
    if (motion === 'reduce') dataset.motion = 'reduce';
    else delete dataset.motion;
  }, [theme, density, motion]);
  useEffect(() => {
    const { style } = document.documentElement;
    style.setProperty('--base-size', `${fontSize ?? 13}px`);
    style.setProperty('--code-size', `${codeFontSize ?? 13}px`);
  }, [fontSize, codeFontSize]);
  useEffect(() => {
    const query = matchMedia('(prefers-contrast: more)');
    const apply = () => {
      const { dataset } = document.documentElement;
      if (contrast === 'more' || query.matches) dataset.contrast = 'more';
      else delete dataset.contrast;
    };
    apply();
    query.addEventListener('change', apply);
    return () => query.removeEventListener('change', apply);
  }, [contrast]);
}
