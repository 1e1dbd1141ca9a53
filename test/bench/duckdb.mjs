// Runs one statement in DuckDB, from the directory that holds its package: node duckdb.mjs DATABASE THREADS MODE SQL
// MODE check prints the row it returns as psql -At does, time its duration as psql's \timing does (of the second run: the first
// warms DuckDB's cache, as PostgreSQL's is), memory the peak memory, and load its duration with a checkpoint, in a fresh database.
import { createRequire } from 'node:module';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const { DuckDBInstance, version } = createRequire(process.cwd() + '/')('@duckdb/node-api');
const [database, threads, mode, sql] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(database, { threads })).connect();

async function time(...statements) {
	const start = process.hrtime.bigint();
	for (const statement of statements) await connection.run(statement);
	console.log(`Time: ${Number(process.hrtime.bigint() - start) / 1e6} ms`);
}

if (mode === 'version') console.log(version());
if (mode === 'check') console.log((await connection.runAndReadAll(sql)).getRows().map(row => row.map(String).join('|')).join('\n'));
if (mode === 'load') await time(sql, 'CHECKPOINT');
if (mode === 'time') {
	await connection.run(sql);
	await time(sql);
}
if (mode === 'memory') {
	// The columns are read before the watching begins: PostgreSQL's buffers are not counted either.
	await connection.run('SELECT count(*) FROM orders WHERE hash(customer_id, ordered_at, amount) = 0');
	spawn(process.execPath, [new URL('memory.mjs', import.meta.url).pathname, process.pid, 'watching'], { stdio: 'inherit' }).unref();
	await readFile('watching');
	await connection.run(sql);
}
