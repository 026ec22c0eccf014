type Content = Readonly<Record<string, unknown>>;

/**
 * Answers what front ends say about comms, the channels of widgets. No target is registered here, so none can be open:
 * whoever opens one is told at once that it is closed, instead of waiting for a widget that will not come.
 */
export function commAnswer(type: string, content: Content): { type: string; content: Content } | undefined {
  if (type !== "comm_open") return undefined;
  return { type: "comm_close", content: { comm_id: content.comm_id, data: {} } };
}
