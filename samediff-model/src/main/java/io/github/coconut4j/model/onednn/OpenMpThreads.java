package io.github.coconut4j.model.onednn;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/**
 * How many threads oneDNN uses when the calling thread runs a primitive. oneDNN's binaries are
 * built on GNU OpenMP, whose setting is each thread's own; JavaCPP's bindings do not offer it.
 */
final class OpenMpThreads {

  /** The library as oneDNN names it, so that the loader answers with the one oneDNN runs on. */
  private static final String LIBRARY = "libgomp.so.1";

  private static final Object[] NOTHING = {};

  private final Optional<Function> getter = find("omp_get_max_threads");
  private final Optional<Function> setter = find("omp_set_num_threads");

  private static Optional<Function> find(String name) {
    if (!Loader.getPlatform().startsWith("linux")) {
      return Optional.empty();
    }
    // oneDNN first: the library must be the one that it runs on, not another of the same name.
    Loader.load(dnnl.class);
    Loader.loadGlobal(LIBRARY);
    org.bytedeco.javacpp.Pointer address = Loader.addressof(name);
    return Optional.ofNullable(address)
        .map(found -> Function.getFunction(new Pointer(found.address())));
  }

  /**
   * Sets the number for the calling thread.
   *
   * @return what it was
   */
  int set(int threads) {
    int before = getter.map(function -> function.invokeInt(NOTHING)).orElse(threads);
    if (before != threads) {
      setter.ifPresent(function -> function.invokeVoid(new Object[] {threads}));
    }
    return before;
  }
}
