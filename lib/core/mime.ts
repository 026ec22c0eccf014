/** One output under several MIME types, as Jupyter's display_data carries it; a front end shows the best it can. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * Name of the method by which an object says how it looks as the last value of a cell, after IPython's
 * `_repr_mimebundle_`: `[mimeBundle]() { return { "text/html": "<b>7</b>" }; }`. It may be async. Bytes are sent as
 * base64, and a bundle without text/plain gets what Node prints. Nothing (null or undefined) asks for the usual view.
 */
export const mimeBundle: unique symbol = Symbol.for("weightbook.mimeBundle");

/** MIME type of plotly's JSON: `{ data, layout, config }`. */
export const plotlyMime = "application/vnd.plotly.v1+json";
