package io.github.coconut4j.model.onednn;

/** What identifies a compiled oneDNN operation: equal specifications share one primitive. */
interface PrimitiveSpec {

  Primitive compile(Dnnl dnnl);
}
