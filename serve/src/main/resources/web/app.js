// Shows the view that the address names. Each is a module of its own, loaded when it is first shown.

import { el, notice, replace } from './dom.js';

const VIEWS = { models: './models.js', runs: './runs.js', searches: './searches.js' };
let shown;
let leave;

async function show() {
  const name = location.hash.slice(1).split('/')[0];
  const view = Object.hasOwn(VIEWS, name) ? name : 'models';
  if (view === shown?.view) return;
  const own = { view };
  shown = own;
  leave?.();
  leave = undefined;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === view) {
      link.setAttribute('aria-current', 'page');
      document.title = `${link.textContent} · Coconut4j`;
    } else {
      link.removeAttribute('aria-current');
    }
  }
  // An element of its own, into which a view that was left before it was shown may still write.
  const main = el('div', { class: 'view' });
  replace(document.getElementById('view'), main);
  try {
    const module = await import(VIEWS[view]);
    if (shown !== own) return;
    const left = await module.show(main);
    if (shown === own) leave = left;
    else left?.();
  } catch (error) {
    if (shown !== own) return;
    notice(error.message);
    replace(main, el('p', { class: 'empty', text: error.message }));
  }
}

addEventListener('hashchange', show);
show();
