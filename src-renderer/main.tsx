/** Entry of the page: the nonce first, then everything else (a dynamic import, so that no library can run before it). */
import './csp-nonce.ts';
import './ui/tokens.css';
import './ui/base.css';

void import('./start.tsx').then(({ start }) => start(document.getElementById('root') ?? document.body));
