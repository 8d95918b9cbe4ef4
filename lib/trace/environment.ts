type Environment = Readonly<Record<string, string | undefined>>;

/** What OpenTelemetry's own variables ask for. */
export interface TracingWish {
  /** Where the spans go, without a password: for people. */
  readonly collector: string;
  /** How long sending them may take at the end of a run, in milliseconds. */
  readonly timeout: number;
  /** The span of whoever started this program. */
  readonly parent: Parent | undefined;
}

/** As the W3C's trace context names it. */
export interface Parent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState: string | undefined;
}

/** A pipeline waits for its migration, and not for its dashboard: less than the 10 seconds that the specification has. */
const patience = 3_000;

/** Somebody asks for spans, and does not say where they can be sent, in words. */
export interface UnfitWish {
  readonly fault: string;
  readonly hint: string;
}

/** Pure. Undefined where nobody asks for spans, or somebody asks for none. */
export function readTracingWish(env: Environment): TracingWish | UnfitWish | undefined {
  const [name, endpoint] = findEndpoint(env);
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (endpoint === '' || isOff) return undefined;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return refuseEndpoint(name, endpoint);
  const timeout = Number(env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT || env.OTEL_EXPORTER_OTLP_TIMEOUT || patience);
  return {
    collector: url.host,
    timeout: timeout > 0 ? timeout : patience,
    parent: readParent(env.TRACEPARENT, env.TRACESTATE),
  };
}

/** One that is set to nothing counts as not set, as the specification says. */
function findEndpoint(env: Environment): readonly [name: string, value: string] {
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const values = names.map((name) => [name, env[name]?.trim() ?? ''] as const);
  return values.find(([, value]) => value !== '') ?? ['', ''];
}

/** What may hold a password is not shown. */
function refuseEndpoint(name: string, endpoint: string): UnfitWish {
  const isPlain = /^[\w.:/-]{1,100}$/.test(endpoint);
  const isPlace = /^[\w.-]+:\d+$/.test(endpoint);
  return {
    fault: `${name} is not the url of a collector, which begins with http:// or https://${isPlain ? `: "${endpoint}"` : ''}`,
    hint: isPlace ? `Write http://${endpoint}.` : 'Write http://<host>:4318.',
  };
}

/** `00-<trace>-<span>-<flags>`; what is no such thing is passed over, as the W3C says. */
function readParent(text = '', traceState: string | undefined): Parent | undefined {
  const found = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(text);
  if (found === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = found;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), traceState };
}
