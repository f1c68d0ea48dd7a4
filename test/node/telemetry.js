// SPDX-License-Identifier: Apache-2.0

// OpenTelemetry's own SDK, set up as its documentation says. The endpoint and the name
// of the service come from the usual environment variables.

import { SpanStatusCode } from '@opentelemetry/api';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** start makes spans go to an exporter; the provider's shutdown sends the last ones. */
export function start(exporter) {
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 200 })],
  });
  provider.register();
  return provider;
}

/** during runs work as a span, which ends in error when the work does. */
export async function during(tracer, name, options, context, work) {
  return tracer.startActiveSpan(name, options, context, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}
