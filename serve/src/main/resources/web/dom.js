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

export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

export function percent(number) {
  if (number >= 0.0995) return `${Math.round(100 * number)} %`;
  return number >= 0.001 ? `${(100 * number).toFixed(1)} %` : '<0.1 %';
}

export function short(number) {
  if (number === null || number === undefined) return '–';
  const size = Math.abs(number);
  if (number !== 0 && (size < 1e-3 || size >= 1e6)) return number.toExponential(1);
  return size >= 100 || Number.isInteger(number) ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
}

let hiding;

export function notice(text) {
  const box = document.getElementById('notice');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 6000);
}
