// Requests to this page's own server, with its API key where it needs one.

import { el } from './dom.js';

const KEY = 'coconut4j-key';
let asking;

async function send(path, body) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status === 401) {
    await askForKey();
    return send(path, body);
  }
  return response;
}

export async function ask(path, body) {
  const response = await send(path, body);
  const found = await response.json();
  if (!response.ok) throw new Error(found.error?.message ?? `The server answered ${response.status}.`);
  return found;
}

export function named(path, values) {
  return `${path}?${new URLSearchParams(values)}`;
}

/** What is missing in a list of runs and searches; empty if nothing is. */
export function missing({ complete, most_directories: most }) {
  return complete ? '' : `There are more than ${most} directories under --runs, of which the server looks into ${most}, so some may be missing here. Start it with a directory further down.`;
}

/** Only one form, however many requests need the key. */
function askForKey() {
  asking ??= new Promise((resolve) => {
    const input = el('input', { type: 'password', autocomplete: 'off', 'aria-label': 'API key' });
    const dialog = el('dialog', { class: 'key' },
      el('form', { method: 'dialog', onsubmit: () => {
        sessionStorage.setItem(KEY, input.value.trim());
        dialog.remove();
        asking = undefined;
        resolve();
      } },
      el('h2', { text: 'API key' }),
      el('p', { text: 'This server needs the key of its --api-key-file. It stays in this tab.' }),
      input, el('button', { class: 'main', text: 'Use it' })));
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
