// Runs as they are trained, several in one chart, with what tells them apart.

import { chart, closeCharts, lines, onScheme, palette } from './charts.js';
import { el, mark, notice, percent, replace, short } from './dom.js';
import { ask, missing, named } from './server.js';

const POLL_MILLISECONDS = 1000;
const KEPT_POINTS = 6000;
const LIVE_MILLISECONDS = 60000;
const CHARTS = [
  ['loss', 'Loss', 'updates', {}], ['eval_accuracy', 'Accuracy', 'evaluations', { percentAxis: true }],
  ['lr', 'Learning rate', 'updates', { exact: true }], ['grad_norm', 'Gradient norm', 'updates', {}],
  ['tokens_per_second', 'Tokens a second', 'updates', {}], ['eval_loss', 'Evaluation loss', 'evaluations', {}],
  ['eval_chain_match', 'Chains as in the problem', 'evaluations', { percentAxis: true }],
  ['eval_mean_tokens', 'Tokens of an answer', 'evaluations', {}],
  // Lists with one number a latent, of which the server sends the mean.
  ['latent_norm_ratio', 'Norm of the latents, of a word’s', 'evaluations', {}],
  ['latent_cosine', 'Cosine with the latent before', 'evaluations', {}],
  ['latent_effective_rank', 'Effective rank of the latents', 'evaluations', {}],
  ['latent_grad_norm', 'Gradient of the loss by the latents', 'evaluations', {}],
];
const KINDS = ['updates', 'evaluations'];
const NO_CURVES = new Set(['step', 'epoch', 'stage', 'time', ...CHARTS.map(([key]) => key)]);

/** Fewer lines, spread evenly over the steps however often this is done, and the last. */
export function thinned(lines, most = KEPT_POINTS) {
  if (lines.length <= most) return lines;
  const first = lines[0].step;
  const width = (lines.at(-1).step - first) / (most / 2);
  let before;
  return lines.filter((line, i) => {
    const place = Math.floor((line.step - first) / width);
    const isKept = place !== before || i === lines.length - 1;
    before = place;
    return isKept;
  });
}

export async function show(main) {
  const view = new RunView(main);
  view.poll();
  return () => view.leave();
}

class RunView {
  constructor(main) {
    this.known = new Map();
    this.directory = true;
    this.chosen = new Map(); // name to curves
    this.charts = new Map();
    this.list = el('div', { class: 'runs', role: 'group', 'aria-label': 'Runs' });
    this.cut = el('p', { class: 'hint', id: 'cut', hidden: true });
    this.filter = el('input', { type: 'search', placeholder: 'Filter', 'aria-label': 'Filter runs', oninput: () => this.showList() });
    this.grid = el('div', { class: 'charts' });
    this.config = el('div', { class: 'panel config', tabindex: 0, role: 'region', 'aria-label': 'Configuration' });
    this.samples = el('div', { class: 'samples', id: 'samples' });
    this.samplesName = el('h2', { text: 'Samples' });
    this.log = el('pre', { class: 'log', id: 'log', tabindex: 0, role: 'region', 'aria-label': 'End of the log' });
    this.logName = el('h2', { text: 'End of the log' });
    this.timer = setInterval(() => this.poll(), POLL_MILLISECONDS);
    this.keepColours = onScheme(() => { this.showList(); this.showCharts(); this.showConfigs(); });
    this.all = el('input', { type: 'checkbox', onchange: () => this.showConfigs() });
    replace(main, el('section', { class: 'side' }, this.filter, this.cut, this.list),
      el('section', { class: 'stage' }, this.grid,
        el('h2', { text: 'Configuration' }), el('label', { class: 'hint' }, this.all, ' also the keys that are the same'), this.config,
        this.samplesName, this.samples, this.logName, this.log));
  }

  async poll() {
    if (this.isPolling) return;
    this.isPolling = true;
    try {
      const found = await ask('/api/runs');
      if (this.isLeft) return;
      this.known = new Map(found.runs.map((run) => [run.name, { ...run, age: found.now - run.changed }]));
      this.directory = found.directory;
      this.cut.textContent = missing(found);
      this.cut.hidden = found.complete;
      this.showList();
      if (!this.hasChosen && this.known.size) this.chooseNewest();
      const followed = await Promise.allSettled([...this.chosen.keys()].map((name) => this.follow(name)));
      if (this.isLeft) return;
      this.showCharts();
      const shown = await Promise.allSettled([this.showSamples(), this.showLog()]);
      for (const { reason } of [...followed, ...shown]) if (reason) notice(reason.message);
    } catch (error) {
      notice(error.message);
    } finally {
      this.isPolling = false;
    }
  }

