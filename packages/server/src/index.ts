/** Cometpad's server for those who run it inside a process of their own. */
export { loadConfig } from './config.ts'
export type { Config, ConfigSources, LogLevel } from './config.ts'
export { createServer } from './server.ts'
export type { Server, ServerOptions } from './server.ts'
export type { ReadToken, TokenClaims } from './http/access/token-verifier.ts'
