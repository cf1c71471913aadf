/** Tabs with one panel, whose content the caller chooses. */
import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components/Tabs';
import { cx } from './cx.ts';
import { Measured } from './measured.tsx';
import styles from './tabs.module.css';

/** `children` is the content of the selected tab, `end` what stands at the end of the row of tabs. */
export function Tabs<T extends string>({
  label,
  tabs,
  selected,
  onSelect,
  end,
  children,
}: {
  label: string;
  /** `count`: how many there are of what the tab shows; nothing for 0. `mark`: that something there needs the person, and in words. */
  tabs: readonly { id: T; label: string; count?: number; mark?: string; markLabel?: string }[];
  selected: T;
  onSelect: (id: T) => void;
  end?: ReactNode;
  children: ReactNode;
}) {
  return (
    <AriaTabs
      className={cx(styles.tabs)}
      selectedKey={selected}
      onSelectionChange={(key) => onSelect(key as T)}
    >
      <div className={styles.head}>
        <Measured id="tabs">
          <TabList aria-label={label} className={cx(styles.list)} data-region="tabs">
            {tabs.map((tab) => (
              <Tab key={tab.id} id={tab.id} className={cx(styles.tab)}>
                {tab.label}
                {tab.count !== undefined && tab.count > 0 && (
                  <span className={styles.count}>{tab.count}</span>
                )}
                {tab.mark !== undefined && (
                  <>
                    {' '}
                    <span className={styles.mark} role="img" aria-label={tab.markLabel}>
                      {tab.mark}
                    </span>
                  </>
                )}
              </Tab>
            ))}
          </TabList>
        </Measured>
        {end}
      </div>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className={cx(styles.panel)}>
          {tab.id === selected ? children : null}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
