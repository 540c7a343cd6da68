/** The real server as a process of its own that can be killed, with a clock that runs fast. Its flags are those of the command. */
import { loadConfig } from '../../src/config.ts'
import { createServer } from '../../src/server.ts'
import { fastClock } from './fast-clock.ts'
import { SHORT_STREAMS } from './near-service.ts'

const [, , , ...argv] = process.argv
const config = loadConfig({ argv, env: {}, readFile: () => '' })
const server = await createServer(
  { ...config, logLevel: 'silent', limits: SHORT_STREAMS },
  { clock: fastClock() },
)
const { url } = await server.listen()
process.stdout.write(`Cometpad is ready: ${url}\n`)
