package io.github.coconut4j.model.internal.kernel;

/** What identifies a compiled oneDNN operation: equal specifications share one primitive. */
interface PrimitiveSpec {

  Primitive compile(Dnnl dnnl);
}
