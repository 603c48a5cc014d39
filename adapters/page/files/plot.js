// A figure of what was measured, drawn as SVG: a line, its limit, where that will be reached, dots where it was unhealthy, and restarts.
import { el, setText, svg, whole } from './say.js';
import { hours, steps } from './axis.js';

const height = 180;
const edge = { left: 60, right: 12, top: 16, bottom: 24 };

const clockOf = (ms) => new Date(ms).toLocaleTimeString(undefined, { hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });
const timeOf = (ms, long) => (long ? new Date(ms).toLocaleDateString(undefined, { month: 'short', day: 'numeric' }) + ' ' : '') + clockOf(ms);
const day = 86400000;

// Plot shows points { t, value, limit, forecast, condition, bad } of one kind, each later than the one before. It is as wide as its place.
export class Plot {
  constructor(title, detail, kind) {
    this.kind = kind;
    this.title = title;
    this.picture = svg('svg', { class: 'plot', role: 'img', tabindex: '0' });
    this.readout = el('p', { class: 'quiet readout', 'aria-live': 'polite' });
    this.key = el('p', { class: 'quiet key' });
    this.element = el('figure', {}, el('figcaption', {}, el('h4', {}, title, detail ? el('span', { class: 'quiet' }, ' ' + detail) : '')), this.picture, this.key, this.readout);
    this.picture.addEventListener('pointermove', (e) => this.point(e.clientX - this.picture.getBoundingClientRect().left));
    this.picture.addEventListener('keydown', (e) => this.step(e));
    this.picture.addEventListener('pointerleave', () => this.choose(-1));
    this.picture.addEventListener('blur', () => this.choose(-1));
  }

  // show shows what was measured between two times.
  show(points, marks, from, to) {
    const chosen = this.points && this.chosen >= 0 ? this.points[this.chosen].t : undefined;
    Object.assign(this, { points, marks, from, to });
    this.chosen = chosen === undefined ? -1 : points.findIndex((p) => p.t === chosen);
    this.last = points[points.length - 1];
    this.draw();
  }

  draw() {
    if (!this.points || !this.element.isConnected) return;
    this.width = Math.max(260, this.picture.clientWidth || this.element.clientWidth);
    this.until = this.to + Math.min(1000 * this.foretold(), (this.to - this.from) / 3);
    const highest = Math.max(...this.points.map((p) => p.value));
    this.near = this.last.limit > 0 && (this.foretold() > 0 || this.last.limit <= 3 * highest);
    this.ticks = steps(Math.max(highest, this.near ? this.last.limit : 0, 0), this.kind.units);
    this.most = this.ticks[this.ticks.length - 1];
    this.marked = this.marks.filter((t) => t >= this.from && t <= this.to);
    this.picture.setAttribute('viewBox', `0 0 ${this.width} ${height}`);
    this.cursor = svg('line', { class: 'cursor', y1: edge.top, y2: height - edge.bottom, x1: -9, x2: -9 });
    this.picture.replaceChildren(...this.axes(), ...this.restarts(), ...this.limits(), svg('path', { class: 'line', d: this.line() }), svg('path', { class: 'bad', d: this.dots() }), this.cursor);
    this.describe();
    this.choose(this.chosen);
  }

  // foretold is in how many seconds the limit will be reached, 0 if nobody says.
  foretold() { return this.last.limit > 0 && this.last.forecast > 0 ? this.last.forecast : 0; }

  x(t) { return edge.left + ((t - this.from) / (this.until - this.from)) * (this.width - edge.left - edge.right); }

  y(value) { return height - edge.bottom - (Math.max(0, value) / this.most) * (height - edge.top - edge.bottom); }

  at(t, value) { return this.x(t).toFixed(1) + ' ' + this.y(value).toFixed(1); }

  axes() {
    const all = [];
    for (const v of this.ticks) {
      all.push(svg('line', { class: 'grid', x1: edge.left, x2: this.width - edge.right, y1: this.y(v), y2: this.y(v) }));
      all.push(svg('text', { x: edge.left - 6, y: this.y(v) + 4, 'text-anchor': 'end' }, v === 0 ? '0' : this.kind.say(v)));
    }
    const long = this.until - this.from > 2 * day;
    for (const t of hours(this.from, this.until, Math.floor(this.width / (long ? 110 : 80)))) {
      all.push(svg('text', { x: Math.min(this.x(t), this.width - (long ? 44 : 20)), y: height - 6, 'text-anchor': 'middle' }, timeOf(t, long)));
    }
    return all;
  }

