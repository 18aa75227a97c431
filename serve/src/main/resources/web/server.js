// Requests to this page's own server, with its API key where it needs one.

import { el } from './dom.js';

const KEY = 'coconut4j-key';
let asking;

async function send(path, body, signal) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST', headers, body: body === undefined ? undefined : JSON.stringify(body), signal,
  }).catch((error) => {
    throw error.name === 'AbortError' ? error : new Error('The server does not answer. Start it again, or check the connection to it.');
  });
  if (response.status === 401) {
    // Another request may have asked for a key since this one was sent.
    if (sessionStorage.getItem(KEY) === key) await askForKey(key);
    return send(path, body, signal);
  }
  return response;
}

export async function ask(path, body, signal) {
  const response = await send(path, body, signal);
  const found = await response.json().catch((error) => {
    if (error.name === 'AbortError') throw error;
    return undefined; // of a proxy, for instance
  });
  if (!response.ok || !found) throw new Error(found?.error?.message ?? `The server answered ${response.status}.`);
  return found;
}

export function named(path, values) {
  return `${path}?${new URLSearchParams(values)}`;
}

/** What is missing in a list of runs and searches; empty if nothing is. */
export function missing({ complete, most_directories: most }) {
  return complete ? '' : `There are more than ${most} directories under --runs, of which the server looks into ${most}, so some may be missing here. Start it with a directory further down.`;
}

/** Only one form, however many requests need the key; it stays until there is one, since nothing can be shown without. */
function askForKey(refused) {
  asking ??= new Promise((resolve) => {
    // Signs that no header can hold are refused here: each request with them would fail in the browser.
    const input = el('input', { type: 'password', autocomplete: 'off', 'aria-label': 'API key', required: true, pattern: '[ -~]+', title: 'One line of ASCII characters' });
    const dialog = el('dialog', { class: 'key', 'aria-labelledby': 'key-title', onclose: () => {
      if (dialog.returnValue !== 'use') { // Escape
        dialog.showModal();
        return;
      }
      sessionStorage.setItem(KEY, input.value.trim());
      asking = undefined;
      dialog.remove();
      resolve();
    } },
    el('form', { method: 'dialog' },
    el('h2', { id: 'key-title', text: 'API key' }),
    el('p', { text: `${refused ? 'That was not the key. ' : ''}This server needs the key of its --api-key-file. It stays in this tab.` }),
    input, el('button', { class: 'main', value: 'use', text: 'Use it' })));
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
