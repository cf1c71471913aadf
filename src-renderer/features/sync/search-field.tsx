/** A search that waits until a person has stopped typing; Enter searches at once, Escape empties it. */
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import styles from './sync.module.css';

/** ms after the last key. */
const typingPause = 180;

/** See the head of the file. */
export function SearchField({ label, onSearch }: { label: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (next: string, pause: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(next), pause);
  };
  return (
    <div className={styles.search}>
      <Search size={16} aria-hidden />
      <input
        type="search"
        dir="auto"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={1000}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => search(event.target.value, typingPause)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search(text, 0);
          else if (event.key === 'Escape' && text !== '') search('', 0);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </div>
  );
}
