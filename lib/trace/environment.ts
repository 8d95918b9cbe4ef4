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

/** Pure. Undefined where nobody asks for spans, or somebody asks for none. */
export function readTracingWish(env: Environment): TracingWish | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT || '';
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (endpoint === '' || isOff) return undefined;
  const timeout = Number(env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT || env.OTEL_EXPORTER_OTLP_TIMEOUT || patience);
  return {
    collector: hostOf(endpoint),
    timeout: timeout > 0 ? timeout : patience,
    parent: readParent(env.TRACEPARENT, env.TRACESTATE),
  };
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : 'the endpoint';
}

/** `00-<trace>-<span>-<flags>`; what is no such thing is passed over, as the W3C says. */
function readParent(text = '', traceState: string | undefined): Parent | undefined {
  const found = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(text);
  if (found === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = found;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), traceState };
}
