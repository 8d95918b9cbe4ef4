import type { Context, Span as OwnSpan, Tracer } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { readVersion } from '../version.ts';
import type { Parent } from './environment.ts';
import type { Attributes, Span } from './span.ts';

export interface Sending {
  readonly parent: Parent | undefined;
  /** For one message, in milliseconds. */
  readonly timeout: number;
  /** What all spans have. */
  readonly attributes: Attributes;
}

/** Spans of one message. */
const atOnce = 512;

/**
 * The only file that loads OpenTelemetry's packages. Their exporter reads its variables itself: endpoint, headers, certificates. Resolves to
 * what sends the spans, once all is loaded.
 */
export async function prepareSpans(
  spans: readonly Span[],
  { parent, timeout, attributes }: Sending,
): Promise<() => Promise<void>> {
  const [api, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const ended: ReadableSpan[] = [];
  const keep = {
    onStart: () => {},
    onEnd: (span: ReadableSpan) => void ended.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const own = resources.resourceFromAttributes({ 'service.name': 'updown', 'service.version': readVersion() });
  const asked = resources.detectResources({ detectors: [resources.envDetector] });
  const resource = resources.defaultResource().merge(own).merge(asked);
  const provider = new sdk.TracerProvider({ resource, spanProcessors: [keep] });
  const tracer = provider.getTracer('updown', readVersion());
  const root = parent === undefined ? api.ROOT_CONTEXT : contextOf(api, parent);
  for (const span of spans) put({ api, tracer }, { ...span, attributes: { ...span.attributes, ...attributes } }, root);
  const exporter = new OTLPTraceExporter({ timeoutMillis: timeout });
  return async () => {
    for (let at = 0; at < ended.length; at += atOnce) await send(exporter, ended.slice(at, at + atOnce));
  };
}

type Api = typeof import('@opentelemetry/api');

function contextOf(api: Api, { traceState, ...span }: Parent): Context {
  const state = traceState === undefined ? undefined : api.createTraceState(traceState);
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...span, isRemote: true, ...(state && { traceState: state }) });
}

function put(by: { readonly api: Api; readonly tracer: Tracer }, span: Span, parent: Context): void {
  const { api, tracer } = by;
  const kind = span.isCall ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL;
  const attributes = plain(span.attributes);
  const made: OwnSpan = tracer.startSpan(span.name, { kind, startTime: span.start, attributes }, parent);
  for (const { name, at, attributes: more } of span.marks) made.addEvent(name, plain(more), at);
  const context = api.trace.setSpan(parent, made);
  for (const child of span.children) put(by, child, context);
  if (span.failed) made.setStatus({ code: api.SpanStatusCode.ERROR });
  made.end(span.end);
}

function plain(attributes: Attributes): Record<string, string | number | boolean | string[]> {
  const known = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, typeof value === 'object' ? [...value] : value] as const],
  );
  return Object.fromEntries(known);
}

interface Exporter {
  export(spans: ReadableSpan[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

function send(exporter: Exporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === 0) resolve();
      else reject(error ?? new Error('it was refused'));
    });
  });
}
