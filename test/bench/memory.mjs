// Prints by how much the memory of a process of this host grows at most until it ends: node memory.mjs PID FIFO
// Counted is what it and, for a PostgreSQL backend, its parallel workers hold for themselves (RssAnon of /proc/PID/status; so
// shared buffers and the file cache are not) plus the dynamic shared memory segments it has mapped.
// Looks every 10 ms; writes to the FIFO when it begins.
import { readFileSync, statSync, writeFileSync } from 'node:fs';

const [pid, fifo] = process.argv.slice(2);
const read = path => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const kilobytes = id => Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${id}/status`))?.[1] ?? 0);
const status = read(`/proc/${pid}/status`);
const before = kilobytes(pid);
const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];

const isWorker = id => read(`/proc/${id}/cmdline`).startsWith(`postgres: parallel worker for PID ${pid}`);
const workers = () => read(`/proc/${parent}/task/${parent}/children`).trim().split(' ').filter(isWorker);

function segments() {
	const paths = new Set(read(`/proc/${pid}/maps`).match(/\/dev\/shm\/PostgreSQL\.\d+/g));
	return [...paths].reduce((sum, path) => { try { return sum + statSync(path).blocks / 2; } catch { return sum; } }, 0);
}

// A process of another host, whose number means nothing here, is not measured.
if (/^Name:\s+(postgres|node)/.test(status)) {
	let peak = before;
	const timer = setInterval(() => {
		const own = kilobytes(pid);
		if (own === 0) {
			clearInterval(timer);
			console.log(`Memory: ${((peak - before) / 1024).toFixed(1)} MB`);
		}
		else peak = Math.max(peak, workers().reduce((sum, id) => sum + kilobytes(id), own + segments()));
	}, 10);
}
writeFileSync(fifo, 'watching\n');
