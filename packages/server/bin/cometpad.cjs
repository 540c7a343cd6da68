#!/usr/bin/env node
/**
 * Starts the command. Not an ES module: Node reads those with threads of the very pool whose size is said here, and once
 * it has begun the size stands.
 */
// LevelDB, DNS and file access share these threads; a commit must not wait behind the reads of many who come at once.
process.env.UV_THREADPOOL_SIZE ??= '16'

void import('../dist/main.js')
