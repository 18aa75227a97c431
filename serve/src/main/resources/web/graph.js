// A question's graph, drawn layer by layer from the node that it is about.

import { percent, svg } from './dom.js';

const GAP_X = 158;
const GAP_Y = 62;
const RADIUS = 15;

function layersOf(graph) {
  const children = new Map(graph.nodes.map((node) => [node, []]));
  const parents = new Map(graph.nodes.map((node) => [node, []]));
  for (const [from, to] of graph.edges) {
    children.get(from).push(to);
    parents.get(to).push(from);
  }
  // The least number of edges from the root, which is after how many thoughts a search may be there; nodes that it does
  // not reach stand where the others that they lead to suggest.
  const depth = new Map([[graph.root, 0]]);
  const queue = [graph.root];
  while (queue.length) {
    const node = queue.shift();
    for (const child of children.get(node)) {
      if (!depth.has(child)) {
        depth.set(child, depth.get(node) + 1);
        queue.push(child);
      }
    }
  }
  const reached = new Set(depth.keys());
  for (let round = 0; round < graph.nodes.length; round++) {
    for (const node of graph.nodes) {
      if (depth.has(node)) continue;
      const below = children.get(node).filter((child) => depth.has(child)).map((child) => depth.get(child));
      const above = parents.get(node).filter((parent) => depth.has(parent)).map((parent) => depth.get(parent));
      if (below.length) depth.set(node, Math.max(0, Math.min(...below) - 1));
      else if (above.length) depth.set(node, Math.max(...above) + 1);
      else if (round > 2 && !parents.get(node).length) depth.set(node, 0);
    }
  }
  const layers = [];
  for (const node of graph.nodes) (layers[depth.get(node) ?? 0] ??= []).push(node);
  const all = Array.from(layers, (layer) => layer ?? []);
  order(all, children, parents);
  return { layers: all, reached };
}

/** Nodes go to the mean place of their neighbours, layer by layer, so that few edges cross. */
function order(layers, children, parents) {
  const place = new Map();
  const note = () => layers.forEach((layer) => layer.forEach((node, i) => place.set(node, i - layer.length / 2)));
  note();
  for (let round = 0; round < 24; round++) {
    for (const layer of round % 2 ? [...layers].reverse() : layers) {
      const weight = new Map(layer.map((node) => {
        const near = [...parents.get(node), ...children.get(node)].map((other) => place.get(other));
        return [node, near.length ? near.reduce((sum, at) => sum + at, 0) / near.length : place.get(node)];
      }));
      layer.sort((a, b) => weight.get(a) - weight.get(b));
      note();
    }
  }
}

function blend(share) {
  return `color-mix(in oklab, var(--value) ${Math.round(100 * Math.min(1, share))}%, var(--node))`;
}

/** Draws a graph; what it returns shows values on it. */
export function drawGraph(graph) {
  const { layers, reached } = layersOf(graph);
  const rows = Math.max(...layers.map((layer) => layer.length));
  const width = (layers.length - 1) * GAP_X + 150;
  const height = rows * GAP_Y + 26;
  const at = new Map();
  layers.forEach((layer, column) => layer.forEach((node, row) => {
    const spread = Math.min(1.6, rows / Math.max(1, layer.length));
    const middle = height / 2 - 8 + (row - (layer.length - 1) / 2) * GAP_Y * spread;
    at.set(node, [75 + column * GAP_X, middle + (column % 2 ? 7 : -7) * (layer.length > 1 ? 1 : 0)]);
  }));
  const edges = graph.edges.map(([from, to]) => {
    const [x1, y1] = at.get(from);
    const [x2, y2] = at.get(to);
    const bow = x1 === x2 ? 48 : (x2 - x1) / 2;
    const path = svg('path', {
      class: reached.has(from) ? 'edge' : 'edge far',
      d: `M${x1} ${y1} C${x1 + bow} ${y1} ${x1 === x2 ? x2 + bow : x2 - bow} ${y2} ${x2} ${y2}`,
    });
    return { from, to, path };
  });
  const circles = new Map();
  const groups = graph.nodes.map((node) => {
    const [x, y] = at.get(node);
    const title = svg('title', { text: node });
    const circle = svg('circle', { r: RADIUS, class: 'value' });
    const number = svg('text', { class: 'number', y: 4 });
    const kind = [
      'node', node === graph.root && 'root', graph.options.includes(node) && 'option',
      node === graph.right && 'right', !reached.has(node) && 'far',
    ].filter(Boolean).join(' ');
    const group = svg('g', { class: kind, transform: `translate(${x} ${y})`, 'data-node': node }, title,
      graph.options.includes(node) || node === graph.root ? svg('circle', { r: RADIUS + 5, class: 'ring' }) : null,
      circle, number, svg('text', { class: 'name', y: RADIUS + 17, text: node }));
    circles.set(node, { circle, number, title, group });
    return group;
  });
  const picture = svg('svg', {
    class: 'graph', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Graph of ${graph.nodes.length} nodes`,
  }, svg('g', {}, edges.map((edge) => edge.path)), svg('g', {}, groups));
  picture.style.minWidth = `${Math.min(width, 620)}px`;
  picture.style.maxWidth = `${Math.max(760, width)}px`;

  function show(state) {
    const values = state?.values ?? {};
    const sum = Object.values(values).reduce((all, value) => all + value, 0) || 1;
    for (const [node, { circle, number, title, group }] of circles) {
      const value = values[node];
      const share = value === undefined ? 0 : value / sum;
      circle.style.fill = blend(Math.sqrt(share) * 1.05);
      number.textContent = value >= 0.02 ? String(Math.round(100 * value)) : '';
      number.classList.toggle('light', share > 0.25);
      title.textContent = value === undefined ? node : `${node}: ${percent(value)}`;
      group.classList.toggle('chosen', state?.chosen === node);
    }
    for (const { from, to, path } of edges) {
      const value = (values[to] ?? 0) / sum;
      path.classList.toggle('lit', value > 0.08 && reached.has(from));
    }
  }
  show(null);
  return { picture, show };
}
