/**
 * Which line of which proxy does what. The lines to add are those of the recipes in deploy/, and a test holds them
 * together. Knows nothing of how a fault shows.
 */
export const faults = ['upgrade', 'host', 'buffering', 'timeouts', 'size', 'headers'] as const
export type Fault = (typeof faults)[number]

const proxies = ['nginx', 'HAProxy', 'Caddy'] as const
type ProxyName = (typeof proxies)[number]

interface Remedy {
  /** Lines that have to be there. */
  readonly add: readonly string[]
  /** What may stand there and must not. */
  readonly remove?: string
}

const remedies: Readonly<Record<Fault, Readonly<Record<ProxyName, Remedy>>>> = {
  upgrade: {
    nginx: {
      add: [
        'proxy_http_version 1.1;',
        'proxy_set_header Upgrade $http_upgrade;',
        'proxy_set_header Connection $cometpad_connection;',
      ],
    },
    HAProxy: { add: [], remove: 'rules that deny or delete the header Upgrade' },
    Caddy: { add: [], remove: 'rules that answer or change requests with the header Upgrade' },
  },
  host: {
    nginx: { add: ['proxy_set_header Host $http_host;'] },
    HAProxy: { add: [], remove: '"http-request set-header Host"' },
    Caddy: { add: [], remove: '"header_up Host"' },
  },
  buffering: {
    nginx: { add: ['proxy_buffering off;'], remove: '"proxy_ignore_headers X-Accel-Buffering"' },
    HAProxy: { add: ['option http-no-delay'], remove: '"compression" for application/vnd.cometpad.frames' },
    Caddy: {
      add: ['flush_interval -1'],
      remove: '"buffer_responses", and "encode" for application/vnd.cometpad.frames',
    },
  },
  timeouts: {
    nginx: { add: ['proxy_read_timeout 75s;', 'proxy_send_timeout 75s;'] },
    HAProxy: { add: ['timeout client 75s', 'timeout server 75s', 'timeout tunnel 75s'] },
    Caddy: { add: [], remove: '"response_header_timeout", "read_timeout" and "write_timeout" below 75s' },
  },
  size: {
    nginx: { add: ['client_max_body_size 17m;'] },
    HAProxy: { add: [], remove: 'rules on req.body_size' },
    Caddy: { add: [], remove: '"request_body" with a max_size below 17MB' },
  },
  headers: {
    nginx: { add: [], remove: '"add_header" and "proxy_hide_header" for Access-Control-…' },
    HAProxy: { add: [], remove: '"http-response set-header" and "del-header" for Access-Control-…' },
    Caddy: { add: [], remove: '"header" for Access-Control-…' },
  },
}

/** What to change. `via`: how the proxy calls itself, in its header Server; for one that does not say, all that are known. */
export function adviceOn(fault: Fault, via: string): string[] {
  const known = proxies.filter((name) => via.toLowerCase().includes(name.toLowerCase()))
  return (known.length > 0 ? known : proxies).flatMap((name) => {
    const { add, remove } = remedies[fault][name]
    return [
      ...(add.length > 0 ? [`${name}: ${add.join(' ')}`] : []),
      ...(remove === undefined ? [] : [`${name}: remove ${remove}`]),
    ]
  })
}
