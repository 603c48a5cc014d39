// The figures of one process: one for each check and what it measures.
import { bytes, el, problem, whole } from './say.js';
import { Plot } from './plot.js';
import { word } from './strip.js';

const count = (x) => String(Math.round(x * 10) / 10);
const sharp = (s) => (s < 0.001 ? '<1ms' : s < 1 ? Number((s * 1000).toPrecision(3)) + 'ms' : s < 60 ? Number(s.toPrecision(3)) + 's' : whole(s));
const seconds = { say: sharp, units: [60, 3600] };
const spans = { say: (s) => (s < 0 ? '-' : '') + (s === 0 ? '0s' : sharp(Math.abs(s))), units: [60, 3600, 86400] };

// kinds are what is measured, in the order in which it is shown; what a later version measures comes last, as plain numbers.
const kinds = {
  answer: { title: 'Time until the answer', ...seconds },
  took: { title: 'How long its checks took', ...seconds },
  memory: { title: 'Memory', say: bytes, units: [1024, 1024 ** 2, 1024 ** 3, 1024 ** 4] },
  cpu: { title: 'CPU', say: (x) => count(x * 100) + '%', units: [0.01] },
  fds: { title: 'Open files', say: count },
  threads: { title: 'Threads', say: count },
  beat: { title: 'Time since the last heartbeat', ...spans },
  certificate: { title: 'Time until the certificate ends', lowest: true, ...spans },
};
const kindOf = (of) => (Object.hasOwn(kinds, of) ? kinds[of] : { title: of, say: count });
const rank = (of) => { const i = Object.keys(kinds).indexOf(of); return i < 0 ? 99 : i; };

const conditionOf = (c) => (String(c).length === 1 ? word(c) : String(c));

// series puts the samples apart: the points of each check and what it measures.
function series(samples) {
  const all = new Map();
  const add = (s, m, condition) => {
    const key = JSON.stringify([m.of, m.watch, m.check]);
    if (!all.has(key)) all.set(key, { key, of: m.of, watch: m.watch, check: m.check, points: [] });
    all.get(key).points.push({ t: Date.parse(s.at), value: m.value, limit: m.limit, forecast: m.forecast_seconds, condition, bad: problem(condition) });
  };
  for (const s of samples) {
    const condition = conditionOf(s.condition);
    if (s.took_seconds > 0) add(s, { of: 'took', value: s.took_seconds }, condition);
    for (const m of s.measures || []) {
      const own = (s.watches || []).find((w) => w.watch === m.watch);
      add(s, m, own ? conditionOf(own.condition) : condition);
    }
  }
  const drawn = [...all.values()].filter((x) => x.points.length > 1);
  const answers = drawn.some((x) => x.of === 'answer');
  return drawn.filter((x) => x.of !== 'took' || (!answers && Math.max(...x.points.map((p) => p.value)) > 0.002)).sort((a, b) => rank(a.of) - rank(b.of));
}

// detailOf says whose figure it is, as far as its title does not.
const detailOf = (s) => [s.check === s.of ? '' : s.check, s.watch].filter(Boolean).join(' · ');

// ranges are how much of the past can be seen; the last one is all of it.
const ranges = [['1 h', 3600], ['6 h', 21600], ['24 h', 86400], ['all', 0]];

// Plots are all figures of a process, and how much of the past they show.
export class Plots {
  constructor(changed) {
    this.plots = new Map();
    this.marks = [];
    this.seconds = 86400;
    this.figures = el('div', { class: 'figures' });
    this.none = el('p', { class: 'quiet', hidden: '' }, 'Nothing was measured in this time.');
    this.buttons = ranges.map(([name, s]) => {
      const b = el('button', { type: 'button', class: 'range' }, name);
      b.addEventListener('click', () => { this.choose(s); changed(); });
      return b;
    });
    this.element = el('section', { hidden: '', 'aria-label': 'What was measured' },
      el('div', { class: 'head' }, el('h3', {}, 'What was measured'), el('div', { class: 'ranges', role: 'group', 'aria-label': 'How much of the past' }, ...this.buttons)), this.figures, this.none);
    this.choose(this.seconds);
  }

  choose(s) {
    this.seconds = s;
    ranges.forEach(([, own], i) => this.buttons[i].setAttribute('aria-pressed', String(own === s)));
  }

  // since is from when on samples are wanted, undefined for all of them.
  since(now) { return this.seconds ? new Date(now - this.seconds * 1000).toISOString() : undefined; }

  show(samples, now) {
    const all = series(samples);
    if (samples.length > 0) this.element.hidden = false;
    this.none.hidden = all.length > 0;
    const from = this.seconds ? now - this.seconds * 1000 : Date.parse((samples[0] || {}).at);
    const first = Math.max(from, samples.length ? Date.parse(samples[0].at) : from);
    this.arrange(all);
    for (const s of all) this.plots.get(s.key).show(s.points, this.marks, first, Math.max(now, first + 60000));
  }

  // arrange has a figure for each series, and moves none that is in its place.
  arrange(all) {
    for (const s of all) {
      if (!this.plots.has(s.key)) this.plots.set(s.key, new Plot(kindOf(s.of).title, detailOf(s), kindOf(s.of)));
    }
    for (const [key, plot] of this.plots) {
      if (all.some((s) => s.key === key)) continue;
      plot.element.remove();
      this.plots.delete(key);
    }
    all.forEach((s, i) => {
      const { element } = this.plots.get(s.key);
      if (this.figures.children[i] !== element) this.figures.insertBefore(element, this.figures.children[i] || null);
    });
  }

  mark(times) { this.marks = times; }

  draw() { for (const plot of this.plots.values()) plot.draw(); }
}
