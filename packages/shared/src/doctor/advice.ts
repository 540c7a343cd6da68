/**
 * Which line of which proxy does what. The lines to add are those of the recipes in deploy/, and a test holds them
 * together. Knows nothing of how a fault shows.
 */
export const faults = ['upgrade', 'host', 'buffering', 'timeouts', 'size', 'headers'] as const
export type Fault = (typeof faults)[number]

const proxies = ['nginx', 'HAProxy', 'Caddy'] as const
type ProxyName = (typeof proxies)[number]

export type Advice =
  /** Lines that have to be in its configuration, and where. */
  | {
      readonly kind: 'add'
      readonly proxy: ProxyName
      readonly place: string
      readonly lines: readonly string[]
    }
  /** What may be in its configuration and must not. */
  | { readonly kind: 'remove'; readonly proxy: ProxyName; readonly what: string }
  /** Something else than a proxy has to be changed. */
  | { readonly kind: 'do'; readonly what: string }

/** One piece of advice as one line. */
export function adviceInWords(advice: Advice): string {
  switch (advice.kind) {
    case 'add': {
      const { proxy, place, lines } = advice
      return `${proxy}${place === PLACES[proxy] ? '' : `, in ${place}`}: ${lines.map((line) => line.trim()).join(' ')}`
    }
    case 'remove':
      return `${advice.proxy}: remove ${advice.what}`
    case 'do':
      return advice.what
  }
}

/** Where lines belong that name no other place. */
const PLACES: Readonly<Record<ProxyName, string>> = {
  nginx: 'location / { }',
  HAProxy: 'defaults',
  Caddy: 'reverse_proxy { }',
}

interface Remedy {
  readonly add?: readonly string[]
  /** What the lines need elsewhere. */
  readonly needs?: { readonly place: string; readonly lines: readonly string[] }
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
      needs: {
        place: 'http { }',
        lines: ['map $http_upgrade $cometpad_connection {', '    default upgrade;', "    '' '';", '}'],
      },
    },
    HAProxy: { remove: 'rules that deny or delete the header Upgrade' },
    Caddy: { remove: 'rules that answer or change requests with the header Upgrade' },
  },
  host: {
    nginx: { add: ['proxy_set_header Host $http_host;'] },
    HAProxy: { remove: '"http-request set-header Host"' },
    Caddy: { remove: '"header_up Host"' },
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
    Caddy: { remove: '"response_header_timeout", "read_timeout" and "write_timeout" below 75s' },
  },
  size: {
    nginx: { add: ['client_max_body_size 17m;'] },
    HAProxy: { remove: 'rules on req.body_size' },
    Caddy: { remove: '"request_body" with a max_size below 17MB' },
  },
  headers: {
    nginx: { remove: '"add_header" and "proxy_hide_header" for Access-Control-…' },
    HAProxy: { remove: '"http-response set-header" and "del-header" for Access-Control-…' },
    Caddy: { remove: '"header" for Access-Control-…' },
  },
}

/** What to change. `via`: how the proxy calls itself, in its header Server; for one that does not say, all that are known. */
export function adviceOn(fault: Fault, via: string): Advice[] {
  const known = proxies.filter((name) => via.toLowerCase().includes(name.toLowerCase()))
  return (known.length > 0 ? known : proxies).flatMap((proxy) => {
    const { add, needs, remove } = remedies[fault][proxy]
    const advice: Advice[] = []
    if (add !== undefined) advice.push({ kind: 'add', proxy, place: PLACES[proxy], lines: add })
    if (needs !== undefined) advice.push({ kind: 'add', proxy, ...needs })
    if (remove !== undefined) advice.push({ kind: 'remove', proxy, what: remove })
    return advice
  })
}
