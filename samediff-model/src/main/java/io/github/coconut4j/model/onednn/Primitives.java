package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.CompiledOperations;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The compiled oneDNN operations of one worker by their specification. Batches of many lengths need
 * many shapes, so the least recently used ones are freed beyond a limit.
 */
final class Primitives implements AutoCloseable {

  private final int limit = CompiledOperations.most();
  private final Dnnl dnnl = new Dnnl();
  private final Map<Key, Primitive> compiled = new Recent();

  /** Number of oneDNN's threads. */
  private int threads = 1;

  /**
   * An operation divides its work and its scratchpad among the number of threads for which it was
   * compiled.
   */
  private record Key(int threads, PrimitiveSpec spec) {}

  private final class Recent extends LinkedHashMap<Key, Primitive> {

    Recent() {
      super(256, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Key, Primitive> eldest) {
      if (size() <= limit) {
        return false;
      }
      eldest.getValue().close();
      return true;
    }
  }

  /** Sets the number of oneDNN's threads for the following operations. */
  void useThreads(int number) {
    threads = number;
  }

  Primitive get(PrimitiveSpec spec) {
    Key key = new Key(threads, spec);
    Primitive primitive = compiled.get(key);
    if (primitive == null) {
      primitive = spec.compile(dnnl);
      compiled.put(key, primitive);
    }
    return primitive;
  }

  /** Number of cached operations. */
  int size() {
    return compiled.size();
  }

  @Override
  public void close() {
    compiled.values().forEach(Primitive::close);
    compiled.clear();
    dnnl.close();
  }
}
