// A search's candidates: table, parallel coordinates, score over time, and what is worth its tokens.

import { chart, closeCharts, onScheme, palette, scale, theme } from './charts.js';
import { el, notice, percent, replace, short } from './dom.js';
import { ask, missing, named } from './server.js';

const POLL_MILLISECONDS = 2000;

/** Values that are labels on an axis rather than a scale. */
const FEW = 5;

function label(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export async function show(main) {
  const view = new SearchView(main);
  view.poll();
  return () => view.leave();
}

class SearchView {
  constructor(main) {
    this.candidates = [];
    this.sort = ['score', -1];
    this.main = main;
    this.timer = setInterval(() => this.poll(), POLL_MILLISECONDS);
    this.keepColours = onScheme(() => { if (this.name) this.show(); });
    this.choice = el('select', { id: 'search', 'aria-label': 'Search', onchange: () => this.poll() });
    this.summary = el('p', { class: 'hint grow' });
    this.cut = el('p', { class: 'hint', id: 'cut', hidden: true });
    this.table = el('div', { class: 'panel table', id: 'candidates', tabindex: 0, role: 'region', 'aria-label': 'Candidates' });
    this.parallelBox = el('div', { class: 'plot tall', role: 'img', 'aria-label': 'Parameters and score of each candidate' });
    this.timeBox = el('div', { class: 'plot', role: 'img', 'aria-label': 'Curve: score over time' });
    this.paretoBox = el('div', { class: 'plot', role: 'img', 'aria-label': 'Points: accuracy against tokens' });
    this.body = el('section', { class: 'stage wide' },
      el('div', { class: 'row' }, this.choice, this.summary), this.cut,
      el('figure', { class: 'panel' }, el('figcaption', {}, el('b', { text: 'Parameters and score' }), el('span', { class: 'hint', text: 'Drag along an axis to choose' })), this.parallelBox),
      el('div', { class: 'charts' },
        el('figure', { class: 'panel' }, el('figcaption', {}, el('b', { text: 'Score over time' })), this.timeBox),
        el('figure', { class: 'panel' }, el('figcaption', {}, el('b', { text: 'Accuracy against tokens' })), this.paretoBox)),
      this.table);
  }

  async poll() {
    if (this.isPolling) return;
    this.isPolling = true;
    try {
      await this.update();
    } catch (error) {
      notice(error.message);
    } finally {
      this.isPolling = false;
    }
  }

  async update() {
    const found = await ask('/api/runs');
    if (this.isLeft) return;
    const { searches, directory } = found;
    this.cut.textContent = missing(found);
    this.cut.hidden = found.complete;
    if (!searches.length) {
      replace(this.main, el('p', { class: 'empty', text: directory ? `No searches yet. Those of \`tune\` appear here when they begin. ${missing(found)}` : 'The server was started without --runs DIR.' }));
      return;
    }
    if (!this.body.isConnected) replace(this.main, this.body);
    this.showChoice(searches);
    let name;
    let results;
    do { // until it is still the chosen one when its results arrive
      name = this.choice.value;
      if (name !== this.name) this.begin(name);
      results = await ask(named('/api/searches/results', { name }));
      if (this.isLeft) return;
    } while (name !== this.choice.value);
    const state = JSON.stringify(results);
    if (state === this.state) return;
    if (!this.state) this.sort = ['score', results.minimize ? 1 : -1];
    this.state = state;
    this.minimize = results.minimize;
    this.fault = results.fault;
    this.candidates = results.candidates.filter((candidate) => candidate && candidate.parameters);
    this.damaged = results.candidates.length - this.candidates.length;
    this.show();
  }

  /** Nothing of another search stays under its name, also if its own results cannot be read. */
  begin(name) {
    this.name = name;
    this.state = undefined;
    this.candidates = [];
    this.show();
  }

  leave() {
    this.isLeft = true;
    clearInterval(this.timer);
    this.keepColours();
    closeCharts([this.parallel, this.time, this.pareto].filter(Boolean));
  }

  showChoice(searches) {
    const names = searches.map((search) => search.name);
    if (JSON.stringify(names) === this.names) return;
    this.names = JSON.stringify(names);
    const before = this.choice.value;
    const newest = [...searches].sort((a, b) => (b.changed ?? 0) - (a.changed ?? 0))[0].name;
    replace(this.choice, names.map((name) => el('option', { value: name, text: name })));
    this.choice.value = names.includes(before) ? before : newest;
  }

  get scored() {
    return this.candidates.filter((candidate) => typeof candidate.score === 'number');
  }

  /** Scores after a share of the training, as halving has them, are not compared with these. */
  get completed() {
    return this.scored.filter((candidate) => candidate.status === 'completed');
  }

  better(a, b) {
    return this.minimize ? Math.min(a, b) : Math.max(a, b);
  }

  show() {
    this.brushed = null; // parallel coordinates that are drawn anew have no areas chosen
    const [best] = [...this.completed].sort((a, b) => (this.minimize ? a.score - b.score : b.score - a.score));
    this.best = best?.candidate;
    this.summary.textContent = !this.state ? '' : `${this.candidates.length} candidates${best ? `, the best is number ${best.candidate} with a score of ${short(best.score)}` : ''}${this.damaged ? `; ${this.damaged} lines of results.jsonl are damaged` : ''}${this.fault ? `; the highest score counts as the best. ${this.fault}` : ''}`;
    this.showTable();
    this.parallel ??= this.makeParallel();
    this.showParallel();
    this.time ??= chart(this.timeBox);
    this.time.setOption(this.timeOption(), true);
    this.pareto ??= chart(this.paretoBox);
    this.pareto.setOption(this.paretoOption(), true);
  }

  get keys() {
    return [...new Set(this.candidates.flatMap((candidate) => Object.keys(candidate.parameters)))];
  }

  columns() {
    return [
      ['number', (c) => c.candidate], ...this.keys.map((key) => [key, (c) => c.parameters[key]]),
      ['status', (c) => c.status], ['score', (c) => c.score], ['accuracy', (c) => c.accuracy], ['tokens', (c) => c.mean_tokens],
      ['updates', (c) => c.updates], ['seconds', (c) => c.seconds],
    ];
  }

  showTable() {
    const columns = this.columns();
    const read = (columns.find(([name]) => name === this.sort[0]) ?? columns[0])[1];
    const rows = this.candidates.filter((c) => !this.brushed || this.brushed.has(c.candidate)).sort((a, b) => {
      const [x, y] = [read(a), read(b)];
      if (x === y) return a.candidate - b.candidate;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      return (x < y ? -1 : 1) * this.sort[1];
    });
    const cell = (name, value) => {
      if (name === 'accuracy' && typeof value === 'number') return percent(value);
      return typeof value === 'number' ? short(value) : value === null || value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    };
    replace(this.table, el('table', {},
      el('thead', {}, el('tr', {}, columns.map(([name]) => el('th', {
        'aria-sort': this.sort[0] === name ? (this.sort[1] > 0 ? 'ascending' : 'descending') : undefined,
      }, el('button', { text: name, 'data-keep': name, onclick: () => {
        this.sort = [name, this.sort[0] === name ? -this.sort[1] : -1];
        this.showTable();
      } }))))),
      el('tbody', {}, rows.map((c) => el('tr', { class: c.candidate === this.best ? 'best' : '', title: c.cause ?? '', 'data-candidate': c.candidate },
        columns.map(([name, of]) => el('td', { text: cell(name, of(c)) })))))));
  }

  makeParallel() {
    const made = chart(this.parallelBox);
    made.on('axisareaselected', () => {
      const kept = made.getModel().getSeriesByIndex(0).getRawIndicesByActiveState('active');
      this.brushed = kept.length && kept.length < this.scored.length ? new Set(kept.map((i) => this.scored[i].candidate)) : null;
      this.showTable();
    });
    return made;
  }

  showParallel() {
    const { textStyle, axis, tooltip } = theme();
    const scores = this.scored.map((c) => c.score);
    const dimensions = [...this.keys.map((key) => [key, (c) => c.parameters[key]]), ['score', (c) => c.score]];
    const axes = dimensions.map(([name, of], dim) => {
      const values = this.scored.map(of);
      const different = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
      const isNumber = values.every((value) => typeof value === 'number') && (name === 'score' || different.length > FEW);
      const low = Math.min(...values.filter((value) => value > 0));
      const isLog = isNumber && name !== 'score' && values.every((value) => value > 0) && Math.max(...values) / low > 20;
      return { dim, name, type: isNumber ? (isLog ? 'log' : 'value') : 'category', scale: true,
        ...(isLog ? { min: low, max: Math.max(...values) } : {}),
        data: isNumber ? undefined : different.map(label),
        nameTextStyle: { color: textStyle.color }, axisLabel: { ...axis.axisLabel, formatter: isNumber ? (value) => short(value) : undefined, backgroundColor: tooltip.backgroundColor, borderRadius: 3, padding: [1, 3] },
        axisLine: axis.axisLine, areaSelectStyle: { width: 22, borderColor: palette()[0], color: palette()[0], opacity: 0.16 } };
    });
    this.parallel.setOption({
      textStyle, animation: false, parallelAxis: axes,
      parallel: { left: 46, right: 60, top: 34, bottom: 18, parallelAxisDefault: { realtime: true } },
      visualMap: { show: false, dimension: dimensions.length - 1, min: Math.min(...scores), max: Math.max(...scores),
        inRange: { color: this.minimize ? scale().reverse() : scale() } },
      series: [{ type: 'parallel', lineStyle: { width: 2, opacity: 0.75 }, inactiveOpacity: 0.06,
        data: this.scored.map((c) => dimensions.map(([, of], i) => (axes[i].type === 'category' ? label(of(c)) : of(c)))) }],
    }, true);
  }

  timeOption() {
    const { textStyle, axis, tooltip } = theme();
    const ended = this.completed.filter((c) => c.finished).sort((a, b) => a.finished.localeCompare(b.finished));
    let best = ended[0]?.score;
    const front = ended.map((c) => [Date.parse(c.finished), (best = this.better(best, c.score))]);
    return {
      textStyle, animation: false, grid: { left: 8, right: 16, top: 14, bottom: 4, containLabel: true },
      tooltip: { ...tooltip, trigger: 'item', formatter: ({ data }) => (data[2] === undefined ? '' : `candidate ${data[2]}: ${short(data[1])}`) },
      xAxis: { type: 'time', ...axis, splitLine: { show: false } }, yAxis: { type: 'value', scale: true, ...axis },
      series: [
        { type: 'line', step: 'end', data: front, showSymbol: false, lineStyle: { color: palette()[0], width: 1.5 }, silent: true },
        { type: 'scatter', symbolSize: 9, itemStyle: { color: palette()[0], opacity: 0.8 }, data: ended.map((c) => [Date.parse(c.finished), c.score, c.candidate]) },
      ],
    };
  }

  paretoOption() {
    const { textStyle, axis, tooltip } = theme();
    const [common, first] = palette();
    const measured = this.completed.filter((c) => typeof c.accuracy === 'number' && typeof c.mean_tokens === 'number');
    const sorted = [...measured].sort((a, b) => a.mean_tokens - b.mean_tokens || b.accuracy - a.accuracy);
    let best = -1;
    const front = sorted.filter((c) => c.accuracy > best && ((best = c.accuracy), true));
    return {
      textStyle, animation: false, grid: { left: 8, right: 16, top: 14, bottom: 20, containLabel: true },
      tooltip: { ...tooltip, trigger: 'item', formatter: ({ data }) => (data.value ? `candidate ${data.value[2]}: ${percent(data.value[1])}, ${short(data.value[0])} tokens` : '') },
      xAxis: { type: 'value', scale: true, name: 'tokens', nameLocation: 'middle', nameGap: 26, ...axis, splitLine: { show: false } },
      yAxis: { type: 'value', scale: true, ...axis, axisLabel: { ...axis.axisLabel, formatter: (value) => `${Math.round(100 * value)} %` } },
      series: [
        { type: 'line', step: 'end', data: front.map((c) => [c.mean_tokens, c.accuracy]), showSymbol: false, silent: true, lineStyle: { color: first, width: 1.5 } },
        { type: 'scatter', symbolSize: 9, data: measured.map((c) => ({ value: [c.mean_tokens, c.accuracy, c.candidate],
          itemStyle: { color: front.includes(c) ? first : common, opacity: front.includes(c) ? 1 : 0.45 } })) },
      ],
    };
  }
}