  // limits are the limit, as far as it is near, and the way there that is foretold.
  limits() {
    if (!this.near) return [];
    const { limit, value } = this.last;
    const d = this.points.filter((p) => p.limit > 0).map((p, i) => (i ? 'L' : 'M') + this.at(p.t, p.limit)).join('') + 'L' + this.at(this.until, limit);
    const all = [svg('path', { class: 'limit', d }), svg('text', { class: 'limit-name', x: this.width - edge.right, y: this.y(limit) - 4, 'text-anchor': 'end' }, 'limit ' + this.kind.say(limit))];
    const seconds = this.foretold();
    if (seconds > 0) {
      const share = Math.min(1, (this.until - this.last.t) / (1000 * seconds));
      all.push(svg('path', { class: 'forecast', d: 'M' + this.at(this.last.t, value) + 'L' + this.at(this.last.t + share * 1000 * seconds, value + share * (limit - value)) }));
    }
    return all;
  }

  // line breaks where there are no samples for long.
  line() {
    const gaps = this.points.slice(1).map((p, i) => p.t - this.points[i].t).sort((a, b) => a - b);
    const long = 4 * gaps[Math.floor(gaps.length / 2)];
    return this.points.map((p, i) => {
      const away = i === 0 || p.t - this.points[i - 1].t > long;
      return (away ? 'M' : 'L') + this.at(p.t, p.value) + (away ? 'h0.1' : '');
    }).join('');
  }

  dots() { return this.points.filter((p) => p.bad).map((p) => 'M' + this.at(p.t, p.value) + 'h0').join(''); }

  restarts() {
    return this.marked.map((t) => svg('path', { class: 'restart', d: `M${this.x(t).toFixed(1)} ${edge.top}V${height - edge.bottom}m-4 -${height - edge.top - edge.bottom}h8l-4 7z` }));
  }

  // describe says in words what is drawn.
  describe() {
    const { say } = this.kind;
    const sorted = this.points.map((p) => p.value).sort((a, b) => a - b);
    const bad = this.points.filter((p) => p.bad).length;
    const said = [`last ${say(this.last.value)}`, `median ${say(sorted[Math.floor(sorted.length / 2)])}`, `highest ${say(sorted[sorted.length - 1])}`];
    if (this.kind.lowest) said[2] = `lowest ${say(sorted[0])}`;
    if (this.last.limit > 0) said.push(`limit ${say(this.last.limit)}` + (this.foretold() ? ` will be reached in about ${whole(this.foretold())}` : ''));
    if (bad) said.push(`● ${bad} unhealthy`);
    if (this.marked.length) said.push(`▼ ${this.marked.length} restart${this.marked.length === 1 ? '' : 's'}`);
    setText(this.key, said.join(' · '));
    const long = this.to - this.from > day;
    this.picture.setAttribute('aria-label', `${this.title}: plot of ${sorted.length} samples from ${timeOf(this.points[0].t, long)} to ${timeOf(this.last.t, long)}: ${said.join(', ')}. Arrow keys read single ones.`);
  }

  // point chooses the sample that is nearest to a place.
  point(x) {
    const t = this.from + ((x - edge.left) / (this.width - edge.left - edge.right)) * (this.until - this.from);
    let best = 0;
    this.points.forEach((p, i) => { if (Math.abs(p.t - t) < Math.abs(this.points[best].t - t)) best = i; });
    this.choose(best);
  }

  step(e) {
    const last = this.points.length - 1;
    const to = { ArrowLeft: this.chosen < 0 ? last : this.chosen - 1, ArrowRight: this.chosen < 0 ? last : this.chosen + 1, Home: 0, End: last }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    this.choose(Math.min(last, Math.max(0, to)));
  }

  choose(i) {
    this.chosen = i;
    const p = this.points && this.points[i];
    const x = p ? this.x(p.t) : -9;
    this.cursor.setAttribute('x1', x);
    this.cursor.setAttribute('x2', x);
    const long = this.to - this.from > day;
    setText(this.readout, p ? `${long ? timeOf(p.t, true) : new Date(p.t).toLocaleTimeString(undefined, { hourCycle: 'h23' })}: ${this.kind.say(p.value)}, ${p.condition}` : '');
  }
}
