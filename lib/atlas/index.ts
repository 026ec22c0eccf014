export type { AtlasColumn, AtlasContent, AtlasDescriptors } from "./data/content.js";
export { type WrittenAtlas, writeAtlas } from "./write.js";
