package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.backend.CompiledOperations;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The compiled oneDNN operations of one worker by their specification. Batches of many lengths need
 * many shapes, so the least recently used ones are freed beyond a limit.
 */
final class Primitives implements AutoCloseable {

  private final int limit = CompiledOperations.most();
  private final Dnnl dnnl = new Dnnl();

  /**
   * By oneDNN's number of threads: an operation divides its work and its scratchpad among the
   * number of threads for which it was compiled.
   */
  private final Map<Integer, Map<PrimitiveSpec, Primitive>> byThreads = new HashMap<>();

  private Map<PrimitiveSpec, Primitive> compiled = forThreads(1);

  private final class Recent extends LinkedHashMap<PrimitiveSpec, Primitive> {

    Recent() {
      super(256, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<PrimitiveSpec, Primitive> eldest) {
      if (size() <= limit) {
        return false;
      }
      eldest.getValue().close();
      return true;
    }
  }

  private Map<PrimitiveSpec, Primitive> forThreads(int threads) {
    return byThreads.computeIfAbsent(threads, number -> new Recent());
  }

  /** Sets the number of oneDNN's threads for the following operations. */
  void useThreads(int threads) {
    compiled = forThreads(threads);
  }

  Primitive get(PrimitiveSpec spec) {
    Primitive primitive = compiled.get(spec);
    if (primitive == null) {
      primitive = spec.compile(dnnl);
      compiled.put(spec, primitive);
    }
    return primitive;
  }

  /** Number of cached operations. */
  int size() {
    return byThreads.values().stream().mapToInt(Map::size).sum();
  }

  @Override
  public void close() {
    for (Map<PrimitiveSpec, Primitive> each : byThreads.values()) {
      each.values().forEach(Primitive::close);
      each.clear();
    }
    dnnl.close();
  }
}
