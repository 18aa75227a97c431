// A question and how a model thinks about it: the graph, its values after each thought, and what happens to the answer
// where a thought is replaced.

import { el, mark, notice, percent, replace, short } from './dom.js';
import { drawGraph } from './graph.js';
import { ask } from './server.js';

const REPLACEMENTS = [
  ['', 'kept', 'The thought as the model thinks it'],
  ['zero', 'zero', 'The zero vector'],
  ['noise', 'noise', 'A random direction of the same norm'],
  ['mean', 'mean', 'What this thought is over 16 problems on average'],
  ['other_problem', 'other', 'The same thought of another problem'],
];
const STEP_MILLISECONDS = 950;
const REDUCED_MOTION = matchMedia('(prefers-reduced-motion: reduce)');

export async function show(main) {
  const { models } = await ask('/api/models');
  if (!models.length && !location.hash) {
    location.replace('#runs'); // a page beside a training
    return undefined;
  }
  if (!models.length) {
    replace(main, el('p', { class: 'empty', text: 'The server was started without a model. Start it with --model DIR.' }));
    return undefined;
  }
  return new ModelView(main, models).leave;
}

class ModelView {
  constructor(main, models) {
    this.models = models;
    this.replaced = {};
    this.at = 0;
    this.turn = 0;
    this.build(main);
    this.leave = () => { this.nextTurn(); this.pause(); };
    this.draw();
  }

  get model() {
    return this.models.find((model) => model.id === this.modelChoice.value);
  }

