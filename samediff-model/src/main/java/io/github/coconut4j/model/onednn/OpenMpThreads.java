package io.github.coconut4j.model.onednn;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * Sets the number of threads that oneDNN uses when the calling thread runs a primitive. oneDNN's
 * binaries use GNU OpenMP, whose settings are per thread; JavaCPP's bindings do not offer them.
 *
 * <p>oneDNN divides an operation among the number of threads for which it was compiled, and leaves
 * parts of it out if OpenMP then gives it fewer. So OpenMP is never asked for more than the
 * variables OMP_THREAD_LIMIT and OMP_MAX_ACTIVE_LEVELS allow, and OMP_DYNAMIC, with which it gives
 * fewer on a busy machine, has no effect on oneDNN.
 */
final class OpenMpThreads {

  /** The library's name as oneDNN links it, so that the loader returns the one that oneDNN uses. */
  private static final String LIBRARY = "libgomp.so.1";

  private static final Object[] NOTHING = {};

  private final Optional<Function> getter = find("omp_get_max_threads");
  private final Optional<Function> setter = find("omp_set_num_threads");
  private final Optional<Function> dynamicSetter = find("omp_set_dynamic");

  /** The most threads that OpenMP gives an operation. */
  private final int most = most();

  /** Whether OpenMP may give an operation fewer threads than it asks for. */
  private final boolean isDynamic = number("omp_get_dynamic", 0) != 0;

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

  private static int most() {
    int levels = number("omp_get_max_active_levels", 1);
    return levels == 0 ? 1 : number("omp_get_thread_limit", Integer.MAX_VALUE);
  }

  /** The number that a function of OpenMP returns. */
  private static int number(String function, int otherwise) {
    return find(function).map(found -> found.invokeInt(NOTHING)).orElse(otherwise);
  }

  /**
   * Sets the number for the calling thread, or the largest that OpenMP gives.
   *
   * @return the previous number, for {@link #restore}
   */
  int set(int threads) {
    int allowed = Math.min(threads, most);
    int before = getter.map(function -> function.invokeInt(NOTHING)).orElse(allowed);
    change(before, allowed);
    if (isDynamic) {
      setDynamic(0);
    }
    return before;
  }

  /** Sets what was set before {@link #set} for the calling thread. */
  void restore(int before) {
    getter.ifPresent(function -> change(function.invokeInt(NOTHING), before));
    if (isDynamic) {
      setDynamic(1);
    }
  }

  private void change(int from, int to) {
    if (from != to) {
      setter.ifPresent(function -> function.invokeVoid(new Object[] {to}));
    }
  }

  private void setDynamic(int value) {
    dynamicSetter.ifPresent(function -> function.invokeVoid(new Object[] {value}));
  }
}
