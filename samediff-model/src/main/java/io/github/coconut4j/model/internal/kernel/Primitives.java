package io.github.coconut4j.model.internal.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The compiled oneDNN operations of one thread by their specification. Batches of many lengths need
 * many shapes, so the least recently used ones are given up beyond a limit.
 */
final class Primitives implements AutoCloseable {

  private static final int LIMIT = 4096;

  private final Dnnl dnnl = new Dnnl();
  private final Map<PrimitiveSpec, Primitive> compiled =
      new LinkedHashMap<>(256, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PrimitiveSpec, Primitive> eldest) {
          if (size() <= LIMIT) {
            return false;
          }
          eldest.getValue().close();
          return true;
        }
      };

  Primitive get(PrimitiveSpec spec) {
    Primitive primitive = compiled.get(spec);
    if (primitive == null) {
      primitive = spec.compile(dnnl);
      compiled.put(spec, primitive);
    }
    return primitive;
  }

  @Override
  public void close() {
    compiled.values().forEach(Primitive::close);
    compiled.clear();
    dnnl.close();
  }
}