  leave() {
    this.isLeft = true;
    clearInterval(this.timer);
    this.keepColours();
    closeCharts([...this.charts.values()].map(({ made }) => made));
  }

  /** The newest is shown from the beginning, or from when the first run appears. */
  chooseNewest() {
    const newest = [...this.known.values()].sort((a, b) => b.changed - a.changed)[0];
    this.choose(newest.name, true);
  }

  choose(name, isChosen) {
    this.hasChosen = true;
    if (isChosen) {
      const used = new Set([...this.chosen.values()].map((run) => run.hue));
      const free = palette().findIndex((_, i) => !used.has(i));
      const hue = free < 0 ? this.chosen.size % palette().length : free;
      this.chosen.set(name, { hue, get color() { return palette()[hue]; }, place: '', updates: [], evaluations: [] });
    } else {
      this.chosen.delete(name);
      this.showConfigs();
    }
    this.showList();
    this.poll();
  }

  async follow(name) {
    const run = this.chosen.get(name);
    if (!run || !this.known.has(name)) return;
    const found = await ask(named('/api/runs/metrics', { name, place: run.place }));
    run.place = found.place;
    if (found.restarted) { // or read for the first time
      run.updates = [];
      run.evaluations = [];
      run.config = undefined; // that of another run, whose curves are no longer shown
      this.showConfigs();
      this.readConfig(name, run);
    }
    if (found.damaged) notice(`${found.damaged} lines of ${name}/metrics.jsonl are damaged and left out.`);
    for (const kind of KINDS) {
      run[kind] = thinned([...run[kind], ...found[kind]]);
    }
  }

  async readConfig(name, run) {
    try {
      run.config = (await ask(named('/api/runs/config', { name }))).config;
      if (this.chosen.get(name) === run) this.showConfigs();
    } catch (error) {
      notice(error.message);
    }
  }

  /** Made anew only when it says something else: what is being clicked must not be replaced. */
  showList() {
    const wanted = this.filter.value.toLowerCase();
    // One that is chosen can be left out again, also after its directory was deleted.
    const names = [...new Set([...this.known.keys(), ...this.chosen.keys()])].sort();
    const shown = names.filter((name) => name.toLowerCase().includes(wanted)).map((name) => [name, this.stateOf(name), this.chosen.get(name)?.color]);
    const empty = !this.directory ? 'The server was started without --runs DIR.'
      : names.length ? 'No run has that in its name.' : 'No runs yet. They appear here when they begin.';
    const state = JSON.stringify([shown, empty]);
    if (state === this.listState) return;
    this.listState = state;
    replace(this.list, shown.length ? shown.map((run) => this.entry(...run)) : el('p', { class: 'empty', text: empty }));
  }

  stateOf(name) {
    const run = this.known.get(name);
    if (!run) return 'gone';
    if (run.finished) return 'done';
    return run.changed !== null && run.age < LIVE_MILLISECONDS ? 'live' : 'stopped';
  }

  entry(name, state, color) {
    const swatch = el('i', { class: 'swatch' });
    if (color) swatch.style.background = color;
    return el('label', { class: color ? 'run chosen' : 'run', 'data-run': name },
      el('input', { type: 'checkbox', checked: Boolean(color), 'data-keep': name, onchange: (event) => this.choose(name, event.target.checked) }),
      swatch, el('span', { class: 'grow', text: name }),
      el('span', { class: `state ${state}`, text: state }));
  }

  showCharts() {
    const runs = [...this.chosen];
    const more = new Map(); // key to kind
    for (const kind of KINDS) {
      for (const key of runs.flatMap(([, run]) => Object.keys(run[kind].at(-1) ?? {}))) {
        if (!NO_CURVES.has(key) && !more.has(key)) more.set(key, kind);
      }
    }
    const wanted = [...CHARTS, ...[...more].map(([key, kind]) => [key, key.replaceAll('_', ' '), kind, {}])];
    for (const [key, { figure }] of this.charts) figure.hidden = !wanted.some(([each]) => each === key);
    for (const [key, title, kind, options] of wanted) {
      const drawn = runs.filter(([, run]) => run[kind].some((line) => typeof line[key] === 'number'));
      const series = drawn.map(([, run]) => ({ color: run.color, points: run[kind].filter((line) => typeof line[key] === 'number').map((line) => [line.step, line[key]]) }));
      this.place(key, title, drawn, series, options);
    }
  }

