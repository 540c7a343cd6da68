import type { TransportName, TransportState } from '@cometpad/provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer } from '../real-server.ts'
import { Proxy, isInstalled, proxyNames, recipe, replaced } from './proxy.ts'
import type { ProxyName } from './proxy.ts'
import { TwoWriters } from './two-writers.ts'

let server: RealServer

beforeAll(async () => {
  server = await RealServer.start()
})

afterAll(async () => {
  await server.close()
})

/** What an operator may have forgotten, and what may be missing without any harm. */
const changes: Record<ProxyName, { readonly harmless: readonly string[] }> = {
  nginx: {
    harmless: ['proxy_buffering', 'proxy_read_timeout', 'proxy_send_timeout', 'client_max_body_size'],
  },
  haproxy: { harmless: ['http-no-delay', 'abortonclose', 'forwardfor', 'httpchk'] },
  caddy: { harmless: ['flush_interval', 'health_uri', 'health_interval'] },
}

/** Each transport, and each beside the best one: what one sends the other shall see. */
const ways: readonly (readonly [TransportName, TransportName])[] = [
  ['ws', 'ws'],
  ['stream', 'stream'],
  ['poll', 'poll'],
  ['stream', 'ws'],
  ['poll', 'ws'],
]

/** The recipe with what makes it pass no WebSocket. */
const withoutUpgrades: Record<ProxyName, () => string> = {
  nginx: () => recipe('nginx', { without: ['proxy_set_header Upgrade', 'proxy_set_header Connection'] }),
  haproxy: () =>
    replaced(
      recipe('haproxy'),
      'default_backend cometpad',
      'http-request deny deny_status 403 if { hdr(upgrade) -i websocket }\n    default_backend cometpad',
    ),
  caddy: () =>
    replaced(
      recipe('caddy'),
      '\treverse_proxy',
      '\t@sockets header Upgrade websocket\n\trespond @sockets 403\n\treverse_proxy',
    ),
}

describe.each(proxyNames)('%s', (name) => {
  describe.skipIf(!isInstalled(name))('as it comes from its distribution', () => {
    it.each(ways)('two people edit over %s and %s, through the recipe that is shipped', async (ana, ben) => {
      await edit(name, recipe(name), ana, ben)
    })

    it.each(ways)('two people edit over %s and %s, without the lines on buffering', async (ana, ben) => {
      await edit(name, recipe(name, { without: changes[name].harmless }), ana, ben)
    })

    it('who may choose takes ws, and where a recipe passes none, a stream', async () => {
      expect(await chosen(name, recipe(name))).toEqual({ transport: 'ws', reason: 'best' })
      expect(await chosen(name, withoutUpgrades[name]())).toMatchObject({ transport: 'stream' })
    })
  })
})

async function edit(
  name: ProxyName,
  configuration: string,
  ana: TransportName,
  ben: TransportName,
): Promise<void> {
  const proxy = await Proxy.start(name, server.host, configuration)
  const writers = new TwoWriters(proxy.url, freshId(name), ana, ben)
  try {
    await writers.write(40)
    for (const [writer, transport] of [
      [writers.ana, ana],
      [writers.ben, ben],
    ] as const)
      expect(writer.provider.transportState).toEqual({ transport, reason: 'chosen' })
  } finally {
    writers.leave()
    await proxy.stop()
  }
}

async function chosen(name: ProxyName, configuration: string): Promise<TransportState> {
  const proxy = await Proxy.start(name, server.host, configuration)
  const writers = new TwoWriters(proxy.url, freshId(name))
  try {
    await writers.write(5)
    return writers.ana.provider.transportState
  } finally {
    writers.leave()
    await proxy.stop()
  }
}

function freshId(name: ProxyName): string {
  return `${name}-${Math.random().toString(36).slice(2)}`
}
