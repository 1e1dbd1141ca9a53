// Bars of the ratios in results.csv (standard input) as an SVG (standard output): one bar a variant, one column for each
// number of processes. The axis is logarithmic; the line at 1 is the first variant of the task.
import { readFileSync } from 'node:fs';

const [, ...lines] = readFileSync(0, 'utf8').trim().split('\n');
const rows = lines.map(line => line.split(',')).map(([task, processes, variant, ms, , , ratio, memory]) =>
	({ task, processes, variant, ms: Number(ms), ratio: Number(ratio), memory }));
const tasks = [...new Set(rows.map(row => row.task))];
const columns = [...new Set(rows.map(row => row.processes))];

const [left, width, note, line] = [250, 280, 200, 18];
const largest = Math.max(10, ...rows.map(row => row.ratio));
const smallest = Math.min(0.1, ...rows.map(row => row.ratio));
const x = ratio => width * Math.log(ratio / smallest) / Math.log(largest / smallest);
const place = column => left + columns.indexOf(column) * (width + note);
const time = ms => ms < 100 ? `${ms.toPrecision(2)} ms` : `${(ms / 1000).toPrecision(3)} s`;
const label = row => `${row.ratio.toFixed(2)} (${time(row.ms)}${row.memory ? `, ${Math.round(row.memory)} MB` : ''})`;
const text = (x, y, content, more = '') => `<text x="${x}" y="${y}"${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
const rectangle = (x, y, width, height, fill) => `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(1, width).toFixed(1)}" height="${height}" fill="${fill}"/>`;

let y = 60;
const drawn = columns.map(column => text(place(column), 30, `${column} process${column === '1' ? '' : 'es'}: time relative to the first variant (log scale)`, ' font-weight="bold"'));
for (const task of tasks) {
	drawn.push(text(10, y, task.replaceAll('_', ' '), ' font-weight="bold"'));
	y += line;
	const variants = [...new Set(rows.filter(row => row.task === task).map(row => row.variant))];
	for (const variant of variants) {
		drawn.push(text(left - 10, y, variant.replaceAll('_', ' '), ' text-anchor="end"'));
		for (const row of rows.filter(row => row.task === task && row.variant === variant)) {
			const [from, to] = [Math.min(x(1), x(row.ratio)), Math.max(x(1), x(row.ratio))];
			const colour = variant === variants[0] ? '#333333' : row.ratio >= 1 ? '#2b7a4b' : '#b5482f';
			drawn.push(rectangle(place(row.processes) + from, y - 11, to - from, 13, colour));
			drawn.push(text(place(row.processes) + to + 5, y, label(row), ' fill="#555555"'));
		}
		y += line;
	}
	y += line / 2;
}
const axes = columns.map(column => rectangle(place(column) + x(1), 42, 1, y - 60, '#bbbbbb'));
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${left + columns.length * (width + note)}" height="${y}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${[...axes, ...drawn].join('\n')}
</svg>`);