  place(key, title, drawn, series, options) {
    let box = this.charts.get(key);
    if (!drawn.length) {
      if (box) box.figure.hidden = true;
      return;
    }
    if (!box) {
      const canvas = el('div', { class: 'plot', role: 'img', 'aria-label': `Curves: ${title}` });
      const last = el('span', { class: 'last' });
      const figure = el('figure', { class: 'panel', 'data-chart': key }, el('figcaption', {}, el('b', { text: title }), last), canvas);
      this.grid.append(figure);
      box = { figure, last, made: chart(canvas) };
      this.charts.set(key, box);
    }
    box.figure.hidden = false;
    const size = series.map(({ points, color }) => `${points.length}:${points.at(-1)}:${color}`).join() + drawn.map(([name]) => name);
    if (size === box.size) return;
    box.size = size;
    box.figure.dataset.points = String(series.reduce((sum, { points }) => sum + points.length, 0));
    box.last.textContent = series.map(({ points }) => (options.percentAxis ? percent(points.at(-1)[1]) : short(points.at(-1)[1]))).join(' · ');
    const [, first] = drawn[0];
    box.made.setOption(lines({ names: drawn.map(([name]) => name), series, boundaries: this.boundaries(first), ...options }), { replaceMerge: ['series'] });
  }

  boundaries(run) {
    const found = [];
    let stage = run.updates[0]?.stage;
    for (const line of run.updates) {
      if (line.stage !== stage) found.push({ step: line.step, stage: (stage = line.stage) });
    }
    return found;
  }

  showConfigs() {
    const runs = [...this.chosen].filter(([, run]) => run.config);
    const keys = [...new Set(runs.flatMap(([, run]) => Object.keys(run.config)))].sort();
    const differ = (key) => new Set(runs.map(([, run]) => run.config[key])).size > 1;
    const shown = keys.filter((key) => this.all.checked || runs.length < 2 || differ(key));
    replace(this.config, shown.length ? el('table', {},
      el('thead', {}, el('tr', {}, el('th', { text: 'key' }), runs.map(([name, run]) => {
        const head = el('th', { text: name });
        head.style.color = run.color;
        return head;
      }))),
      el('tbody', {}, shown.map((key) => el('tr', { class: runs.length > 1 && differ(key) ? 'differs' : '' }, el('th', { text: key }),
        runs.map(([, run]) => el('td', { text: run.config[key] ?? '–' }))))))
      : el('p', { class: 'hint', text: runs.length > 1 ? 'Their configurations are the same.' : this.chosen.size ? 'No configuration yet.' : 'Choose a run.' }));
  }

  /** What the run chosen last wrote in its newest evaluation. */
  async showSamples() {
    const name = [...this.chosen.keys()].at(-1);
    const found = name && this.known.has(name) ? await ask(named('/api/runs/samples', { name })) : {};
    const samples = found.samples ?? [];
    this.samplesName.textContent = samples.length ? `Samples of ${name} after ${found.step} updates, stage ${found.stage}` : 'Samples';
    const state = JSON.stringify([name, samples]);
    if (state === this.samplesState) return;
    this.samplesState = state;
    replace(this.samples, samples.length ? samples.map((sample) => this.sample(sample))
      : el('p', { class: 'hint', text: 'Samples come with the first evaluation.' }));
  }

  sample({ question, latents, output, expected, correct }) {
    return el('article', { class: 'panel', 'data-correct': String(correct) },
      el('p', { class: 'hint', text: question }),
      el('p', {}, latents ? el('i', { text: `${latents} thoughts ` }) : null, el('span', { class: 'said', text: output }),
        mark(correct),
        correct ? null : el('span', { class: 'hint', text: `right: ${expected}` })));
  }

  async showLog() {
    const name = [...this.chosen.keys()].at(-1);
    const { file, text } = name && this.known.has(name) ? await ask(named('/api/runs/log', { name })) : { file: null, text: '' };
    this.logName.textContent = file ? `End of ${name}/${file}` : 'End of the log';
    const end = text.split('\n').slice(-41).join('\n');
    if (this.log.textContent === end) return;
    this.log.textContent = end;
    this.log.scrollTop = this.log.scrollHeight;
  }
}
