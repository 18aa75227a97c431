package io.github.coconut4j.model.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/**
 * oneDNN's native libraries, which every process loads after ND4J's. Both bring a {@code
 * libgomp.so.1} of their own, and JavaCPP makes that of the later one a link to the one that is
 * loaded already. A process with another order would unpack its own again, into files that other
 * processes have loaded, and crash them.
 */
final class OneDnnLibrary {

  private OneDnnLibrary() {}

  /**
   * Loads both.
   *
   * @throws LinkageError if a library does not load
   */
  static void load() {
    Nd4j.getExecutioner();
    Loader.load(dnnl.class);
  }
}
