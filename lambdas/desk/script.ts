/**
 * The desk's script: the page works without it. A page that stays open learns of what changes: an
 * approval that is no longer open loses its buttons at once, other pages say that they are old.
 */
export const SCRIPT = `'use strict';
(() => {
  const EVERY = 10000;
  const state = document.getElementById('state');
  if (!state || state.dataset.state !== 'open') return;
  const check = async () => {
    try {
      const answer = await fetch('/api/approval/' + encodeURIComponent(state.dataset.approval) + '.json');
      if (!answer.ok) return;
      const { shown } = await answer.json();
      if (shown.open) return;
      for (const button of document.querySelectorAll('#decide button')) button.disabled = true;
      state.classList.add('first');
      state.setAttribute('role', 'alert');
      state.textContent = 'This plan is no longer open: it is ' + shown.state + '. ' + (shown.why || '') + ' Load the page again.';
      clearInterval(timer);
    } catch { /* It is tried again. */ }
  };
  const timer = setInterval(check, EVERY);
})();
`;
