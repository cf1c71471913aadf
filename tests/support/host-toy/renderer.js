// What a page script sees of the world around it, before anything else runs.
const seen = [
  'toy',
  'require',
  'ipcRenderer',
  'process',
  'onlyInPreload',
  '__electronHostSend',
  '__hostRecv',
];
window.first = Object.fromEntries(seen.map((name) => [name, typeof window[name]]));
const out = document.querySelector('#out');
let presses = 0;
document.querySelector('#press').addEventListener('click', () => {
  presses += 1;
  out.textContent = `pressed ${presses}`;
});
window.toy?.onMenu((value) => {
  out.textContent = `menu ${value}`;
});
out.textContent = 'ready';
