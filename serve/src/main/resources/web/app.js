// Shows the view that the address names. Each is a module of its own, loaded when it is first shown.

import { el, notice, replace } from './dom.js';

const VIEWS = { models: './models.js', runs: './runs.js', searches: './searches.js' };
let shown;
let leave;

async function show() {
  const name = location.hash.slice(1).split('/')[0];
  const view = Object.hasOwn(VIEWS, name) ? name : 'models';
  if (view === shown) return;
  shown = view;
  leave?.();
  leave = undefined;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const main = document.getElementById('view');
  replace(main);
  main.dataset.view = view;
  try {
    const module = await import(VIEWS[view]);
    if (shown === view) leave = await module.show(main);
  } catch (error) {
    notice(error.message);
    replace(main, el('p', { class: 'empty', text: error.message }));
  }
}

addEventListener('hashchange', show);
show();
