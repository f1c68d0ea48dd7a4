// SPDX-License-Identifier: Apache-2.0
/** OTLP's JSON as a sender writes it, as far as this page reads it: every field may be missing. */
export interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: readonly OtlpAttribute[] };
      readonly spans?: readonly OtlpSpan[];
    }[];
  }[];
}

export interface OtlpSpan {
  readonly traceState?: string;
  readonly startTimeUnixNano?: string | number;
  readonly attributes?: readonly OtlpAttribute[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly { readonly timeUnixNano?: string | number; readonly name?: string; readonly attributes?: readonly OtlpAttribute[] }[];
  readonly droppedEventsCount?: number;
  readonly links?: readonly { readonly traceId?: string; readonly spanId?: string; readonly traceState?: string; readonly attributes?: readonly OtlpAttribute[] }[];
  readonly droppedLinksCount?: number;
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

export interface OtlpAttribute {
  readonly key?: string;
  readonly value?: OtlpValue;
}

export interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] };
}

/** A value as it is read: text as it is, numbers exactly as they were sent, lists and maps in brackets. */
export function valueText(value: OtlpValue | undefined): string {
  if (value === undefined) return '';
  if (value.arrayValue) return `[${(value.arrayValue.values ?? []).map(valueText).join(', ')}]`;
  if (value.kvlistValue) return `{${(value.kvlistValue.values ?? []).map((entry) => `${entry.key ?? ''}: ${valueText(entry.value)}`).join(', ')}}`;
  const plain = value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? value.bytesValue;
  return plain === undefined ? '' : String(plain);
}