  build(main) {
    this.modelChoice = this.choice('model', this.models);
    this.modelChoice.addEventListener('change', () => { this.fitModel(); this.think(); });
    this.question = el('textarea', { id: 'question', rows: 7, spellcheck: 'false', 'aria-label': 'Question',
      placeholder: 'Every gorpus is a zumpus. … Is Sally a hilpus or sterpus?' });
    this.question.addEventListener('input', () => this.nextTurn());
    this.question.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.ask();
    });
    this.steps = el('select', { id: 'steps', 'aria-label': 'Steps of a drawn problem' },
      el('option', { value: '', text: 'any steps' }),
      [2, 3, 4, 5, 6].map((steps) => el('option', { value: steps, text: `${steps} steps` })));
    this.slider = el('input', { type: 'range', id: 'thoughts', min: 0, 'aria-label': 'Number of thoughts',
      oninput: () => this.showCount(), onchange: () => { this.replaced = {}; this.think(); } });
    this.count = el('output', { for: 'thoughts' });
    this.answer = el('div', { class: 'answer', id: 'answer', 'aria-live': 'polite' });
    this.canvas = el('div', { class: 'canvas' });
    this.timeline = el('div', { class: 'timeline', role: 'group', 'aria-label': 'Thoughts' });
    this.cards = el('div', { class: 'cards' });
    this.playButton = el('button', { class: 'round', id: 'play', text: '▶', title: 'Play the thoughts', 'aria-label': 'Play the thoughts',
      onclick: () => (this.playing ? this.pause() : this.play(true)) });
    replace(main,
      el('section', { class: 'side' },
        el('label', { class: 'field' }, el('span', { text: 'Model' }), this.modelChoice),
        el('p', { class: 'facts', id: 'facts' }),
        el('label', { class: 'field' }, el('span', { text: 'Question' }), this.question),
        el('div', { class: 'row' },
          el('button', { class: 'main', id: 'ask', text: 'Think', onclick: () => this.ask() }),
          el('button', { id: 'draw', text: 'Draw a problem', onclick: () => this.draw() }), this.steps),
        el('label', { class: 'field' }, el('span', {}, 'Thoughts ', this.count), this.slider),
        this.compareBox()),
      el('section', { class: 'stage' }, this.answer,
        el('figure', { class: 'panel' }, this.canvas, this.legend(),
          el('div', { class: 'player' }, this.playButton, this.timeline)),
        el('h2', { text: 'What each thought is' }),
        el('p', { class: 'hint', text: 'Replace one, and see whether the answer needs it.' }),
        this.cards));
    this.fitModel();
  }

  choice(id, models) {
    return el('select', { id, 'aria-label': 'Model' },
      models.map((model) => el('option', { value: model.id, text: `${model.id} (${model.method})` })));
  }

  compareBox() {
    this.second = this.choice('second', this.models);
    if (this.models.length > 1) this.second.value = this.models[1].id;
    this.comparison = el('div', { class: 'comparison' });
    return el('div', { class: 'compare' },
      el('div', { class: 'row' }, el('span', { class: 'grow', text: 'Beside it' }), this.second,
        el('button', { id: 'compare', text: 'Compare', onclick: () => this.compare() })),
      this.comparison);
  }

  legend() {
    return el('figcaption', { class: 'legend' },
      el('span', { class: 'scale' }, el('i'), 'value: probability as the next step’s subject'),
      el('span', { class: 'mark root' }, el('i'), 'asked about'),
      el('span', { class: 'mark option' }, el('i'), 'option'),
      el('span', { class: 'mark right' }, el('i'), 'option that the facts lead to'));
  }

  fitModel() {
    const model = this.model;
    document.getElementById('facts').textContent =
      `${model.layers} layers of ${model.width}, ${model.vocabulary} tokens, ${model.positions} positions`;
    this.slider.max = Math.max(1, Math.min(Math.max(16, model.thoughts), model.most_thoughts));
    this.slider.value = model.thoughts;
    this.slider.disabled = !model.thinks;
    this.replaced = {};
    this.showCount();
  }

  showCount() {
    this.count.textContent = this.model.thinks ? this.slider.value : 'none';
  }

  /** Draws a problem and asks it, unless the user has typed or asked a question of their own meanwhile. */
  async draw() {
    const turn = this.nextTurn();
    try {
      const steps = this.steps.value;
      const seed = Math.floor(Math.random() * 2 ** 31);
      const problem = await ask('/api/problem', steps ? { seed, steps: Number(steps) } : { seed });
      if (turn !== this.turn) return;
      this.question.value = problem.question;
      await this.ask();
    } catch (error) {
      if (turn === this.turn) notice(error.message);
    }
  }

  /** What was asked last is shown: what was asked before is broken off, and answers that come later to it are dropped. */
  nextTurn() {
    this.turn += 1;
    this.thinking?.abort();
    this.thinking = new AbortController();
    return this.turn;
  }

  async ask() {
    if (!this.question.value.trim()) return;
    this.replaced = {};
    this.comparing = undefined;
    replace(this.comparison);
    await this.think();
  }

  /** Thinks about the question, and plays what was thought; a replay is about the question that is shown. */
  async think(isReplay = false) {
    const question = isReplay ? this.asked : this.question.value.trim();
    if (!question) return;
    const { replaced, model } = this;
    const turn = this.nextTurn();
    const { signal } = this.thinking;
    this.pause();
    try {
      const { graph } = await ask('/api/graph', { question }, signal);
      if (turn !== this.turn) return;
      if (!model.thinks) {
        await this.answerOnly(model, question, graph, turn);
        return;
      }
      const thoughts = Number(this.slider.value);
      const result = await ask('/api/think', { model: model.id, question, thoughts, replaced }, signal);
      if (turn !== this.turn) return;
      const about = JSON.stringify([model.id, question, thoughts]);
      if (!Object.keys(replaced).length) this.original = { ...result, about };
      else if (this.original?.about !== about) this.original = undefined; // nothing to compare with
      this.result = result;
      this.asked = question;
      this.shownReplaced = replaced;
      this.showResult(graph, isReplay);
    } catch (error) {
      if (turn !== this.turn) return;
      if (isReplay) this.replaced = this.shownReplaced; // as the cards still say
      else this.clear();
      this.fail(error);
    }
  }

  fail(error) {
    notice(error.message);
    replace(this.answer, el('span', { class: 'wrong', text: error.message }));
  }

  /** Nothing stays of another question or another model. */
  clear() {
    this.result = undefined;
    this.original = undefined;
    this.graph = undefined;
    for (const part of [this.canvas, this.timeline, this.cards, this.answer]) replace(part);
  }

  async answerOnly(model, question, graph, turn) {
    const found = await ask('/v1/chat/completions', {
      model: model.id, messages: [{ role: 'user', content: question }],
    }, this.thinking.signal);
    if (turn !== this.turn) return;
    this.clear();
    this.graph = graph && drawGraph(graph);
    replace(this.canvas, this.graph ? this.graph.picture : null);
    replace(this.cards, el('p', { class: 'hint', text: 'This model writes its steps; it has no latent thoughts to watch.' }));
    replace(this.answer, el('span', { class: 'said', text: found.choices[0].message.content }));
  }

  showResult(graph, isReplay) {
    this.right = graph?.right;
    if (!isReplay || !this.graph) {
      this.graph = graph && drawGraph(graph);
      replace(this.canvas, this.graph ? this.graph.picture
        : el('p', { class: 'empty', text: 'This question has no graph in ProsQA’s form; its thoughts can be watched without.' }));
    }
    replace(this.timeline, this.result.states.map((state, number) =>
      el('button', { class: this.shownReplaced[number - 1] ? 'dot replaced' : 'dot', 'data-state': number, 'data-keep': number, text: number,
        title: number ? `after thought ${number}` : 'before the first thought',
        'aria-label': number ? `${number}, after this thought` : '0, before the first thought',
        onclick: () => { this.pause(); this.go(number); } })));
    replace(this.cards, this.result.thoughts.map((thought, number) => this.card(thought, number)));
    if (isReplay || REDUCED_MOTION.matches) this.go(this.result.states.length - 1);
    else this.play(false);
  }

  card(thought, number) {
    const original = this.original?.thoughts[number];
    return el('article', { class: thought.replaced ? 'card replaced' : 'card', 'data-thought': number },
      el('header', {}, el('b', { text: `Thought ${number + 1}` }),
        el('span', { text: `norm ${short(thought.norm)}`,
          title: original ? `as thought: ${short(original.norm)}` : '' }),
        el('span', { text: number ? `cos ${short(thought.similarity)}` : '', title: 'Cosine with the thought before' })),
      el('ol', { class: 'tokens' }, thought.tokens.map((token) => {
        const bar = el('i');
        bar.style.width = `${Math.max(1, 100 * token.probability)}%`;
        return el('li', {}, bar, el('span', { text: token.token.trim() || '␣' }), el('em', { text: percent(token.probability) }));
      })),
      el('div', { class: 'swap', role: 'group', 'aria-label': `Replace thought ${number + 1}` },
        REPLACEMENTS.map(([key, label, title]) => el('button', {
          'aria-pressed': String((this.shownReplaced[number] ?? '') === key), 'data-by': key || 'kept', 'data-keep': `${number} ${key}`, title, text: label,
          onclick: () => this.swap(number, key),
        }))));
  }

  swap(number, key) {
    const { [number]: before, ...others } = this.replaced;
    this.replaced = key ? { ...others, [number]: key } : others;
    this.think(true);
  }

  go(number) {
    this.at = number;
    const state = this.result.states[number];
    this.graph?.show(state);
    for (const dot of this.timeline.children) {
      if (Number(dot.dataset.state) === number) dot.setAttribute('aria-current', 'step');
      else dot.removeAttribute('aria-current');
    }
    for (const card of this.cards.children) card.classList.toggle('now', Number(card.dataset.thought) === number - 1);
    this.showAnswer(state, number);
  }

  showAnswer(state, number) {
    const last = number === this.result.states.length - 1;
    const isRight = this.right && state.chosen === this.right;
    const before = this.original?.states[number];
    const changed = Object.keys(this.shownReplaced).length && before;
    this.answer.dataset.final = String(last);
    this.answer.dataset.chosen = state.chosen ?? '';
    replace(this.answer,
      el('span', { class: 'when', text: last ? 'Its answer' : number ? `Stopped after ${number}, it would say` : 'Without a thought, it would say' }),
      el('span', { class: 'said', text: state.answer ?? state.output }), this.right ? mark(isRight) : null,
      changed ? el('span', { class: before.answer === state.answer ? 'same' : 'changed',
        text: before.answer === state.answer ? 'unchanged by the replacement' : `instead of: ${before.answer ?? before.output}` }) : null,
      state.output.includes('\n') ? el('details', {}, el('summary', { text: 'with the steps it writes' }), el('pre', { text: state.output })) : null);
  }

  play(fromHere) {
    if (!this.result) return;
    const last = this.result.states.length - 1;
    this.go(fromHere && this.at < last ? this.at : 0);
    this.nameButton('❚❚', 'Pause');
    this.playing = setInterval(() => {
      if (this.at >= last) this.pause();
      else this.go(this.at + 1);
    }, STEP_MILLISECONDS);
  }

  pause() {
    clearInterval(this.playing);
    this.playing = undefined;
    this.nameButton('▶', 'Play the thoughts');
  }

  nameButton(sign, name) {
    this.playButton.textContent = sign;
    this.playButton.title = name;
    this.playButton.setAttribute('aria-label', name);
  }

  async compare() {
    const question = this.question.value.trim();
    if (!question) return;
    const own = {};
    this.comparing = own;
    replace(this.comparison, el('p', { class: 'hint', text: 'asking both …' }));
    try {
      const rows = [];
      for (const id of [this.model.id, this.second.value]) rows.push(await this.timed(id, question));
      if (this.comparing === own) replace(this.comparison, rows);
    } catch (error) {
      if (this.comparing !== own) return;
      replace(this.comparison);
      notice(error.message);
    }
  }

  async timed(id, question) {
    const model = this.models.find((each) => each.id === id);
    const start = performance.now();
    const body = { model: id, messages: [{ role: 'user', content: question }] };
    if (model.thinks && id === this.model.id) body.thoughts = Number(this.slider.value);
    const found = await ask('/v1/chat/completions', body);
    const milliseconds = Math.round(performance.now() - start);
    const { completion_tokens: tokens, completion_tokens_details: details } = found.usage;
    return el('div', { class: 'reply' }, el('b', { text: id }),
      el('pre', { text: found.choices[0].message.content }),
      el('span', { class: 'hint', text: `${tokens} tokens, ${details.reasoning_tokens} of them thoughts · ${milliseconds} ms` }));
  }
}
