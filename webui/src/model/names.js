// What pipelines may be called.
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const isName = (text) => NAME.test(text);
