export { type BackendName, type BackendOptions, backendNames, requestedBackend } from "./names.js";
export { type Backend, selectBackend } from "./select.js";
