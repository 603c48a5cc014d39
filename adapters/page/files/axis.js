// Round numbers for the axes of a figure.

// steps are round numbers from 0 that reach over most. Units are sizes such as 60 and 3600 for seconds, of which round multiples are round.
export function steps(most, units = []) {
  const unit = [...units].reverse().find((u) => most >= u) || 1;
  const rough = (most / unit || 0.001) / 3;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((x) => x * ten).find((x) => x >= rough * 0.999) * unit;
  const all = [];
  for (let i = 0; (i - 1) * step < most * 0.999; i++) all.push(i * step);
  return all.length > 1 ? all : [0, step];
}

// hours are round times between two, at most so many.
export function hours(from, to, most) {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 5760].find((m) => (to - from) / (m * 60000) <= most) || 11520;
  const offset = new Date(from).getTimezoneOffset() * 60000;
  const all = [];
  for (let t = Math.ceil((from - offset) / (minutes * 60000)) * minutes * 60000 + offset; t <= to; t += minutes * 60000) all.push(t);
  return all;
}
