// Elements from names, properties and children. Text is only ever set as text: nothing that a problem, a run or a model
// says is read as HTML.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'text') element.textContent = value;
    else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'hidden') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function el(name, properties, ...children) {
  return fill(document.createElement(name), properties, children);
}

export function svg(name, properties, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

/** An element with the keyboard's focus hands it to the one in its place, which has the same `data-keep`; nothing scrolls. */
export function replace(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.keep : undefined;
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  if (focused !== undefined) [...parent.querySelectorAll('[data-keep]')].find((each) => each.dataset.keep === focused)?.focus({ preventScroll: true });
}

/** Only 0 and 1 are written as nothing and as all. */
export function percent(number) {
  if (number === 0 || number === 1) return `${100 * number} %`;
  if (number < 0.001) return '<0.1 %';
  if (number > 0.999) return '>99.9 %';
  return number >= 0.0995 && number < 0.995 ? `${Math.round(100 * number)} %` : `${(100 * number).toFixed(1)} %`;
}

export function short(number) {
  if (number === null || number === undefined) return '–';
  const size = Math.abs(number);
  if (number !== 0 && (size < 1e-3 || size >= 1e6)) return number.toExponential(1);
  return size >= 100 || Number.isInteger(number) ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
}

/** Whether an answer was right, also for those who hear the page. */
export function mark(isRight) {
  return el('b', { class: isRight ? 'mark good' : 'mark bad', role: 'img', 'aria-label': isRight ? 'right' : 'wrong', text: isRight ? '✓' : '✗' });
}

let hiding;

export function notice(text) {
  const box = document.getElementById('notice');
  if (box.textContent !== text) box.textContent = text; // what stays the same is not read out again
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.textContent = ''; }, 6000);
}
