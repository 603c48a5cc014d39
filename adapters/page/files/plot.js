// How long the checks took, drawn as SVG. What was unhealthy is a dot, and restarts are lines.
import { brief, el, setText, svg } from './say.js';
import { word } from './strip.js';

const height = 180;
const edge = { left: 56, right: 12, top: 12, bottom: 24 };

const condition = (s) => (String(s.condition).length === 1 ? word(s.condition) : s.condition);
const clockOf = (ms) => new Date(ms).toLocaleTimeString(undefined, { hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });

// steps are round numbers from 0 that reach over most.
function steps(most) {
  const rough = (most || 0.001) / 3;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((x) => x * ten).find((x) => x >= rough);
  const all = [];
  for (let i = 0; (i - 1) * step < most; i++) all.push(i * step);
  return all;
}

// hours are round times between two, at most so many.
function hours(from, to, most) {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440].find((m) => (to - from) / (m * 60000) <= most) || 1440;
  const offset = new Date(from).getTimezoneOffset() * 60000;
  const all = [];
  for (let t = Math.ceil((from - offset) / (minutes * 60000)) * minutes * 60000 + offset; t <= to; t += minutes * 60000) all.push(t);
  return all;
}

// Plot is the figure. Its width is that of the page.
export class Plot {
  constructor() {
    this.picture = svg('svg', { class: 'plot', role: 'img', tabindex: '0' });
    this.readout = el('p', { class: 'quiet readout', 'aria-live': 'polite' });
    this.key = el('p', { class: 'quiet key' });
    this.element = el('section', { hidden: '' }, el('h3', {}, 'How long its checks took'), this.picture, this.key, this.readout);
    this.picture.addEventListener('pointermove', (e) => this.point(e.clientX - this.picture.getBoundingClientRect().left));
    this.picture.addEventListener('keydown', (e) => this.step(e));
    this.picture.addEventListener('pointerleave', () => this.choose(-1));
    this.picture.addEventListener('blur', () => this.choose(-1));
    window.addEventListener('resize', () => this.draw());
  }

  show(samples, marks) {
    this.samples = samples.filter((s) => s.took_seconds > 0).map((s) => ({ ...s, t: Date.parse(s.at) }));
    this.marks = marks;
    this.element.hidden = this.samples.length < 2;
    this.draw();
  }

  draw() {
    if (this.element.hidden || !this.samples || !this.element.isConnected) return;
    this.width = Math.max(280, this.picture.clientWidth || this.element.clientWidth);
    this.from = this.samples[0].t;
    this.to = Math.max(this.samples[this.samples.length - 1].t, this.from + 60000);
    const ticks = steps(Math.max(...this.samples.map((s) => s.took_seconds)));
    this.most = ticks[ticks.length - 1];
    this.marked = this.marks.filter((t) => t >= this.from && t <= this.to);
    this.picture.setAttribute('viewBox', `0 0 ${this.width} ${height}`);
    this.cursor = svg('line', { class: 'cursor', y1: edge.top, y2: height - edge.bottom, x1: -9, x2: -9 });
    this.picture.replaceChildren(...this.axes(ticks), ...this.restarts(), svg('path', { class: 'latency', d: this.line() }), ...this.dots(), this.cursor);
    this.describe();
    this.choose(this.chosen ?? -1);
  }

  x(t) { return edge.left + ((t - this.from) / (this.to - this.from)) * (this.width - edge.left - edge.right); }

  y(seconds) { return height - edge.bottom - (seconds / this.most) * (height - edge.top - edge.bottom); }

  axes(ticks) {
    const all = [];
    for (const s of ticks) {
      all.push(svg('line', { class: 'grid', x1: edge.left, x2: this.width - edge.right, y1: this.y(s), y2: this.y(s) }));
      all.push(svg('text', { x: edge.left - 6, y: this.y(s) + 4, 'text-anchor': 'end' }, s === 0 ? '0' : scale(s)));
    }
    for (const t of hours(this.from, this.to, Math.floor(this.width / 90))) {
      all.push(svg('text', { x: this.x(t), y: height - 6, 'text-anchor': 'middle' }, clockOf(t)));
    }
    return all;
  }

  // line breaks where there are no samples for long.
  line() {
    const gaps = this.samples.slice(1).map((s, i) => s.t - this.samples[i].t).sort((a, b) => a - b);
    const long = 4 * gaps[Math.floor(gaps.length / 2)];
    return this.samples.map((s, i) => {
      const away = i === 0 || s.t - this.samples[i - 1].t > long;
      return (away ? 'M' : 'L') + this.x(s.t).toFixed(1) + ' ' + this.y(s.took_seconds).toFixed(1) + (away ? 'h0.1' : '');
    }).join('');
  }

  dots() {
    return this.samples.filter((s) => ['unhealthy', 'given up', 'down'].includes(condition(s)))
      .map((s) => svg('circle', { class: 'bad', cx: this.x(s.t).toFixed(1), cy: this.y(s.took_seconds).toFixed(1), r: 2.5 }));
  }

  restarts() {
    return this.marked.map((t) => svg('path', { class: 'restart', d: `M${this.x(t)} ${edge.top}V${height - edge.bottom}m-4 -${height - edge.top - edge.bottom}h8l-4 7z` }));
  }

  // describe says in words what is drawn.
  describe() {
    const took = this.samples.map((s) => s.took_seconds).sort((a, b) => a - b);
    const bad = this.samples.filter((s) => ['unhealthy', 'given up', 'down'].includes(condition(s))).length;
    const said = [`median ${brief(took[Math.floor(took.length / 2)])}`, `longest ${brief(took[took.length - 1])}`];
    const marks = [];
    if (bad) marks.push(`● ${bad} unhealthy`);
    if (this.marked.length) marks.push(`▼ ${this.marked.length} restart${this.marked.length === 1 ? '' : 's'}`);
    setText(this.key, [...said, ...marks].join(' · '));
    this.picture.setAttribute('aria-label', `Plot of ${took.length} samples from ${clockOf(this.from)} to ${clockOf(this.to)}: ${[...said, ...marks].join(', ')}. Arrow keys read single ones.`);
  }

  // point chooses the sample that is nearest to a place.
  point(x) {
    const t = this.from + ((x - edge.left) / (this.width - edge.left - edge.right)) * (this.to - this.from);
    let best = 0;
    this.samples.forEach((s, i) => { if (Math.abs(s.t - t) < Math.abs(this.samples[best].t - t)) best = i; });
    this.choose(best);
  }

  step(e) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!by) return;
    e.preventDefault();
    const from = this.chosen >= 0 ? this.chosen : this.samples.length;
    this.choose(Math.min(this.samples.length - 1, Math.max(0, from + by)));
  }

  choose(i) {
    this.chosen = i;
    const s = this.samples && this.samples[i];
    const x = s ? this.x(s.t) : -9;
    this.cursor.setAttribute('x1', x);
    this.cursor.setAttribute('x2', x);
    setText(this.readout, s ? `${new Date(s.t).toLocaleTimeString(undefined, { hourCycle: 'h23' })}: ${brief(s.took_seconds)}, ${condition(s)}` : '');
  }
}

const scale = (s) => (s < 1 ? Number((s * 1000).toPrecision(3)) + ' ms' : Number(s.toPrecision(3)) + ' s');
