package io.github.coconut4j.model.onednn;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * Sets the number of threads that oneDNN uses when the calling thread runs a primitive. oneDNN's
 * binaries use GNU OpenMP, whose setting is per thread; JavaCPP's bindings do not offer it.
 */
final class OpenMpThreads {

  /** The library's name as oneDNN links it, so that the loader returns the one that oneDNN uses. */
  private static final String LIBRARY = "libgomp.so.1";

  private static final Object[] NOTHING = {};

  private final Optional<Function> getter = find("omp_get_max_threads");
  private final Optional<Function> setter = find("omp_set_num_threads");

  private static Optional<Function> find(String name) {
    if (!Loader.getPlatform().startsWith("linux")) {
      return Optional.empty();
    }
    // Loads oneDNN first: the library must be the one that it uses, not another of the same name.
    OneDnnLibrary.load();
    Loader.loadGlobal(LIBRARY);
    org.bytedeco.javacpp.Pointer address = Loader.addressof(name);
    return Optional.ofNullable(address)
        .map(found -> Function.getFunction(new Pointer(found.address())));
  }

  /**
   * Sets the number for the calling thread.
   *
   * @return the previous number
   */
  int set(int threads) {
    int before = getter.map(function -> function.invokeInt(NOTHING)).orElse(threads);
    if (before != threads) {
      setter.ifPresent(function -> function.invokeVoid(new Object[] {threads}));
    }
    return before;
  }
}
