// The look of the overlay (overlay.ts).

/** Its style sheet; follows the system's light and dark. */
export const overlayStyle = `
:host { all: initial; }
* { box-sizing: border-box; font: 13px/1.4 system-ui, sans-serif; }
.root { --bg: #ffffff; --fg: #1c1f24; --soft: #f1f3f6; --line: #d6dae0; --accent: #2457d6; --muted: #626a76; color: var(--fg); }
@media (prefers-color-scheme: dark) {
  .root { --bg: #24272d; --fg: #eceef1; --soft: #31353d; --line: #434852; --accent: #7da2ff; --muted: #a2a9b5; }
}
[popover] { border: 0; padding: 0; margin: 0; inset: auto; color: inherit; background: none; }
button { color: inherit; background: none; border: 0; border-radius: 6px; padding: 4px 10px; text-align: left; cursor: default; }
button:hover:not(:disabled), button:focus-visible { background: var(--soft); outline: none; }
button:focus-visible { box-shadow: 0 0 0 2px var(--accent); }
button:disabled { color: var(--muted); }
.opener { position: fixed; right: 0; bottom: 64px; width: 24px; height: 34px; padding: 0; border-radius: 10px 0 0 10px;
  text-align: center; font-size: 15px; background: var(--bg); border: 1px solid var(--line); opacity: .75;
  box-shadow: 0 1px 4px #0003; }
.opener:hover { opacity: 1; }
.bar { position: fixed; top: 0; left: 0; width: 100vw; display: flex; gap: 2px; align-items: center; padding: 3px 6px;
  background: var(--bg); border-bottom: 1px solid var(--line); box-shadow: 0 2px 8px #0002; }
.bar:not(:popover-open) { display: none; }
.bar .space { flex: 1; }
.tray { display: flex; gap: 6px; align-items: center; }
.tray img { width: 16px; height: 16px; }
.menu { position: fixed; min-width: 200px; max-height: 90vh; overflow: auto; padding: 5px; background: var(--bg);
  border: 1px solid var(--line); border-radius: 9px; box-shadow: 0 8px 28px #0004; }
.menu button { display: flex; width: 100%; gap: 8px; align-items: center; white-space: nowrap; }
.menu .mark { width: 14px; text-align: center; }
.menu .keys { margin-left: auto; padding-left: 24px; color: var(--muted); }
.menu hr { border: 0; border-top: 1px solid var(--line); margin: 5px 8px; }
dialog { color: var(--fg); background: var(--bg); border: 1px solid var(--line); border-radius: 12px; padding: 20px;
  width: min(460px, 90vw); box-shadow: 0 20px 60px #0006; }
dialog::backdrop { background: #0005; }
dialog h2 { margin: 0 0 6px; font-size: 15px; font-weight: 600; }
dialog p { margin: 0 0 12px; white-space: pre-wrap; overflow-wrap: anywhere; color: var(--muted); }
dialog label { display: flex; gap: 8px; align-items: center; margin: 0 0 12px; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; justify-content: flex-end; margin-top: 16px; }
.buttons button { padding: 6px 14px; border: 1px solid var(--line); }
.buttons .default { color: var(--bg); background: var(--accent); border-color: var(--accent); }
input[type=text] { width: 100%; padding: 6px 8px; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; }
.files { height: 220px; overflow: auto; margin-top: 8px; padding: 4px; border: 1px solid var(--line); border-radius: 6px; }
.files button { display: block; width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.files .picked { background: var(--accent); color: var(--bg); }
.toasts { position: fixed; right: 36px; bottom: 44px; display: grid; gap: 8px; width: min(320px, 90vw); }
.toasts button { padding: 10px 14px; background: var(--bg); border: 1px solid var(--line); border-radius: 10px; box-shadow: 0 4px 16px #0003; }
.toasts strong { display: block; font-weight: 600; }
`;
